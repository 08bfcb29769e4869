import { emptyFacts, factNames } from '../schemas/empty-facts.ts';
import type { AuditRecord, Facts } from '../schemas/record-types.ts';

type ListName = {
  readonly [Key in keyof AuditRecord]: AuditRecord[Key] extends readonly unknown[] ? Key : never;
}[keyof AuditRecord];

/** How many of each list are kept; with `facts`, only facts of at most so many bytes. */
export type TrimStep = { readonly [Key in ListName]?: number } & { readonly factBytes?: number };

/** Taken one after the other, until the leaf is small enough. What is searched and what was charged goes last. */
export const trimSteps: readonly TrimStep[] = [
  { hops: 8, identities: 8, receipts: 16, definitions: 8 },
  { hops: 2, identities: 4, receipts: 4, findings: 16, payload: 8, decisions: 4 },
  { ...none(), chain: 8, charges: 8, payload: 4 },
  { ...none(), factBytes: 256 },
  { ...none(), factBytes: 32 },
];

/** Whether a further step may follow this one. */
export function isTrimmable(step: TrimStep): boolean {
  return step !== trimSteps.at(-1);
}

export type Trimmed = {
  readonly record: AuditRecord;
  /** The true length of each list that was cut, and the number of facts that were left out. */
  readonly lengths: Readonly<Record<string, number>>;
};

/** The record with parts left out; the same record and step give the same. */
export function trimRecord(record: AuditRecord, step: TrimStep): Trimmed {
  const lengths: Record<string, number> = {};
  const cut: Partial<Record<ListName, readonly unknown[]>> = {};
  for (const name of LIST_NAMES) {
    const kept = step[name];
    if (kept === undefined || record[name].length <= kept) continue;
    lengths[name] = record[name].length;
    cut[name] = record[name].slice(0, kept);
  }
  const facts =
    step.factBytes === undefined ? record.facts : shortFacts(record.facts, step.factBytes);
  const leftOut = factNames.filter((name) => facts[name] !== record.facts[name]).length;
  if (leftOut > 0) lengths['facts'] = leftOut;
  const supersedes =
    record.supersedes && step.factBytes !== undefined
      ? { ...record.supersedes, facts, charges: [] }
      : record.supersedes;
  return { record: { ...record, ...(cut as object), facts, supersedes }, lengths };
}

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
] as const satisfies readonly ListName[];

function none(): { readonly [Key in ListName]: number } {
  const evidence = { originEvidence: 0, outcomeEvidence: 0 };
  const said = {
    chain: 0,
    charges: 0,
    findings: 0,
    hops: 0,
    identities: 0,
    payload: 0,
    receipts: 0,
  };
  return { ...said, ...evidence, decisions: 0, definitions: 0 };
}

function shortFacts(facts: Facts, bytesMax: number): Facts {
  const kept = Object.entries(facts).filter(
    ([, value]) =>
      typeof value === 'number' || Buffer.byteLength(JSON.stringify(value)) <= bytesMax,
  );
  return { ...emptyFacts, ...(Object.fromEntries(kept) as Partial<Facts>) };
}
