import type { Dialect } from './dialect.ts';

/** ddtrace over OTLP: an empty scope, no tool's name, the operation as the span's name. A tool's error shows in the client's status alone. */
export const ddtrace: Dialect = {
  name: 'ddtrace',
  scopes: [],
  fingerprint: { names: ['client_tool_call', 'server_tool_call'], keys: ['mcp_tool_kind'] },
  provesSuccess: 'client',
  keys: { tool: ['mcp_tool'], method: ['mcp_method'], server: ['mcp_server_name'] },
  rules: [
    { name: 'client_tool_call', method: 'tools/call', side: 'client' },
    { name: 'server_tool_call', method: 'tools/call', side: 'server' },
    { name: 'MCP Client Tool Call: *', method: 'tools/call', into: 'tool', side: 'client' },
    { name: 'MCP Server Tool Call: *', method: 'tools/call', into: 'tool', side: 'server' },
  ],
};
