import type { Evidence, Grade, HopRole, Link, Origin } from '../../schemas/record-types.ts';
import { isServerInitiated } from '../methods.ts';
import type { CallView } from './call-view.ts';
import { isToolUse } from './call-view.ts';
import { evidenceOf, ruleEvidence, weakest } from './evidence.ts';
import type { IdentifiedAgent } from './identify-agents.ts';
import { identifyAgents } from './identify-agents.ts';
import type { SpanNode, Trace } from '../trace-state.ts';
import {
  identifyBackends,
  identifyClient,
  identifyGateway,
  identifyServer,
  identifyTarget,
} from './identify-ends.ts';
import type { IdentifiedUser } from './identify-user.ts';
import { identifyUser } from './identify-user.ts';

/** The chain of one call, with what each of its links was made of. */
export type Chain = {
  readonly user: IdentifiedUser;
  readonly agents: readonly [IdentifiedAgent, ...IdentifiedAgent[]];
  readonly client: Link | undefined;
  readonly gateway: Link | undefined;
  readonly server: Link | undefined;
  readonly target: Link | undefined;
  /** What the server spoke to; a chain is none the weaker for not knowing it. */
  readonly backends: readonly Link[];
  /** All links in order. */
  readonly links: readonly Link[];
  /** That of the weakest of user, agent, server and target: a chain is no stronger. */
  readonly grade: Grade;
  /** What is missing, in the words of the record's `missing`. */
  readonly missing: readonly string[];
};

export function chainOfCall(trace: Trace, view: CallView, method: string | null): Chain {
  // What a server asks of its client is answered by the client: who is which goes by the method.
  const sides = method !== null && isServerInitiated(method) ? turnedRound(view) : view;
  const client = identifyClient(sides);
  const gateway = identifyGateway(sides);
  const server = identifyServer(sides);
  const target = identifyTarget(view, method ?? (isToolUse(view) ? 'tools/call' : ''));
  const backends = identifyBackends(trace, view);
  return finishChain(view, { client, gateway, server, target, backends });
}

function turnedRound(view: CallView): CallView {
  const hops = view.hops.map((hop) => ({ ...hop, role: opposite[hop.role] }));
  const [first, ...rest] = hops.toReversed();
  return first ? { ...view, hops: [first, ...rest] } : view;
}

const opposite: Readonly<Record<HopRole, HopRole>> = {
  client: 'server',
  server: 'client',
  gateway_in: 'gateway_out',
  gateway_out: 'gateway_in',
  internal: 'internal',
  unknown: 'unknown',
};

/** An inference has no MCP ends: its chain is the user and the agents. */
export function chainOfInference(view: CallView): Chain {
  return finishChain(view, {
    client: undefined,
    gateway: undefined,
    server: undefined,
    target: undefined,
    backends: [],
  });
}

/** Why the call was made, as far as the shape of the trace tells. */
export function originOf(
  view: CallView,
  chain: Chain,
  method: string | null,
): { readonly origin: Origin; readonly evidence: readonly Evidence[] } {
  if (method !== null && isServerInitiated(method)) {
    const evidence = [evidenceOf('mcp.method.name', view.hops[0].node)];
    return { origin: 'server_initiated', evidence };
  }
  if (view.cause !== null && view.cause.reading?.kind === 'server') {
    return { origin: 'delegation', evidence: [evidenceOf('parent_span_id', view.cause)] };
  }
  const timer = [...view.hops.map(({ node }) => node), ...view.ancestors].find(isTimed);
  if (timer) return { origin: 'schedule', evidence: [evidenceOf('trigger', timer)] };
  const known = chain.agents.filter(({ link }) => link.evidence.length > 0);
  const turned = view.turn === null ? [] : [evidenceOf('user_turn', view.turn)];
  const evidence = [...(known.at(-1)?.link.evidence.slice(0, 1) ?? []), ...turned];
  if (known.length > 1) return { origin: 'delegation', evidence };
  if (view.turn !== null) return { origin: 'user_request', evidence: turned };
  if (known.length === 1) return { origin: 'agent_plan', evidence };
  return { origin: 'unknown', evidence: [ruleEvidence('no-agent-above')] };
}

const timers: ReadonlySet<string> = new Set(['timer', 'schedule', 'scheduled', 'cron']);

function isTimed({ reading }: SpanNode): boolean {
  return reading?.trigger !== undefined && timers.has(reading.trigger.toLowerCase());
}

type Ends = Pick<Chain, 'client' | 'gateway' | 'server' | 'target' | 'backends'>;

function finishChain(view: CallView, ends: Ends): Chain {
  const user = identifyUser(view);
  const agents = identifyAgents(view);
  const links = [user.link, ...agents.map(({ link }) => link)];
  const decisive = [user.link, agents[agents.length - 1]?.link ?? user.link];
  for (const end of [ends.client, ends.gateway, ends.server, ends.target]) if (end) links.push(end);
  links.push(...ends.backends);
  for (const end of [ends.server, ends.target]) if (end) decisive.push(end);
  return {
    user,
    agents,
    ...ends,
    links,
    grade: weakest(decisive.map(({ grade }) => grade)),
    missing: decisive.filter(({ id }) => id === null).map(({ kind }) => kind),
  };
}
