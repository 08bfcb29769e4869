import type { Dialect } from './dialect.ts';

/**
 * The official Python SDK from 2.0. Its client's span is `MCP send tools/call X` with the method and the request's id only: the
 * tool stands in the name alone, and the status stays unset when the tool failed. A time-out has no `error.type`, only an
 * exception event. Neither side names the server: that is `service.name` of the server's resource.
 */
export const mcpPythonSdk: Dialect = {
  name: 'mcp-python-sdk',
  scopes: ['mcp-python-sdk'],
  provesSuccess: 'server',
  namePrefixes: ['MCP send ', ''],
};
