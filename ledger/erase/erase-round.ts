import { hash } from 'node:crypto';
import type { EventLog, Owner } from '../../event-log/event-log.ts';
import type { TraceKeys } from '../../key-store/trace-keys.ts';
import type { RecordStore } from '../../record-store/clickhouse.ts';
import { pause } from '../pause.ts';
import type { RedactionFacts } from './erasure-events.ts';
import { redactionEvents } from './erasure-events.ts';
import type { ErasureWork } from './eraser-state.ts';
import { workChange } from './eraser-state.ts';
import type { ValueServers } from './find-targets.ts';
import { deleteValues, replacedParts, targetsOf } from './find-targets.ts';
import { untilSealed } from '../until-sealed.ts';

/** What a round of an erasure works with. */
export type RoundParts = {
  readonly log: EventLog;
  /** As a user that may select, and delete payloads alone. */
  readonly store: RecordStore;
  /** As the same user. */
  readonly values: ValueServers;
  readonly traceKeys: TraceKeys;
  readonly owner: Owner;
  readonly signal: AbortSignal;
  readonly clock: () => number;
  /** Told before each step: what a crash there leaves is what a test looks at. */
  readonly onStep?: (step: string) => void;
};

export type Round = {
  /** For whom, by whom and why: what the redactions say. */
  readonly facts: Pick<RedactionFacts, 'tenant' | 'actor' | 'requestId' | 'legalBasis'>;
  readonly work: ErasureWork;
};

/** One round of traces: told, then destroyed, then what came meanwhile told too, then deleted. */
export async function eraseRound(parts: RoundParts, round: Round): Promise<ErasureWork> {
  const { values, traceKeys, owner } = parts;
  const { tenant } = round.facts;
  const { traces } = round.work;
  const before = await tell(parts, round);
  parts.onStep?.('destroy');
  await traceKeys.destroy(traces.map((traceId) => ({ tenant, traceId })));
  // Batches that were made before with these keys are in the store now; later ones find none.
  await untilSealed(parts);
  const after = await tell(parts, { ...round, work: before });
  parts.onStep?.('delete');
  await deleteValues(values, { tenant, traces });
  await untilGone(parts);
  parts.onStep?.('round');
  const sums = { ...after.sums, traces: after.sums.traces + traces.length };
  const work = { ...after, sums, after: traces.at(-1) ?? '', traces: [], told: {} };
  // Commit point: this round is over. If we die before, its steps are taken again, and find nothing left.
  await owner.commit({ positions: [], appends: [], state: [workChange(work)] });
  return work;
}

/** Waits until what was deleted is off the store's disk: the parts that were replaced by now, not those that merging replaces meanwhile. */
async function untilGone({ values, signal }: RoundParts): Promise<void> {
  const replaced = new Set(await replacedParts(values));
  while ((await replacedParts(values)).some((name) => replaced.has(name))) {
    await pause(PARTS_LOOK_MS, signal);
    signal.throwIfAborted();
  }
}

const PARTS_LOOK_MS = 250;

/** Tells which values are going, and waits until that is sealed: from then on a crash leaves no value that is missing without a word. */
async function tell(parts: RoundParts, { facts, work }: Round): Promise<ErasureWork> {
  let told = await tellNext(parts, { facts, work });
  while (told.isCut) told = await tellNext(parts, { facts, work: told.work });
  await untilSealed(parts);
  return told.work;
}

/** Tells of so many leaves as are looked at at once. */
async function tellNext(
  { store, owner, clock, onStep }: RoundParts,
  { facts, work }: Round,
): Promise<{ readonly work: ErasureWork; readonly isCut: boolean }> {
  const asked = { tenant: facts.tenant, traces: work.traces };
  const { records, told: reached, isCut } = await targetsOf(store, asked, work.told);
  const fields = records.reduce((sum, record) => sum + record.fields.length, 0);
  const from = hash('sha256', JSON.stringify(work.told)).slice(0, 16);
  const id = `${work.requestId}/${work.traces[0]}/${from}`;
  const sums = {
    ...work.sums,
    records: work.sums.records + records.length,
    fields: work.sums.fields + fields,
  };
  const next = { ...work, told: reached, sums };
  onStep?.('tell');
  // Commit point: the redaction is told together with how far it goes, once.
  await owner.commit({
    positions: [],
    appends: redactionEvents({ ...facts, id, timeUs: clock() * 1000 }, records),
    state: [workChange(next)],
  });
  return { work: next, isCut };
}
