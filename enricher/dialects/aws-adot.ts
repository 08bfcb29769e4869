import type { Dialect } from './dialect.ts';

/**
 * AWS's distribution for Python: `mcp tools/call X`, a session span above, arguments and results always on, success as OK. Its protocol version is
 * the newest that the library knows, not the one agreed on.
 */
export const awsAdot: Dialect = {
  name: 'aws-adot',
  scopes: ['amazon.opentelemetry.distro.instrumentation.mcp'],
  provesSuccess: 'always',
  ignores: ['mcp.protocol.version'],
  namePrefixes: ['mcp '],
  rules: [{ name: 'mcp.session', role: 'other' }],
};
