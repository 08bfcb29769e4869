import type { Grade, Link } from '../../schemas/record-types.ts';
import { targetKind } from '../methods.ts';
import type { SpanNode, Trace } from '../trace-state.ts';
import type { CallView, HopView } from './call-view.ts';
import { evidenceOf, gradeOf, ruleEvidence } from './evidence.ts';
import { qualifiedTool } from './same-request.ts';
import { byStart } from './siblings.ts';
import { backendsBelow } from './walk.ts';

/** The MCP client: as it names itself, else the OAuth client, else the service whose span began the request. */
export function identifyClient(view: CallView): Link {
  const named = view.hops.find(({ reading }) => reading.client !== undefined);
  if (named) {
    const version = named.reading.clientVersion ?? null;
    return found('client', named.reading.client ?? '', named.node, {
      key: 'mcp.client.name',
      version,
    });
  }
  const oauth = oauthClient(view);
  if (oauth) return oauth;
  const first = view.hops[0];
  if (first.role !== 'client' || first.reading.service === undefined) return unknownLink('client');
  return found('client', first.reading.service, first.node, {
    key: 'service.name',
    grade: 'inferred',
  });
}

function oauthClient(view: CallView): Link | undefined {
  for (const { node, reading } of view.hops) {
    const statement = reading.identities?.find(({ subject }) => subject === 'client');
    if (statement) return found('client', statement.principal, node, { key: statement.key });
  }
  return undefined;
}

/** The gateway that the call passed; undefined when none was seen. */
export function identifyGateway(view: CallView): Link | undefined {
  const hop =
    view.hops.find(({ role }) => role === 'gateway_in') ??
    view.hops.find(({ role }) => role === 'gateway_out');
  if (!hop) return undefined;
  const { service, server } = hop.reading;
  // What a gateway calls its server is the server behind it, unless it is a proxy that is itself a server.
  if (service !== undefined) return found('gateway', service, hop.node, { key: 'service.name' });
  if (server !== undefined && hop.node.trust !== 'gateway') {
    return found('gateway', server, hop.node, { key: 'mcp.server.name' });
  }
  return { ...unknownLink('gateway'), evidence: [evidenceOf('span.kind', hop.node)] };
}

/**
 * The MCP server: what its own span says (its name, else its service), then what a gateway says of the one it spoke to, then what the
 * client says; at last, as an inference, the prefix of a qualified tool name or the address that was called.
 */
export function identifyServer(view: CallView): Link {
  const inward = view.hops.toReversed();
  const own = inward.filter(({ role }) => role === 'server');
  return (
    namedServer(own) ??
    serviceOf(own) ??
    namedServer(inward) ??
    inferredServer(view.hops) ??
    unknownLink('server')
  );
}

function namedServer(hops: readonly HopView[]): Link | undefined {
  const hop = hops.find(({ reading }) => reading.server !== undefined);
  if (!hop) return undefined;
  const version = hop.reading.serverVersion ?? null;
  return found('server', hop.reading.server ?? '', hop.node, { key: 'mcp.server.name', version });
}

function serviceOf(hops: readonly HopView[]): Link | undefined {
  const hop = hops.find(({ reading }) => reading.service !== undefined);
  if (!hop) return undefined;
  return found('server', hop.reading.service ?? '', hop.node, { key: 'service.name' });
}

function inferredServer(hops: readonly HopView[]): Link | undefined {
  for (const { node, reading } of hops) {
    const qualified = reading.tool === undefined ? undefined : qualifiedTool(reading.tool);
    if (qualified) {
      const how = { key: 'gen_ai.tool.name', grade: 'inferred' } as const;
      return found('server', qualified.server, node, how);
    }
  }
  const addressed = hops.find(({ reading }) => reading.address !== undefined);
  const address = addressed && destinationOf(addressed.reading);
  if (!addressed || address === undefined) return undefined;
  return found('server', address, addressed.node, { key: 'server.address', grade: 'inferred' });
}

/** `server.address[:port]`. */
export function destinationOf({
  address,
  port,
}: {
  readonly address?: string;
  readonly port?: string;
}): string | undefined {
  if (address === undefined) return undefined;
  return port === undefined ? address : `${address}:${port}`;
}

/** What was called: a tool, a prompt or a resource, as the innermost hop names it; undefined for a method without a target. */
export function identifyTarget(view: CallView, method: string): Link | undefined {
  const kind = targetKind(method);
  if (kind === null) return undefined;
  // What a gateway put before the name is gone on the way in.
  const hops = view.hops.toReversed();
  const hop = hops.find(({ reading }) => reading[kind] !== undefined);
  const name = hop?.reading[kind];
  if (!hop || name === undefined) return unknownLink(kind);
  const id = kind === 'tool' ? plainTool(name, view) : name;
  const fromName = hop.reading.nameOnly === true;
  return found(kind, id, hop.node, {
    key: fromName ? 'span.name' : targetKeys[kind],
    ...(fromName ? { grade: 'inferred' } : {}),
  });
}

/** A tool's name without what an agent puts before it: `mcp__server__tool`, and `mcp_server_tool` where a hop names the server. */
function plainTool(name: string, view: CallView): string {
  const qualified = qualifiedTool(name);
  if (qualified) return qualified.tool;
  const server = view.hops.find(({ reading }) => reading.server !== undefined)?.reading.server;
  const prefix = `mcp_${server ?? ''}_`;
  return server !== undefined && name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/** What the server spoke to while it worked: databases, queues and hosts of the spans below it, in the order in which it did. */
export function identifyBackends(trace: Trace, view: CallView): readonly Link[] {
  if (trace.backends === 0) return [];
  const links = new Map<string, Link>();
  for (const { node } of view.hops.filter(({ reading }) => reading.kind !== 'client')) {
    for (const below of backendsBelow(trace, node.id).toSorted(byStart)) {
      const { key, id } = below.reading?.backend ?? { key: '', id: '' };
      const link = links.get(id);
      const { evidence: first } = link ?? { evidence: [] };
      const evidence = [...first, evidenceOf(key, below)].slice(0, EVIDENCE_MAX);
      links.set(id, { ...(link ?? found('target', id, below, { key })), evidence });
    }
  }
  return [...links.values()].slice(0, BACKENDS_MAX);
}

const EVIDENCE_MAX = 8;
const BACKENDS_MAX = 8;

const targetKeys = {
  tool: 'gen_ai.tool.name',
  prompt: 'gen_ai.prompt.name',
  resource: 'mcp.resource.uri',
} as const;

type How = {
  readonly key: string;
  readonly version?: string | null;
  readonly grade?: Grade;
};

function found(kind: Link['kind'], id: string, node: SpanNode, how: How): Link {
  return {
    kind,
    id,
    name: null,
    version: how.version ?? null,
    grade: how.grade ?? gradeOf(node),
    inherited: false,
    evidence: [
      evidenceOf(how.key, node),
      ...(node.inferred === '' ? [] : [ruleEvidence(node.inferred)]),
    ],
  };
}

function unknownLink(kind: Link['kind']): Link {
  return {
    kind,
    id: null,
    name: null,
    version: null,
    grade: 'unknown',
    inherited: false,
    evidence: [],
  };
}
