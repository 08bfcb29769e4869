import type { Dialect } from './dialect.ts';

/**
 * The official C# SDK: the standard, on the outer `execute_tool` activity where there is one. Its `mcp.session.id` is random on each side, so
 * client and server do not share one.
 */
export const csharpSdk: Dialect = {
  name: 'csharp-sdk',
  scopes: ['Experimental.ModelContextProtocol'],
  provesSuccess: 'always',
  values: { transport: { unknown: '' } },
};
