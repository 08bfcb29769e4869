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
  keys: { server: ['fastmcp.server.name'] },
  subjects: { 'enduser.id': 'client' },
  namePrefixes: [''],
};
