import type { EventLog, LogMessage, NewMessage, Owner } from '../../event-log/event-log.ts';
import type { TraceKeys } from '../../key-store/trace-keys.ts';
import type { RecordStore } from '../../record-store/clickhouse.ts';
import { eventMessage } from '../../registry/event-message.ts';
import { decodeRegistryEvent } from '../../schemas/avro-codec.ts';
import type { RegistryEvent } from '../../schemas/record-types.ts';
import { headerNames, topics } from '../../schemas/topics.ts';
import { isRetryable } from '../is-retryable.ts';
import type { LedgerMetrics } from '../metrics.ts';
import { pause } from '../pause.ts';
import type { ErasureRequest } from './erasure-events.ts';
import { erasureRequestSchema, holdSchema, redactionEvents } from './erasure-events.ts';
import type { ErasureWork } from './eraser-state.ts';
import { holdChange, readHolds, readWork, releaseChange, workChange } from './eraser-state.ts';
import { deleteValues, replacedParts, targetsOf, tracesOf } from './find-targets.ts';
import { untilSealed } from './until-sealed.ts';

export const eraserRole = 'ledger-eraser';

export type EraserParts = {
  readonly log: EventLog;
  /** As a user that may select, and delete payloads alone. */
  readonly store: RecordStore;
  readonly traceKeys: TraceKeys;
  readonly metrics: LedgerMetrics;
  /** Wait before a step that failed is tried again, milliseconds. */
  readonly retryMs: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Told before each step: what a crash there leaves is what a test looks at. */
  readonly onStep?: (step: string) => void;
};

/**
 * Follows what is sealed of holds and requests, in its order, and carries each request out: redaction leaves, then the keys, then the rows, then a leaf that it
 * is done. Every step is promised before it is taken and can be taken again, so that a crash anywhere is resumed. Throws what is permanent.
 */
export async function runEraser(
  parts: EraserParts,
  owner: Owner,
  signal: AbortSignal,
): Promise<void> {
  let offset = owner.position(topics.registry, 0);
  while (!signal.aborted) {
    const from = { topic: topics.registry, partition: 0, offset };
    const limits = { messagesMax: 100, bytesMax: 4 * 1024 * 1024, waitMsMax: 1_000, signal };
    for (const message of await parts.log.read(from, limits)) {
      if (!(await taken(parts, owner, message, signal))) return;
      offset = message.offset + 1;
    }
  }
}

/** Takes one event; false where the signal came first. */
async function taken(
  parts: EraserParts,
  owner: Owner,
  message: LogMessage,
  signal: AbortSignal,
): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await take({ ...parts, owner, signal, next: message.offset + 1 }, message);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (!isRetryable(error)) throw error;
      parts.metrics.erasureRetries += 1;
      await pause(parts.retryMs, signal);
    }
  }
  return false;
}

type Taking = EraserParts & {
  readonly owner: Owner;
  readonly signal: AbortSignal;
  /** The position once the event is done. */
  readonly next: number;
};

async function take(taking: Taking, message: LogMessage): Promise<void> {
  const event = eventOf(message);
  if (event === undefined) return;
  const body = bodyOf(event);
  if (event.type === 'hold_placed') {
    const hold = holdSchema.safeParse(body);
    if (hold.success) await settle(taking, [], [holdChange(event.tenant, hold.data)]);
  }
  if (event.type === 'hold_released') {
    const released = holdSchema.pick({ matter: true }).safeParse(body);
    if (released.success) {
      await settle(taking, [], [releaseChange(event.tenant, released.data.matter)]);
    }
  }
  if (event.type === 'erasure_requested') {
    const request = erasureRequestSchema.safeParse(body);
    if (request.success) await erase(taking, event, request.data);
  }
}

async function erase(taking: Taking, event: RegistryEvent, request: ErasureRequest): Promise<void> {
  const { owner, metrics } = taking;
  const { tenant } = event;
  let work = readWork(owner, request.requestId);
  if (work.after === '' && work.traces.length === 0) {
    const holds = readHolds(owner, tenant).filter(
      ({ principals }) =>
        principals.length === 0 || principals.some((one) => request.principals.includes(one)),
    );
    const [hold] = holds;
    if (hold) {
      metrics.erasuresRefused += 1;
      const refusal = { requestId: request.requestId, reason: 'legal_hold', matter: hold.matter };
      return settle(taking, [told(taking, event, 'erasure_refused', refusal)], []);
    }
    // Whatever was accepted before the request is to be found by it.
    await untilSealed(taking);
  }
  for (;;) {
    if (work.traces.length === 0) {
      const subject = { tenant, principals: request.principals };
      const traces = await tracesOf(taking.store, subject, work.after);
      if (traces.length === 0) break;
      work = { ...work, traces, told: {} };
    }
    work = await eraseRound(taking, { event, request, work });
  }
  const { requestId } = request;
  const done = { requestId, ...work.sums, spansGoneBy: taking.clock() + SPANS_KEPT_MS };
  const forgotten = request.principals.map((id) => tombstone(tenant, id));
  taking.onStep?.('done');
  // Commit point: the name is forgotten, and that all is done is told, once.
  await settle(
    taking,
    [told(taking, event, 'redaction_done', done), ...forgotten],
    [workChange(null)],
  );
  metrics.erasuresDone += 1;
}

