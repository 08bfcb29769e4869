import type { Link } from '../../schemas/record-types.ts';
import type { SpanNode } from '../trace-state.ts';
import type { CallView } from './call-view.ts';
import { actorsOf } from './actors.ts';
import { evidenceOf, gradeOf } from './evidence.ts';

export type IdentifiedAgent = {
  readonly link: Link;
  readonly agentId: string | null;
  /** The last span that names it; null where another's does. */
  readonly last: SpanNode | null;
};

/**
 * The agents that acted, outermost first: every `invoke_agent` above the call, be it behind a tool or another call; then the agent that
 * the call itself or a step right above it names, where that is another. Two spans of one invocation (the framework's and the
 * remote side's) are one link with two pieces of evidence. Without any: one link that says that it cannot be told.
 */
export function identifyAgents(view: CallView): readonly [IdentifiedAgent, ...IdentifiedAgent[]] {
  const agents: IdentifiedAgent[] = [];
  for (const node of view.ancestors.toReversed()) {
    if (node.role === 'agent') addAgent(agents, node, true);
  }
  for (const { node, inherited } of namingAgents(view)) addAgent(agents, node, inherited);
  const [first, ...rest] = agents.slice(-AGENTS_MAX);
  return first ? [first, ...rest] : [unknownAgent];
}

const AGENTS_MAX = 16;

/** Spans below the innermost agent's own that name an agent, outermost first. */
function namingAgents(
  view: CallView,
): readonly { readonly node: SpanNode; readonly inherited: boolean }[] {
  const naming: { node: SpanNode; inherited: boolean }[] = [];
  for (const node of view.ancestors) {
    if (node.role === 'agent') break;
    if (says(node)) naming.unshift({ node, inherited: true });
  }
  for (const { node } of view.hops) {
    if (says(node)) naming.push({ node, inherited: false });
  }
  return naming;
}

function addAgent(agents: IdentifiedAgent[], node: SpanNode, inherited: boolean): void {
  addDelegators(agents, node, inherited);
  const name = nameOf(node);
  if (name === null && node.role !== 'agent') return;
  const evidence = evidenceOf(keyOf(node), node);
  const inner = agents.at(-1);
  if (inner && inner.link.id === name && isSameAgent(inner, node)) {
    const seen = [...inner.link.evidence, evidence].slice(0, 8);
    const link = { ...inner.link, name: inner.link.name ?? qualified(name, node), evidence: seen };
    agents[agents.length - 1] = { ...inner, link, last: node };
    return;
  }
  const version = node.reading?.agentVersion ?? null;
  agents.push({
    link: {
      kind: 'agent',
      id: name,
      name: qualified(name, node),
      version,
      grade: name === null ? 'unknown' : gradeOf(node),
      inherited,
      evidence: [evidence],
    },
    agentId: node.reading?.agentId ?? null,
    last: node,
  });
}

/**
 * Two agents of one name are told apart by their services; ids are new with every run in many frameworks, and tell nothing. A span that asks
 * a remote agent stands above that one's own, and is the same invocation.
 */
function isSameAgent({ last }: IdentifiedAgent, node: SpanNode): boolean {
  const above = last?.reading?.service;
  const own = node.reading?.service;
  return above === undefined || own === undefined || above === own || isAsking(last);
}

function isAsking(node: SpanNode | null): boolean {
  return node?.reading?.kind === 'client';
}

/** The name within the service that the agent runs in; null where either is unknown, or only the one that asks is known. */
function qualified(name: string | null, node: SpanNode): string | null {
  const service = node.reading?.service;
  if (name === null || service === undefined || isAsking(node)) return null;
  return `${service}/${name}`;
}

function says(node: SpanNode): boolean {
  const { reading } = node;
  return (
    nameOf(node) !== null || reading?.actor !== undefined || reading?.parentAgent !== undefined
  );
}

/** Those that the span says it acts for: the actors of its token, the first to whom the user delegated first, then the calling agent. */
function addDelegators(agents: IdentifiedAgent[], node: SpanNode, inherited: boolean): void {
  const { actor, parentAgent } = node.reading ?? {};
  const named = [
    ...(actor === undefined ? [] : actorsOf(actor).map((id) => ({ id, key: 'act' }))),
    ...(parentAgent === undefined ? [] : [{ id: parentAgent, key: 'parent_agent' }]),
  ];
  for (const { id, key } of named) {
    if (agents.some(({ link, agentId }) => link.id === id || agentId === id)) continue;
    const evidence = [evidenceOf(key, node)];
    const grade = gradeOf(node);
    const link = {
      kind: 'agent',
      id,
      name: null,
      version: null,
      grade,
      inherited,
      evidence,
    } as const;
    agents.push({ link, agentId: null, last: null });
  }
}

function nameOf({ reading }: SpanNode): string | null {
  return reading?.agent ?? reading?.agentId ?? null;
}

function keyOf({ reading }: SpanNode): string {
  if (reading?.agent !== undefined) return 'gen_ai.agent.name';
  return reading?.agentId === undefined ? 'gen_ai.operation.name' : 'gen_ai.agent.id';
}

const unknownAgent: IdentifiedAgent = {
  link: {
    kind: 'agent',
    id: null,
    name: null,
    version: null,
    grade: 'unknown',
    inherited: false,
    evidence: [],
  },
  agentId: null,
  last: null,
};
