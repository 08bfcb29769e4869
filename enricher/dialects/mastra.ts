import type { Dialect } from './dialect.ts';

/** Mastra: MCP calls have a span type of their own, name their server, and are of kind CLIENT; `server.address` is a configured name. */
export const mastra: Dialect = {
  name: 'mastra',
  scopes: ['@mastra/otel-exporter'],
  scopePrefixes: ['@mastra/'],
  fingerprint: { keys: ['mastra.span.type'] },
  provesSuccess: 'never',
  // A tool's error is thrown, and leaves no result.
  answers: ['gen_ai.tool.call.result'],
  toolPrefix: '*_',
  keys: {
    server: ['mastra.mcp_tool_call.server_name', 'server.address'],
    serverVersion: ['mastra.mcp_tool_call.server_version'],
    conversation: ['gen_ai.conversation.id', 'mastra.metadata.threadId'],
  },
  // What failed in the protocol, and whatever else it does not know, is of the type `unknown`.
  values: { errorType: { MCP_CLIENT_TOOL_EXECUTION_FAILED: 'tool_error', unknown: '_OTHER' } },
  failures: {
    'mastra.mcp_tool_call.success': { true: false, false: true },
    'mastra.tool_call.success': { true: false, false: true },
  },
  rules: [{ where: { 'mastra.span.type': ['mcp_tool_call'] }, method: 'tools/call' }],
};
