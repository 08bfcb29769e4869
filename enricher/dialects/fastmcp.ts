import type { Dialect } from './dialect.ts';

/**
 * FastMCP 3 and 4. Its `enduser.id` is the id of the OAuth client, the same for every person behind it. From 4 on its client's span
 * encloses the Python SDK's, a mounted server is SERVER ⊃ `delegate` ⊃ SERVER, and a proxy SERVER ⊃ CLIENT ⊃ CLIENT ⊃ SERVER
 * whose middle stays unset when the tool failed: where only the proxy is seen, nothing is proved. `mcp.session.id` is new on every request, so nothing is joined by it.
 */
export const fastmcp: Dialect = {
  name: 'fastmcp',
  scopes: ['fastmcp'],
  provesSuccess: 'ends',
  // Before 3.2 `rpc.service` is the server, and the first of them name a span `tool X`.
  keys: { server: ['fastmcp.server.name', 'rpc.service'] },
  subjects: { 'enduser.id': 'client' },
  namePrefixes: [''],
  rules: [
    { name: 'tool *', method: 'tools/call', into: 'tool' },
    { name: 'prompt *', method: 'prompts/get', into: 'prompt' },
    { name: 'resource *', method: 'resources/read', into: 'resource' },
  ],
};
