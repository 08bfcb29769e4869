import type { Dialect } from './dialect.ts';

/** AWS's distribution for Python: `mcp tools/call X`, a session span above, arguments and results always on, success as OK. */
export const awsAdot: Dialect = {
  name: 'aws-adot',
  scopes: ['amazon.opentelemetry.distro.instrumentation.mcp'],
  provesSuccess: 'always',
  namePrefixes: ['mcp '],
  rules: [{ name: 'mcp.session', role: 'other' }],
};
