import type { Dialect } from './dialect.ts';

/** Traceloop's instrumentations of agent frameworks. Their tools are functions: nothing tells an MCP server's from a local one. */
export const openllmetryFrameworks: Dialect = {
  name: 'openllmetry-frameworks',
  scopes: ['opentelemetry.instrumentation.openai_agents'],
  scopePrefixes: ['@traceloop/', 'traceloop.'],
  fingerprint: { keys: ['traceloop.span.kind'] },
  provesSuccess: 'never',
  keys: {
    operation: ['gen_ai.operation.name', 'traceloop.span.kind'],
    agent: ['gen_ai.agent.name'],
  },
  values: {
    operation: { tool: 'execute_tool', agent: 'invoke_agent', workflow: '', task: '', unknown: '' },
    agent: { 'unknown.handoff': '' },
  },
  rules: [
    { where: { 'traceloop.span.kind': ['agent'] }, name: '*.agent', into: 'agent' },
    { where: { 'traceloop.span.kind': ['tool'] }, name: '*.tool', into: 'tool' },
  ],
};
