import type { Reading } from '../reading.ts';
import type { SpanNode } from '../trace-state.ts';

/**
 * Whether two hops, one below the other, can be views of one request: the same method and the same target. What one side does not say does
 * not part them. A side that asks has below it only views of its own request; a side that answers may pass the request on, and may as
 * well ask something of its own while it works: there a name that is only perhaps the other's behind a prefix (`delete_user` and
 * `user`) needs a second sign, and arguments that differ part.
 */
export function sameRequest(outer: SpanNode, inner: SpanNode): boolean {
  const above = readingOf(outer);
  const below = readingOf(inner);
  const naming = namingOf(above, below);
  if (naming === 'other') return false;
  if (!passesOn(outer, inner)) return true;
  const sign = forwardingSign(outer, inner);
  if (sign === 'against') return false;
  return sign === 'for' || naming !== 'perhaps';
}

/** How what two sides ask for goes together, by method and target. */
function namingOf(outer: Reading, inner: Reading): Naming {
  if (outer.method !== inner.method || !sameResource(outer.resource, inner.resource))
    return 'other';
  return worse(compareNames(outer.tool, inner.tool), compareNames(outer.prompt, inner.prompt));
}

/**
 * Whether a name that is only perhaps another's behind a prefix is that other's, for the prefix is the name of the server that answers it:
 * a second sign, which lies one step further in than the two.
 */
export function isNamedForServer(outer: SpanNode, inner: SpanNode, answering: SpanNode): boolean {
  if (namingOf(readingOf(outer), readingOf(inner)) !== 'perhaps') return false;
  if (forwardingSign(outer, inner) === 'against' || !answers(answering)) return false;
  const prefix = prefixOf(readingOf(outer).tool, readingOf(inner).tool);
  return (
    prefix !== undefined &&
    sameRequest(inner, answering) &&
    namesServer(prefix, answering, answering)
  );
}

/** A side that answers above one that asks: a gateway's request, or one that the tool makes itself. */
export function passesOn(outer: SpanNode, inner: SpanNode): boolean {
  return answers(outer) && asks(inner);
}

export function answers({ reading }: SpanNode): boolean {
  return reading?.kind === 'server' || reading?.kind === 'consumer';
}

/** A span without a side counts as one that asks: agent frameworks enrich their own tool span. */
export function asks(node: SpanNode): boolean {
  return node.reading !== null && !answers(node);
}

/** What shows, beside the names, that a request was passed on, or that it was another. */
export function forwardingSign(outer: SpanNode, inner: SpanNode): 'for' | 'against' | 'none' {
  if (isGateway(outer) || isGateway(inner)) return 'for';
  if (outer.asked !== 0 && outer.asked === inner.asked) return 'for';
  // Of two emitters one may wrap the arguments that the other gives bare: only the same one's differ for sure.
  const comparable = outer.asked !== 0 && inner.asked !== 0;
  if (comparable && outer.reading?.dialect === inner.reading?.dialect) return 'against';
  const tool = readingOf(inner).tool;
  const prefix = prefixOf(readingOf(outer).tool, tool);
  if (prefix === undefined) return 'none';
  return compareNames(readingOf(outer).tool, tool) === 'renamed' ||
    namesServer(prefix, outer, inner)
    ? 'for'
    : 'none';
}

/** How a name outside and one inside go together; `perhaps` where a single `-` or `_` may be part of the name itself. */
export type Naming = 'same' | 'renamed' | 'perhaps' | 'other';

/**
 * Gateways put the server before the tool: `server__tool`, `server/tool`, `server.tool`, `server:tool`, `mcp__server__tool`, which no
 * tool's own name does; and `server-tool`, `server_tool`, which looks like many a tool's own name. Some make a slug of the whole:
 * `server-my-tool` of `my_tool`.
 */
