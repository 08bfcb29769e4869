import type { Dialect } from './dialect.ts';

/**
 * Google's ADK. `gen_ai.tool.type` is a Python class; that of MCP's tools tells them. Of several calls side by side it adds one span
 * `execute_tool (merged)`, a view of no call. A call id it does not know is `<not specified>`. Content that is not to be told is `{}`.
 */
export const googleAdk: Dialect = {
  name: 'google-adk',
  scopes: ['gcp.vertex.agent', 'google.adk'],
  provesSuccess: 'always',
  keys: {
    conversation: ['gen_ai.conversation.id', 'gcp.vertex.agent.session_id'],
    toolType: ['gen_ai.tool.type'],
  },
  values: {
    toolType: { MCPTool: 'mcp', McpTool: 'mcp', MCPToolset: 'mcp' },
    toolCallId: { '<not specified>': '' },
    operation: { invoke_node: '' },
  },
  arguments: ['gen_ai.tool.call.arguments', 'gcp.vertex.agent.tool_call_args'],
  result: ['gen_ai.tool.call.result', 'gcp.vertex.agent.tool_response'],
  withheld: {
    'gcp.vertex.agent.tool_call_args': '{}',
    'gcp.vertex.agent.tool_response': '{}',
  },
  rules: [
    { name: 'execute_tool (merged)', role: 'other' },
    { where: { 'gen_ai.tool.name': ['(merged tools)'] }, role: 'other' },
    // A hand-over to another agent.
    { where: { 'gen_ai.tool.name': ['transfer_to_agent'] }, role: 'other' },
    { name: 'call_llm', role: 'other' },
  ],
};
