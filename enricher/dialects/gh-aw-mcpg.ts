import type { Dialect } from './dialect.ts';

/**
 * GitHub's agentic workflow gateway: `gen_ai.agent.id` is the MCP server; `gen_ai.conversation.id` is the MCP session's id as it stands, which is
 * no conversation, and no name for a session either, since only hashes of those are kept.
 */
export const ghAwMcpg: Dialect = {
  name: 'gh-aw-mcpg',
  scopes: ['github.com/github/gh-aw-mcpg', 'mcp-gateway.gh-aw', 'mcpg'],
  scopePrefixes: ['github.com/github/gh-aw-mcpg'],
  fingerprint: { names: ['mcp.tool_call', 'gateway.backend.execute'] },
  provesSuccess: 'never',
  keys: { server: ['gen_ai.agent.id', 'server.id'] },
  ignores: ['gen_ai.conversation.id'],
  rules: [
    { name: 'mcp.tool_call', method: 'tools/call' },
    { name: 'gateway.backend.execute', method: 'tools/call' },
  ],
};
