import type { Reading } from '../reading.ts';

/**
 * Whether two hops, one below the other, can be views of one request: the same method and the same target, where a gateway may have
 * put a prefix before the name on its outer side. What one side does not say does not part them.
 */
export function sameRequest(outer: Reading, inner: Reading): boolean {
  return (
    outer.method === inner.method &&
    sameTool(outer.tool, inner.tool) &&
    sameTool(outer.prompt, inner.prompt) &&
    sameResource(outer.resource, inner.resource)
  );
}

/** Whether the outer name is the inner one, or that behind a prefix: `server-tool`, `server_tool`, `mcp__server__tool`. */
export function sameTool(outer: string | undefined, inner: string | undefined): boolean {
  if (outer === undefined || inner === undefined || outer === inner) return true;
  const prefixEnd = outer.length - inner.length - 1;
  return prefixEnd > 0 && outer.endsWith(inner) && separators.has(outer[prefixEnd] ?? '');
}

/** `mcp__<server>__<tool>`, as agents name the tools of their servers; undefined for any other name. */
export function qualifiedTool(
  name: string,
): { readonly server: string; readonly tool: string } | undefined {
  if (!name.startsWith('mcp__')) return undefined;
  const end = name.indexOf('__', 'mcp__'.length);
  if (end <= 'mcp__'.length || end + 2 >= name.length) return undefined;
  return { server: name.slice('mcp__'.length, end), tool: name.slice(end + 2) };
}

/**
 * Whether two siblings, from different scopes, are one request seen by two instrumentations: the same parent, side, request id and
 * an overlap in time. Without a request id on both they stay two: equal calls side by side are everyday.
 */
export function doubledSibling(one: Reading, other: Reading): boolean {
  return (
    one.scope !== other.scope &&
    one.kind === other.kind &&
    one.jsonrpcId !== undefined &&
    one.jsonrpcId === other.jsonrpcId &&
    one.startTimeUs <= other.endTimeUs &&
    other.startTimeUs <= one.endTimeUs &&
    (sameRequest(one, other) || sameRequest(other, one))
  );
}

const separators: ReadonlySet<string> = new Set(['-', '_', '.', '/', ':']);

function sameResource(outer: string | undefined, inner: string | undefined): boolean {
  if (outer === undefined || inner === undefined || outer === inner) return true;
  const path = inner.slice(inner.indexOf('://') + 3);
  return inner.includes('://') && path !== '' && outer.endsWith(`/${path}`);
}
