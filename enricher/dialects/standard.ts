import type { Dialect } from './dialect.ts';

/** The OpenTelemetry conventions as they are written, in whatever scope. */
export const standard: Dialect = {
  name: 'standard',
  scopes: ['Experimental.ModelContextProtocol', 'agent_framework'],
  provesSuccess: 'always',
};

/** Our own instrumentation of the official TypeScript SDK: the standard exactly. */
export const waybillInstrument: Dialect = {
  name: 'waybill-instrument',
  scopes: ['@waybill/instrument'],
  provesSuccess: 'always',
};

/**
 * Emitters that nobody described yet, and those known to give the status of their transport (HTTP 200 is OK though the tool failed):
 * read by the general keys, and never believed that all went well.
 */
export const general: Dialect = {
  name: 'general',
  scopes: [
    'agentgateway',
    'github.com/stacklok/toolhive/pkg/telemetry',
    'github.com/docker/mcp-gateway',
  ],
  provesSuccess: 'never',
  namePrefixes: [''],
};