/** What the enricher read is dropped after it: see the embedded log's retention and Kafka's. */
const SPANS_KEPT_MS = 4 * 24 * 3_600_000;

type Round = {
  readonly event: RegistryEvent;
  readonly request: ErasureRequest;
  readonly work: ErasureWork;
};

/** One round of traces: told, then destroyed, then what came meanwhile told too, then deleted. */
async function eraseRound(taking: Taking, round: Round): Promise<ErasureWork> {
  const { store, traceKeys, owner } = taking;
  const { tenant } = round.event;
  const { traces } = round.work;
  const before = await tell(taking, round);
  taking.onStep?.('destroy');
  await traceKeys.destroy(traces.map((traceId) => ({ tenant, traceId })));
  // Batches that were made before with these keys are in the store now; later ones find none.
  await untilSealed(taking);
  const after = await tell(taking, { ...round, work: before });
  taking.onStep?.('delete');
  await deleteValues(store, { tenant, traces });
  await untilGone(taking);
  taking.onStep?.('round');
  const sums = { ...after.sums, traces: after.sums.traces + traces.length };
  const work = { ...after, sums, after: traces.at(-1) ?? '', traces: [], told: {} };
  // Commit point: this round is over. If we die before, its steps are taken again, and find nothing left.
  await owner.commit({ positions: [], appends: [], state: [workChange(work)] });
  return work;
}

/** Waits until what was deleted is off the store's disk: the parts that were replaced by now, not those that merging replaces meanwhile. */
async function untilGone({ store, signal }: Taking): Promise<void> {
  const replaced = new Set(await replacedParts(store));
  while ((await replacedParts(store)).some((name) => replaced.has(name))) {
    await pause(PARTS_LOOK_MS, signal);
    signal.throwIfAborted();
  }
}

const PARTS_LOOK_MS = 250;

/** Tells which values are going, and waits until that is sealed: from then on a crash leaves no value that is missing without a word. */
async function tell(taking: Taking, { event, request, work }: Round): Promise<ErasureWork> {
  const { store, owner, clock } = taking;
  const { tenant, actor } = event;
  const { records, told: reached } = await targetsOf(store, { tenant, ...work }, work.told);
  const fields = records.reduce((sum, record) => sum + record.fields.length, 0);
  const { requestId, legalBasis } = request;
  const id = `${requestId}/${work.traces[0]}/${JSON.stringify(work.told).length}`;
  const facts = { id, tenant, actor, timeUs: clock() * 1000, requestId, legalBasis };
  const sums = {
    ...work.sums,
    records: work.sums.records + records.length,
    fields: work.sums.fields + fields,
  };
  const next = { ...work, told: reached, sums };
  taking.onStep?.('tell');
  // Commit point: the redaction is told together with how far it goes, once.
  await owner.commit({
    positions: [],
    appends: redactionEvents(facts, records),
    state: [workChange(next)],
  });
  await untilSealed(taking);
  return next;
}

async function settle(
  { owner, next }: Taking,
  appends: readonly NewMessage[],
  state: Parameters<Owner['commit']>[0]['state'],
): Promise<void> {
  const position = { topic: topics.registry, partition: 0, offset: next };
  await owner.commit({ positions: [position], appends, state });
}

function told(
  { clock }: Taking,
  { tenant, actor }: RegistryEvent,
  type: 'erasure_refused' | 'redaction_done',
  body: { readonly requestId: string } & object,
): NewMessage {
  const eventId = `${body.requestId}/${type}`;
  const timeUs = clock() * 1000;
  return eventMessage({
    eventId,
    tenant,
    type,
    timeUs,
    actor,
    digest: null,
    body: JSON.stringify(body),
  });
}

function tombstone(tenant: string, principalId: string): NewMessage {
  return {
    topic: topics.directory,
    partition: 0,
    key: `${tenant}/${principalId}`,
    headers: { [headerNames.tenant]: tenant },
    value: null,
  };
}

// What cannot be read is a dead letter of the ledger's, and asks for nothing.
function eventOf({ value }: LogMessage): RegistryEvent | undefined {
  try {
    return value === null ? undefined : decodeRegistryEvent(value);
  } catch {
    return undefined;
  }
}

function bodyOf({ body }: RegistryEvent): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
