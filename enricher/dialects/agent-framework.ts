import type { Dialect } from './dialect.ts';

/**
 * Microsoft's agent framework for Python: `execute_tool X` over the client's span. The outer one calls each failure
 * `ToolExecutionException`; the inner one says `tool_error`.
 */
export const agentFramework: Dialect = {
  name: 'agent-framework',
  scopes: ['agent_framework'],
  provesSuccess: 'always',
  values: { errorType: { ToolExecutionException: 'tool_error' } },
};
