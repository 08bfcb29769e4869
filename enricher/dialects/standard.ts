import type { Dialect } from './dialect.ts';

/** The OpenTelemetry conventions as they are written, in whatever scope. */
export const standard: Dialect = {
  name: 'standard',
  scopes: [],
  provesSuccess: 'always',
};

/** Our own instrumentation of the official TypeScript SDK: the standard exactly. */
export const waybillInstrument: Dialect = {
  name: 'waybill-instrument',
  scopes: ['@waybill/instrument'],
  provesSuccess: 'always',
};

/** Emitters that nobody described yet: read by the general keys, and never believed that all went well. */
export const general: Dialect = {
  name: 'general',
  scopes: [],
  provesSuccess: 'never',
  namePrefixes: ['', 'mcp ', 'MCP send ', 'MCP request: '],
};
