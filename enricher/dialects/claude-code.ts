import type { Dialect } from './dialect.ts';

/**
 * Claude Code's spans and events. A tool of an MCP server is named `mcp__server__tool`, or beside `anthropic.mcp.server.name`; its log events
 * may say `mcp_tool` only. A denial is a `blocked_on_user` span, or an event, with `decision=reject`, and the outer span stays unset.
 * `user.id` is the installation's. The parameters of a tool hold the server's and the tool's names where they are shown.
 */
export const claudeCode: Dialect = {
  name: 'claude-code',
  scopes: ['com.anthropic.claude_code.tracing', 'com.anthropic.claude_code.events'],
  scopePrefixes: ['com.anthropic.claude_code'],
  fingerprint: { names: ['claude_code.*'] },
  provesSuccess: 'never',
  subjects: { 'user.id': 'install' },
  keys: {
    tool: ['mcp_tool.name', 'gen_ai.tool.name', 'tool_name'],
    server: ['anthropic.mcp.server.name', 'mcp_server.name', 'mcp_server_name', 'server_name'],
    toolCallId: ['gen_ai.tool.call.id', 'tool_use_id'],
    conversation: ['gen_ai.conversation.id', 'session.id'],
    promptId: ['prompt.id'],
    parentAgent: ['parent_agent_id'],
    policyDecision: ['decision', 'decision_type'],
    decisionBy: ['source', 'decision_source'],
    decisionWaitMs: ['blocked_on_user_ms'],
    durationMs: ['duration_ms'],
    attempt: ['attempt'],
    errorType: ['error_type'],
    transport: ['transport_type'],
    agentId: ['agent_id'],
    agent: ['gen_ai.agent.name', 'agent.name', 'agent_type', 'subagent_type'],
  },
  ignores: ['error'],
  values: {
    tool: { mcp_tool: '', mcp: '' },
    errorType: { McpToolCallError: 'tool_error', ProtocolError: 'protocol_error' },
  },
  failures: { success: { true: false, false: true } },
  bundles: {
    tool_parameters: { mcp_server_name: 'server', mcp_tool_name: 'tool' },
    tool_input: { '': 'arguments' },
  },
  events: { 'tool.output': { output: 'result', content: 'result' } },
  eventPrefix: 'claude_code.',
  rules: [
    {
      name: 'claude_code.tool.blocked_on_user',
      role: 'decision',
      says: { decisionKind: 'approval', toolType: 'own' },
    },
    { name: 'claude_code.tool.execution', role: 'other' },
    { name: 'claude_code.hook', role: 'other' },
    { name: 'claude_code.interaction', role: 'other', says: { turn: 'user' } },
    { name: 'claude_code.user_prompt', role: 'other', says: { turn: 'user' } },
    { name: 'claude_code.llm_request', role: 'inference' },
    { name: 'claude_code.api_request', role: 'inference' },
    { name: 'claude_code.mcp_server_connection', role: 'housekeeping', method: 'initialize' },
    {
      name: 'claude_code.tool_decision',
      role: 'decision',
      where: { tool_name: ['mcp_tool', 'mcp'] },
      method: 'tools/call',
      says: { decisionKind: 'approval' },
    },
    {
      name: 'claude_code.tool_decision',
      role: 'decision',
      says: { decisionKind: 'approval', toolType: 'own' },
    },
    {
      name: 'claude_code.tool_result',
      where: { tool_name: ['mcp_tool', 'mcp'] },
      method: 'tools/call',
      says: { decisionKind: 'approval' },
    },
    { name: 'claude_code.tool_result', role: 'tool', says: { decisionKind: 'approval' } },
    { name: 'claude_code.tool', role: 'tool' },
  ],
};
