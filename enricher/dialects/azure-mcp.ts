import type { Dialect } from './dialect.ts';

/** Microsoft's Azure MCP server: activities named for what happened, tags in PascalCase. */
export const azureMcp: Dialect = {
  name: 'azure-mcp',
  scopes: ['Azure.Mcp', 'Microsoft.Mcp', 'Azure.Mcp.Server'],
  fingerprint: { names: ['ToolExecuted', 'ListToolsHandler'], keys: ['ToolArea'] },
  provesSuccess: 'server',
  keys: {
    tool: ['ToolName'],
    client: ['ClientName'],
    clientVersion: ['ClientVersion'],
    conversation: ['VSCodeConversationId'],
    errorType: ['exception.type'],
  },
  rules: [
    { name: 'ToolExecuted', method: 'tools/call' },
    { name: 'ListToolsHandler', method: 'tools/list' },
    { name: 'ServerStarted', role: 'other' },
  ],
};
