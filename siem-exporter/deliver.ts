import type { BackoffLimits } from './backoff.ts';
import { backoffMs } from './backoff.ts';
import type { Circuit } from './circuit.ts';
import type { HecEvent } from './hec.ts';
import type { Sender } from './hec-client.ts';
import type { Verdict } from './hec-reply.ts';
import type { MetricsRecorder } from './metrics.ts';

export type DeliveryLimits = {
  readonly retry: BackoffLimits;
  readonly hold: BackoffLimits;
  /** How long to wait after an answer that asks to slow down. */
  readonly slowDownMs: number;
  /** So many events refused one after another look like a fault of the destination, not of the events. */
  readonly refusedInARowMax: number;
};

export type Delivery = {
  readonly sender: Sender;
  readonly circuit: Circuit;
  readonly metrics: MetricsRecorder;
  readonly limits: DeliveryLimits;
  readonly random: () => number;
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** Events refused one after another, over all batches of this log; none since the last acceptance is 0. */
  readonly run: { refused: number };
};

export type Refused = { readonly event: HecEvent; readonly reason: string };

/**
 * Sends the events until each has been accepted or refused for good, however long that takes; gives the refused ones. Undefined when
 * the signal ended it first: then nothing is known of what was not yet accepted, and the cursor must stand.
 */
export async function deliver(
  events: readonly HecEvent[],
  delivery: Delivery,
): Promise<readonly Refused[] | undefined> {
  const refused: Refused[] = [];
  const pending: (readonly HecEvent[])[] = [events];
  let attempt = 0;
  for (let batch = pending.pop(); batch !== undefined; batch = pending.pop()) {
    if (batch.length === 0) continue;
    if (delivery.signal.aborted) return undefined;
    const verdict = noFlood(await attemptOnce(batch, delivery), batch, delivery);
    countVerdict(verdict, batch.length, delivery);
    const next = follow(verdict, batch);
    refused.push(...next.refused);
    delivery.run.refused += next.refused.length;
    // Last in, first out: what comes first in order is pushed last.
    pending.push(...next.again.toReversed());
    attempt = next.failed ? attempt + 1 : 0;
    await pause(verdict, attempt, delivery);
  }
  return refused;
}

type Next = {
  readonly again: readonly (readonly HecEvent[])[];
  readonly refused: readonly Refused[];
  readonly failed: boolean;
};

function follow(verdict: Verdict, batch: readonly HecEvent[]): Next {
  switch (verdict.kind) {
    case 'accepted':
      return { again: [], refused: [], failed: false };
    case 'retry':
    case 'hold':
      return { again: [batch], refused: [], failed: true };
    case 'split':
      return halves(batch, verdict.reason);
    case 'reject_event':
      break;
  }
  return without(batch, verdict);
}

function halves(batch: readonly HecEvent[], reason: string): Next {
  const [event] = batch;
  if (batch.length === 1 && event)
    return { again: [], refused: [{ event, reason }], failed: false };
  const middle = Math.ceil(batch.length / 2);
  return { again: [batch.slice(0, middle), batch.slice(middle)], refused: [], failed: false };
}

function without(
  batch: readonly HecEvent[],
  { index, indexedBefore, reason }: Extract<Verdict, { kind: 'reject_event' }>,
): Next {
  const event = batch[index];
  const before = indexedBefore ? [] : batch.slice(0, index);
  return {
    again: [[...before, ...batch.slice(index + 1)]],
    refused: event ? [{ event, reason }] : [],
    failed: false,
  };
}

// A destination that suddenly refuses everything has changed, not the events: better to stand still, visibly, than to put the audit
// trail among the dead letters one by one.
function noFlood(verdict: Verdict, batch: readonly HecEvent[], { limits, run }: Delivery): Verdict {
  const refuses =
    verdict.kind === 'reject_event' || (verdict.kind === 'split' && batch.length === 1);
  if (!refuses || run.refused < limits.refusedInARowMax) return verdict;
  return { kind: 'hold', reason: 'refuses_everything' };
}

async function attemptOnce(batch: readonly HecEvent[], delivery: Delivery): Promise<Verdict> {
  const { circuit, metrics, sender, signal } = delivery;
  await circuit.enter();
  let verdict: Verdict = { kind: 'retry', reason: 'stopped', afterMs: null };
  try {
    if (signal.aborted) return verdict;
    const sent = await sender.send(batch, signal);
    metrics.attempts += 1;
    metrics.bytesSent += sent.bytes;
    verdict = sent.verdict;
  } finally {
    circuit.settle(verdict.kind !== 'retry' && verdict.kind !== 'hold');
    metrics.circuitOpen = circuit.open;
  }
  return verdict;
}

function countVerdict(verdict: Verdict, events: number, { metrics, run, signal }: Delivery): void {
  if (signal.aborted && verdict.kind !== 'accepted') return;
  metrics.holdReason = verdict.kind === 'hold' ? verdict.reason : null;
  if (verdict.kind === 'hold') metrics.count('holds', verdict.reason);
  if (verdict.kind === 'retry') {
    metrics.count('retries', verdict.reason);
    if (verdict.reason === 'ack_missing') metrics.acksMissed += 1;
  }
  if (verdict.kind === 'split') metrics.splits += 1;
  if (verdict.kind === 'accepted') {
    run.refused = 0;
    metrics.batchesDelivered += 1;
    metrics.eventsDelivered += events;
  }
}

async function pause(verdict: Verdict, attempt: number, delivery: Delivery): Promise<void> {
  const { limits, random, delay, signal } = delivery;
  if (verdict.kind === 'retry') {
    await delay(backoffMs(attempt - 1, verdict.afterMs, limits.retry, random), signal);
  }
  if (verdict.kind === 'hold') {
    await delay(backoffMs(attempt - 1, null, limits.hold, random), signal);
  }
  if (verdict.kind === 'accepted' && verdict.slowDown) await delay(limits.slowDownMs, signal);
}
