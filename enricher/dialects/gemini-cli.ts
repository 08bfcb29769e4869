import type { Dialect } from './dialect.ts';

/**
 * Gemini CLI: OK on failure, the failure inside the output messages or the log's `success`. `gen_ai.prompt.name` is the id of a prompt. Tools
 * of an MCP server are told by `tool_type` in logs and by their prefix `mcp_<server>_` in spans.
 */
export const geminiCli: Dialect = {
  name: 'gemini-cli',
  scopes: ['gemini-cli', '@google/gemini-cli'],
  scopePrefixes: ['gemini-cli', 'gemini_cli'],
  fingerprint: { names: ['gemini_cli.*'] },
  provesSuccess: 'never',
  keys: {
    tool: ['function_name', 'gen_ai.tool.name'],
    toolCallId: ['gen_ai.tool.call_id', 'gen_ai.tool.call.id', 'call_id'],
    toolType: ['tool_type'],
    server: ['mcp_server_name'],
    conversation: ['gen_ai.conversation.id', 'session.id'],
    promptId: ['gen_ai.prompt.name', 'prompt_id'],
    policyDecision: ['decision'],
    durationMs: ['duration_ms'],
    errorType: ['error_type'],
    operation: ['gen_ai.operation.name'],
  },
  ignores: ['gen_ai.prompt.name'],
  values: {
    toolType: { native: '' },
    operation: { tool_call: 'execute_tool', llm_call: 'chat', agent_call: 'invoke_agent' },
  },
  failures: { success: { true: false, false: true } },
  arguments: ['function_args'],
  bundles: { 'gen_ai.output.messages': { status: 'failed', '0>status': 'failed' } },
  eventPrefix: 'gemini_cli.',
  rules: [
    { name: 'gemini_cli.user_prompt', role: 'other', says: { turn: 'user' } },
    { name: 'gemini_cli.tool_call', role: 'tool', says: { decisionKind: 'approval' } },
    { name: 'gemini_cli.*', role: 'other' },
  ],
};
