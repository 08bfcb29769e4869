import { identityAttributes } from '../../schemas/identity-attributes.ts';
import type { Grade, IdentityCandidate, Link } from '../../schemas/record-types.ts';
import type { IdentityStatement } from '../reading.ts';
import type { SpanNode } from '../trace-state.ts';
import type { CallView } from './call-view.ts';
import { evidenceOf, gradeOf, rankOf } from './evidence.ts';

export type IdentifiedUser = {
  readonly link: Link;
  /** The attribute it was taken from. */
  readonly key: string | null;
  readonly candidates: readonly IdentityCandidate[];
  readonly conflicting: boolean;
  /** The span it was taken from: its roles and way of authentication go with it. */
  readonly source: SpanNode | null;
};

/**
 * Who asked. Every statement on the call and above it is kept; the chain's user is the person of the best grade, of the nearest span, of
 * the key that says most. What a gateway checked beats what an application says, and that beats baggage, which anybody
 * on the way can write. OAuth clients, installations and `anonymous` are nobody.
 */
export function identifyUser(view: CallView): IdentifiedUser {
  const statements = statementsOf(view);
  const persons = statements.filter(({ subject }) => subject === 'person');
  const best = persons.reduce<Statement | null>(
    (chosen, next) => (chosen === null || better(next, chosen) ? next : chosen),
    null,
  );
  return {
    link: userLink(best, persons),
    key: best?.key ?? null,
    candidates: statements.slice(0, CANDIDATES_MAX).map((one) => candidateOf(one, one === best)),
    conflicting: conflict(persons),
    source: best?.node ?? null,
  };
}

const CANDIDATES_MAX = 64;

type Statement = IdentityStatement & {
  readonly node: SpanNode;
  readonly grade: Grade;
  /** 0 on the call itself, then how far above. */
  readonly distance: number;
};

function statementsOf(view: CallView): readonly Statement[] {
  const statements: Statement[] = [];
  const add = (node: SpanNode, distance: number): void => {
    addStatements(statements, node, distance);
    for (const voice of view.voices.get(node.id) ?? []) addStatements(statements, voice, distance);
  };
  for (const { node } of view.hops) add(node, 0);
  for (const [index, node] of view.ancestors.entries()) add(node, index + 1);
  for (const start of view.sessionStarts) addStatements(statements, start, SESSION_DISTANCE);
  return statements;
}

// What was said when the session was opened is further than anything above the call, and a grade lower: others may use a session.
const SESSION_DISTANCE = 10_000;

function lowered(grade: Grade): Grade {
  if (grade === 'verified') return 'gateway';
  return grade === 'gateway' ? 'declared' : 'inferred';
}

function addStatements(into: Statement[], node: SpanNode, distance: number): void {
  const identities = node.reading?.identities;
  if (!identities) return;
  for (const identity of identities) {
    const own: Grade = identity.key.startsWith('baggage.') ? 'inferred' : gradeOf(node);
    const grade = distance === SESSION_DISTANCE ? lowered(own) : own;
    into.push({ ...identity, node, grade, distance });
  }
}

function better(next: Statement, chosen: Statement): boolean {
  const difference =
    rankOf(next.grade) - rankOf(chosen.grade) ||
    next.distance - chosen.distance ||
    priorityOf(next.key) - priorityOf(chosen.key);
  return difference < 0;
}

const priorities: ReadonlyMap<string, number> = new Map(
  identityAttributes.map(({ key }, index) => [key, index]),
);

function priorityOf(key: string): number {
  return priorities.get(key) ?? identityAttributes.length;
}

function userLink(best: Statement | null, persons: readonly Statement[]): Link {
  if (best === null) return unknownUser;
  const agreeing = persons.filter(({ principal }) => principal === best.principal);
  const others = agreeing.filter((statement) => statement !== best);
  return {
    kind: 'user',
    id: best.principal,
    name: null,
    version: null,
    grade: best.grade,
    inherited: best.distance > 0,
    evidence: [best, ...others.slice(0, 7)].map(({ key, node }) => evidenceOf(key, node)),
  };
}

const unknownUser: Link = {
  kind: 'user',
  id: null,
  name: null,
  version: null,
  grade: 'unknown',
  inherited: false,
  evidence: [],
};

function candidateOf(statement: Statement, chosen: boolean): IdentityCandidate {
  const { key, principal, subject, node } = statement;
  const { producer, trust } = node;
  return { key, principal, subject, spanId: node.id, producer, trust, chosen };
}

/**
 * Keys that name a person in the same vocabulary contradict each other when their values differ. An address and an account number
 * differ without contradicting.
 */
const families: ReadonlyMap<string, string> = new Map([
  ['user_api_key_user_id', 'id'],
  ['litellm.metadata.user_api_key_user_id', 'id'],
  ['metadata.user_api_key_user_id', 'id'],
  ['user.id', 'id'],
  ['enduser.id', 'id'],
  ['gen_ai.user.id', 'id'],
  ['langfuse.user.id', 'id'],
  ['traceloop.association.properties.user_id', 'id'],
  ['ai.telemetry.metadata.userId', 'id'],
  ['mastra.metadata.userId', 'id'],
  ['userId', 'id'],
  ['baggage.user.id', 'id'],
  ['baggage.userId', 'id'],
  ['baggage.enduser.id', 'id'],
]);

function conflict(persons: readonly Statement[]): boolean {
  if (persons.length < 2) return false;
  const principals = new Map<string, string>();
  for (const { key, principal } of persons) {
    const family = families.get(key) ?? key;
    const earlier = principals.get(family);
    if (earlier !== undefined && earlier !== principal) return true;
    principals.set(family, principal);
  }
  return false;
}
