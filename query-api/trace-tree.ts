import type { Grade, Link } from '../schemas/record-types.ts';
import { GradeValues } from '../schemas/record-types.ts';
import type { FactRecord } from '../schemas/leaf-record.ts';

/**
 * A trace as people read it: who asked, which agents acted, what they called. Calls stand under the call or agent run that caused
 * them where the spans say so, else under the agents of their chain.
 */
export type TraceTree = {
  readonly traceId: string;
  readonly users: readonly UserNode[];
  /** True when the trace has more records than are shown. */
  readonly truncated: boolean;
};

export type UserNode = {
  readonly kind: 'user';
  /** Principal id; null when it cannot be told. */
  readonly user: string | null;
  /** The weakest grade by which a record names this user. */
  readonly grade: Grade;
  readonly children: readonly TraceNode[];
};

export type TraceNode =
  | {
      readonly kind: 'agent';
      /** As filters take it. */
      readonly agent: string | null;
      /** The service that it runs in, which tells agents of one name apart; null when it is not known. */
      readonly service: string | null;
      readonly version: string | null;
      readonly grade: Grade;
      readonly children: readonly TraceNode[];
    }
  | {
      readonly kind: 'record';
      readonly record: FactRecord;
      readonly children: readonly TraceNode[];
    };

/** Records must be current revisions of one trace. The order of the answer is that of time, whatever the order given. */
export function traceTree(
  traceId: string,
  records: readonly FactRecord[],
  truncated: boolean,
): TraceTree {
  const ordered = [...records].sort(
    (a, b) => a.facts.startTimeUs - b.facts.startTimeUs || (a.callId < b.callId ? -1 : 1),
  );
  const parents = parentsOf(ordered);
  const places = new Map<FactRecord, Place>();
  const users: Place[] = [];
  for (const record of outermostFirst(ordered, parents)) {
    const parent = parents.get(record);
    // A call of somebody else is never shown under this one's user, whatever the spans say.
    const isSameUser = parent?.facts.user === record.facts.user;
    const root = userPlace(users, record);
    const under = parent && isSameUser ? places.get(parent) : undefined;
    places.set(record, placeRecord(under ?? root, record));
  }
  return { traceId, users: users.map(finishUser), truncated };
}

/** A node while the tree is built: `agents` is the path of agents that leads to it. */
type Place = {
  readonly agents: readonly AgentLink[];
  readonly content:
    | { readonly kind: 'user'; readonly user: string | null; readonly grades: Grade[] }
    | { readonly kind: 'agent'; readonly link: AgentLink }
    | { readonly kind: 'record'; readonly record: FactRecord };
  readonly children: Place[];
};

type AgentLink = {
  readonly agent: string | null;
  readonly service: string | null;
  readonly version: string | null;
  readonly grade: Grade;
};

/** The record that caused each: the one with a span that is the parent of its outermost span. */
function parentsOf(records: readonly FactRecord[]): Map<FactRecord, FactRecord> {
  const owners = new Map<string, FactRecord>();
  for (const record of records) {
    for (const span of spansOf(record)) if (!owners.has(span)) owners.set(span, record);
  }
  const parents = new Map<FactRecord, FactRecord>();
  for (const record of records) {
    const owner = owners.get(record.facts.parentSpanId ?? '');
    if (owner && owner !== record) parents.set(record, owner);
  }
  return parents;
}

function spansOf(record: FactRecord): readonly string[] {
  return [record.facts.spanId, ...record.hops.map((hop) => hop.spanId)];
}

/** Parents before children, else in the order given. Spans that are each other's ancestors are cut where first seen again. */
function outermostFirst(
  records: readonly FactRecord[],
  parents: Map<FactRecord, FactRecord>,
): readonly FactRecord[] {
  const done = new Set<FactRecord>();
  for (const record of records) {
    const path: FactRecord[] = [];
    let at: FactRecord | undefined = record;
    while (at && !done.has(at)) {
      if (path.includes(at)) {
        parents.delete(at);
        break;
      }
      path.push(at);
      at = parents.get(at);
    }
    for (const member of path.reverse()) done.add(member);
  }
  return [...done];
}

function userPlace(users: Place[], record: FactRecord): Place {
  const { user, userGrade } = record.facts;
  for (const place of users) {
    if (place.content.kind !== 'user' || place.content.user !== user) continue;
    place.content.grades.push(userGrade);
    return place;
  }
  const place: Place = {
    agents: [],
    content: { kind: 'user', user, grades: [userGrade] },
    children: [],
  };
  users.push(place);
  return place;
}

/** Puts the record below `under`, below those agents of its chain that are not on the way there already. */
function placeRecord(under: Place, record: FactRecord): Place {
  const chain = agentsOf(record);
  let place = under;
  for (const link of chain.slice(sharedLength(under.agents, chain)))
    place = agentPlace(place, link);
  const node: Place = {
    agents: chain.length > 0 ? chain : under.agents,
    content: { kind: 'record', record },
    children: [],
  };
  place.children.push(node);
  return node;
}

function agentsOf(record: FactRecord): readonly AgentLink[] {
  return record.chain
    .filter(({ kind }) => kind === 'agent')
    .map(({ id, name, version, grade }) => {
      return { agent: id, service: serviceOfAgent({ id, name }), version, grade };
    });
}

/** The service in an agent's name, which is `<service>/<id>` where the service is known. */
export function serviceOfAgent({ id, name }: Pick<Link, 'id' | 'name'>): string | null {
  return id !== null && name?.endsWith(`/${id}`) ? name.slice(0, -id.length - 1) : null;
}

function isSameAgent(one: AgentLink, other: AgentLink | undefined): boolean {
  return one.agent === other?.agent && one.service === other.service;
}

function sharedLength(path: readonly AgentLink[], chain: readonly AgentLink[]): number {
  const differs = path.findIndex((link, at) => !isSameAgent(link, chain[at]));
  return differs < 0 ? path.length : differs;
}

function agentPlace(under: Place, link: AgentLink): Place {
  const known = under.children.find(
    ({ content }) => content.kind === 'agent' && isSameAgent(content.link, link),
  );
  if (known) return known;
  const place: Place = {
    agents: [...under.agents, link],
    content: { kind: 'agent', link },
    children: [],
  };
  under.children.push(place);
  return place;
}

function finishUser(place: Place): UserNode {
  const { content } = place;
  if (content.kind !== 'user') throw new Error('A root of the tree is a user.');
  const { user, grades } = content;
  const grade = GradeValues.findLast((value) => grades.includes(value)) ?? 'unknown';
  return { kind: 'user', user, grade, children: place.children.map(finishNode) };
}

function finishNode(place: Place): TraceNode {
  const children = place.children.map(finishNode);
  const { content } = place;
  if (content.kind === 'user') throw new Error('A user stands at the root of the tree only.');
  return content.kind === 'agent'
    ? { kind: 'agent', ...content.link, children }
    : { kind: 'record', record: content.record, children };
}
