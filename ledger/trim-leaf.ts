import { createHash } from 'node:crypto';
import type { SealedFacts } from './leaf-parts.ts';
import { factsInOrder } from './leaf-parts.ts';
import type { Leaf } from './leaf.ts';

const LIST_NAMES = [
  'chain',
  'charges',
  'decisions',
  'definitions',
  'findings',
  'hops',
  'identities',
  'originEvidence',
  'outcomeEvidence',
  'payload',
  'receipts',
] as const;

type Lists = {
  readonly [Key in (typeof LIST_NAMES)[number]]?: number;
};

/** How many of each list are kept, step by step, until the leaf is small enough. What is searched and what was charged goes last. */
const steps: readonly Lists[] = [
  { hops: 16, identities: 8, definitions: 32 },
  { hops: 4, identities: 4, receipts: 8, findings: 16, payload: 16, decisions: 4, definitions: 8 },
  { hops: 0, identities: 0, receipts: 0, findings: 0, outcomeEvidence: 1, originEvidence: 1 },
  {
    chain: 0,
    charges: 8,
    outcomeEvidence: 0,
    originEvidence: 0,
    payload: 2,
    decisions: 0,
    definitions: 0,
  },
];

/** Characters of a text among the facts that a leaf that is still too large keeps. */
const FACT_CHARS_MAX = 64;
/** Items of a list among the facts that it keeps. */
const FACT_ITEMS_MAX = 2;

/**
 * The text of a leaf that is too large, with parts left out: lists are cut as `steps` say; at last the superseded facts and then long facts
 * are replaced by their digests. `trimmed` names each list that was cut with its true length. The same leaf gives the same text. The record as
 * it came stays in the log while that is kept, and its rows are made of that.
 */
export function trimLeaf(leaf: Leaf, bytesMax: number): string {
  let trimmed: Readonly<Record<string, number>> = {};
  let smaller: Leaf = leaf;
  for (const step of steps) {
    trimmed = { ...trimmed, ...lengthsOver(leaf, step) };
    smaller = cutLists(smaller, step);
    const text = JSON.stringify(withTrimmed(smaller, trimmed));
    if (Buffer.byteLength(text) <= bytesMax) return text;
  }
  return JSON.stringify(withTrimmed(digestFacts(smaller), { ...trimmed, facts: 1 }));
}

function lengthsOver(leaf: Leaf, step: Lists): Readonly<Record<string, number>> {
  const over = listNames(step).filter((name) => lengthOf(leaf, name) > (step[name] ?? 0));
  return Object.fromEntries(over.map((name) => [name, lengthOf(leaf, name)]));
}

function lengthOf(leaf: Leaf, name: keyof Lists): number {
  return leaf[name]?.length ?? 0;
}

function cutLists(leaf: Leaf, step: Lists): Leaf {
  const cut = { ...leaf };
  for (const name of listNames(step)) {
    Object.assign(cut, { [name]: leaf[name]?.slice(0, step[name]) });
  }
  return cut;
}

function listNames(step: Lists): readonly (typeof LIST_NAMES)[number][] {
  return LIST_NAMES.filter((name) => step[name] !== undefined);
}

// `trimmed` has its place between `tenant` and `v`; its own members are sorted.
function withTrimmed(leaf: Leaf, trimmed: Readonly<Record<string, number>>): Leaf {
  const { v, ...rest } = leaf;
  const sorted = Object.entries(trimmed).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...rest, trimmed: Object.fromEntries(sorted), v };
}

function digestFacts(leaf: Leaf): Leaf {
  const supersedes = leaf.supersedes && {
    charges: [],
    facts: shortFacts(leaf.supersedes.facts),
    recordId: leaf.supersedes.recordId,
  };
  return {
    ...leaf,
    charges: [],
    facts: shortFacts(leaf.facts),
    payload: [],
    supersedes,
    recordId: shortText(leaf.recordId),
    tenant: shortText(leaf.tenant),
  };
}

function shortFacts(facts: SealedFacts): SealedFacts {
  const short: [string, unknown][] = Object.entries(facts).map(([name, value]) => [
    name,
    shortFact(value),
  ]);
  return factsInOrder({ ...facts, ...Object.fromEntries(short) });
}

function shortFact(value: unknown): unknown {
  if (typeof value === 'string') return shortText(value);
  if (!Array.isArray(value)) return value;
  return value.slice(0, FACT_ITEMS_MAX).map((item: unknown) => shortFact(item));
}

function shortText(text: string): string {
  if (text.length <= FACT_CHARS_MAX) return text;
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