export function compareNames(outer: string | undefined, inner: string | undefined): Naming {
  if (outer === undefined || inner === undefined || outer === inner) return 'same';
  const prefix = prefixOf(outer, inner);
  if (prefix === undefined)
    return outer.length === inner.length && isSlug(outer, inner) ? 'perhaps' : 'other';
  const separator = outer.slice(prefix.length, outer.length - inner.length);
  return separator === '-' || separator === '_' ? 'perhaps' : 'renamed';
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
export function doubledSibling(one: SpanNode, other: SpanNode): boolean {
  const a = readingOf(one);
  const b = readingOf(other);
  return a.jsonrpcId !== undefined && a.jsonrpcId === b.jsonrpcId && looksDoubled(one, other);
}

/** The same, where a request id is wanting: they may be one, and may be two. */
export function perhapsDoubled(one: SpanNode, other: SpanNode): boolean {
  const a = readingOf(one);
  const b = readingOf(other);
  if (a.jsonrpcId !== undefined && b.jsonrpcId !== undefined) return false;
  if (one.asked !== 0 && other.asked !== 0 && one.asked !== other.asked) return false;
  return looksDoubled(one, other);
}

function looksDoubled(one: SpanNode, other: SpanNode): boolean {
  const a = readingOf(one);
  const b = readingOf(other);
  return (
    a.scope !== b.scope &&
    a.kind === b.kind &&
    a.startTimeUs <= b.endTimeUs &&
    b.startTimeUs <= a.endTimeUs &&
    (sameRequest(one, other) || sameRequest(other, one))
  );
}

export function readingOf({ reading }: SpanNode): Reading {
  if (reading === null) throw new Error('A hop has a reading.');
  return reading;
}

/** Scopes of programs that pass requests on. */
const gatewayScopes: ReadonlySet<string> = new Set([
  'agentgateway',
  'github.com/stacklok/toolhive/pkg/telemetry',
  'github.com/docker/mcp-gateway',
  'mcp-gateway',
  'mcp-router',
  'mcp-broker',
]);

function isGateway({ trust, reading }: SpanNode): boolean {
  return (
    trust === 'gateway' ||
    gatewayScopes.has(reading?.scope ?? '') ||
    // What FastMCP calls a server that only passes on.
    reading?.server?.startsWith('FastMCPProxy-') === true
  );
}

const separators: ReadonlySet<string> = new Set(['-', '_', '.', '/', ':']);

/** What stands before the inner name and its separator; undefined where nothing does. */
function prefixOf(outer: string | undefined, inner: string | undefined): string | undefined {
  if (outer === undefined || inner === undefined || inner === '') return undefined;
  const at = outer.length - inner.length;
  if (at < 2 || !separators.has(outer[at - 1] ?? '')) return undefined;
  if (!outer.endsWith(inner) && !isSlug(outer.slice(at), inner)) return undefined;
  const isDouble = at > 2 && outer[at - 1] === '_' && outer[at - 2] === '_';
  return outer.slice(0, isDouble ? at - 2 : at - 1);
}

function isSlug(slug: string, name: string): boolean {
  return slug === name.toLowerCase().replaceAll(/[_. ]/g, '-');
}

function namesServer(prefix: string, outer: SpanNode, inner: SpanNode): boolean {
  const wanted = plain(prefix);
  const { server, service } = readingOf(inner);
  return [server, service, outer.reading?.server].some(
    (name) => name !== undefined && plain(name) === wanted,
  );
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function worse(a: Naming, b: Naming): Naming {
  return ranking.indexOf(a) > ranking.indexOf(b) ? a : b;
}

const ranking: readonly Naming[] = ['same', 'renamed', 'perhaps', 'other'];

function sameResource(outer: string | undefined, inner: string | undefined): boolean {
  if (outer === undefined || inner === undefined || outer === inner) return true;
  const path = inner.slice(inner.indexOf('://') + 3);
  return inner.includes('://') && path !== '' && outer.endsWith(`/${path}`);
}
