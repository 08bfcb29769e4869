import type { Dialect } from './dialect.ts';

/** Docker's MCP gateway: an answered request is OK, whatever the tool said. */
export const dockerMcpGateway: Dialect = {
  name: 'docker-mcp-gateway',
  scopes: ['github.com/docker/mcp-gateway'],
  scopePrefixes: ['github.com/docker/mcp-gateway'],
  provesSuccess: 'never',
  rules: [
    { name: 'mcp.tool.call', method: 'tools/call' },
    { name: 'mcp.prompt.get', method: 'prompts/get' },
    { name: 'mcp.resource.read', method: 'resources/read' },
    { name: 'mcp.list.tools', method: 'tools/list' },
    { name: 'mcp.list.prompts', method: 'prompts/list' },
    { name: 'mcp.list.resources', method: 'resources/list' },
    { name: 'mcp.list.resource*templates', method: 'resources/templates/list' },
    { name: 'mcp.list.*', role: 'other' },
    { name: 'mcp.initialize', method: 'initialize' },
    { name: 'mcp.interceptor.*', role: 'other' },
    { name: 'mcp.command.*', role: 'other' },
  ],
};
