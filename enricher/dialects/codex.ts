import type { Dialect } from './dialect.ts';

/**
 * Codex: CLIENT spans `mcp.tools.call` among the many of its own insides, and log events without a time of their own. A tool of an MCP
 * server is `mcp__serverTool` or `mcp__server__tool` there; the span names the server.
 */
export const codex: Dialect = {
  name: 'codex',
  scopes: ['codex_otel', 'codex_exec', 'codex_cli_rs', 'codex'],
  scopePrefixes: ['codex'],
  fingerprint: { names: ['codex.*', 'mcp.tools.call'] },
  provesSuccess: 'never',
  keys: {
    tool: ['tool.name', 'tool_name'],
    toolCallId: ['tool.call_id', 'call_id'],
    server: ['mcp.server.name', 'mcp_server'],
    conversation: ['conversation.id'],
    policyDecision: ['decision'],
    decisionBy: ['source'],
    durationMs: ['duration_ms'],
  },
  // Its own insides speak JSON-RPC too.
  ignores: ['rpc.method'],
  values: { server: { none: '' } },
  failures: { success: { true: false, false: true } },
  arguments: ['arguments'],
  result: ['output'],
  eventPrefix: 'codex.',
  rules: [
    { name: 'mcp.tools.call', method: 'tools/call' },
    { name: 'mcp.tools.list', method: 'tools/list' },
    { name: 'mcp.initialize', method: 'initialize' },
    { name: 'handle_responses', where: { 'gen_ai.usage.input_tokens': [] }, role: 'inference' },
    { name: 'codex.user_prompt', role: 'other', says: { turn: 'user' } },
    {
      name: 'codex.tool_decision',
      role: 'decision',
      says: { decisionKind: 'approval', toolType: 'own' },
    },
    { name: 'codex.tool_result', role: 'tool' },
    { name: 'codex.*', role: 'other' },
  ],
};
