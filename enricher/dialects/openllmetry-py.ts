import type { Dialect } from './dialect.ts';

/**
 * Traceloop's instrumentation of the Python SDK: `X.tool`, `{method}.mcp`, and on both sides a `ResponseStreamWriter` that holds only an
 * answer: the server's carries the error of the call above it, and nothing says that it does.
 */
export const openllmetryPy: Dialect = {
  name: 'openllmetry-py',
  scopes: ['opentelemetry.instrumentation.mcp.instrumentation'],
  provesSuccess: 'never',
  ignores: ['traceloop.entity.name', 'traceloop.span.kind'],
  answers: ['traceloop.entity.output'],
  bundles: {
    'traceloop.entity.input': {
      tool_name: 'tool',
      arguments: 'arguments',
      'params>arguments': 'arguments',
      'params>name': 'prompt',
      'params>uri': 'resource',
    },
    'traceloop.entity.output': { result: 'result', is_error: 'failed', isError: 'failed' },
  },
  rules: [
    { name: 'mcp.client.session', role: 'other' },
    { name: 'ResponseStreamWriter', role: 'other' },
    { name: 'RequestStreamWriter', role: 'other' },
    {
      name: 'mcp.server',
      method: 'tools/call',
      side: 'server',
      where: { 'traceloop.entity.name': [] },
      // There it is the server's name; a client's workflow is the application's.
      reads: { server: 'traceloop.workflow.name', tool: 'traceloop.entity.name' },
    },
    { name: 'mcp.server', role: 'other' },
    { name: '*.tool', method: 'tools/call', into: 'tool' },
    { name: '*.mcp', into: 'method' },
  ],
};
