import type { Dialect } from './dialect.ts';

/**
 * Traceloop's instrumentation of the JavaScript SDK: `X.tool` and `{method}.mcp`, content on by default, success as OK. Nothing crosses to the
 * server, and the client's spans hang below a long session span.
 */
export const openllmetryJs: Dialect = {
  name: 'openllmetry-js',
  scopes: ['@traceloop/instrumentation-mcp'],
  provesSuccess: 'always',
  ignores: ['traceloop.entity.name', 'traceloop.span.kind'],
  bundles: {
    'traceloop.entity.input': {
      tool_name: 'tool',
      arguments: 'arguments',
      name: 'prompt',
      uri: 'resource',
    },
    'traceloop.entity.output': { result: 'result', is_error: 'failed', isError: 'failed' },
  },
  rules: [
    { name: 'mcp.client.session', role: 'other' },
    { name: '*.tool', method: 'tools/call', into: 'tool' },
    // What a server asks of its client is sent as SERVER, too.
    { name: 'sampling/createMessage.mcp', method: 'sampling/createMessage', side: 'client' },
    { name: 'elicitation/create.mcp', method: 'elicitation/create', side: 'client' },
    { name: 'roots/list.mcp', method: 'roots/list', side: 'client' },
    { name: '*.mcp', into: 'method' },
  ],
};
