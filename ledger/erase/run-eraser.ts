import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { LogMessage, NewMessage, Owner } from '../../event-log/event-log.ts';
import { eventMessage } from '../../registry/event-message.ts';
import { parseRetentionBody } from '../../registry/retention-policy.ts';
import type { RegistryEvent } from '../../schemas/record-types.ts';
import { headerNames, topics } from '../../schemas/topics.ts';
import { isRetryable } from '../is-retryable.ts';
import type { LedgerMetrics } from '../metrics.ts';
import { pause } from '../pause.ts';
import {
  declaredChange,
  readDeclared,
  readLastRun,
  readRun,
} from '../retention/retention-state.ts';
import type { RunOrder } from '../retention/run-retention.ts';
import { runRetention } from '../retention/run-retention.ts';
import { bodyOf, eventOf } from './control-event.ts';
import type { RoundParts } from './erase-round.ts';
import { eraseRound } from './erase-round.ts';
import type { ErasureRequest, Hold } from './erasure-events.ts';
import { erasureRequestSchema, holdSchema } from './erasure-events.ts';
import { holdChange, readHolds, readWork, releaseChange, workChange } from './eraser-state.ts';
import { peopleBeside, tracesOf } from './find-targets.ts';
import { untilSealed } from '../until-sealed.ts';

export const eraserRole = 'ledger-eraser';

export type EraserParts = Omit<RoundParts, 'owner' | 'signal'> & {
  readonly metrics: LedgerMetrics;
  /** Wait before a step that failed is tried again, milliseconds. */
  readonly retryMs: number;
  /** Between two runs of a tenant's retention policy, milliseconds. */
  readonly retentionEveryMs: number;
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
    const messages = await parts.log.read(from, limits);
    for (const message of messages) {
      const taking = { ...parts, owner, signal, next: message.offset + 1 };
      if (!(await finished(taking, async () => take(taking, message)))) return;
      offset = message.offset + 1;
    }
    // A run of the schedule comes after all that was asked and held before it.
    if (messages.length > 0) continue;
    const taking = { ...parts, owner, signal, next: offset };
    for (const order of scheduledRuns(taking)) {
      if (!(await finished(taking, async () => runRetention(taking, order, [])))) return;
    }
  }
}

/** The run that a crash broke off, or those whose time has come. */
function scheduledRuns({ owner, clock, retentionEveryMs }: Taking): readonly RunOrder[] {
  const run = readRun(owner);
  if (run !== undefined) return [run];
  const due = [...readDeclared(owner).keys()].filter(
    (tenant) => readLastRun(owner, tenant) + retentionEveryMs <= clock(),
  );
  return due.map((tenant) => ({ runId: randomUUID(), tenant, actor: null }));
}

/** Takes one step to its end; false where the signal came first. */
async function finished(
  { metrics, retryMs, signal }: Taking,
  step: () => Promise<void>,
): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await step();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (!isRetryable(error)) throw error;
      metrics.erasureRetries += 1;
      await pause(retryMs, signal);
    }
  }
  return false;
}

type Taking = RoundParts &
  EraserParts & {
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
    if (!request.success) return;
    await finishRun(taking);
    await erase(taking, event, request.data);
  }
  if (event.type === 'retention_declared') {
    const state = [declaredChange(event.tenant, message.offset, event.body)];
    if (isRetentionPolicy(event.body)) await settle(taking, [], state);
  }
  if (event.type === 'retention_requested') {
    const asked = z.object({ runId: z.string().min(1).max(64) }).safeParse(body);
    const { tenant, actor } = event;
    const position = { topic: topics.registry, partition: 0, offset: taking.next };
    if (!asked.success) return;
    await finishRun(taking, asked.data.runId);
    await runRetention(taking, { ...asked.data, tenant, actor }, [position]);
  }
}

/** What a crash broke off is finished before anything else is begun, since it has promised what it takes; unless it is what is asked for. */
async function finishRun(taking: Taking, asked?: string): Promise<void> {
  const run = readRun(taking.owner);
  if (run !== undefined && run.runId !== asked) await runRetention(taking, run, []);
}

async function erase(taking: Taking, event: RegistryEvent, request: ErasureRequest): Promise<void> {
  const { owner, metrics } = taking;
  const { tenant } = event;
  let work = readWork(owner, request.requestId);
  if (work.after === '' && work.traces.length === 0) {
    const hold = await holdOn(taking, tenant, request.principals);
    if (hold) {
      metrics.erasuresRefused += 1;
      const refusal = { requestId: request.requestId, reason: 'legal_hold', matter: hold.matter };
      return settle(taking, [told(taking, event, 'erasure_refused', refusal)], []);
    }
  }
  for (;;) {
    if (work.traces.length === 0) {
      const subject = { tenant, principals: request.principals };
      const traces = await tracesOf(taking.store, subject, work.after);
      if (traces.length === 0) break;
      work = { ...work, traces, told: {} };
    }
    const { requestId, legalBasis } = request;
    const facts = { tenant, actor: event.actor, requestId, legalBasis };
    work = await eraseRound(taking, { facts, work });
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

/** A hold on the person, on all of the tenant, or on somebody whom a trace of the person names. */
async function holdOn(
  taking: Taking,
  tenant: string,
  principals: readonly string[],
): Promise<Hold | undefined> {
  const holds = readHolds(taking.owner, tenant);
  const naming = (people: ReadonlySet<string>): Hold | undefined =>
    holds.find((hold) => hold.principals.some((one) => people.has(one)));
  const whole = holds.find((hold) => hold.principals.length === 0);
  const direct = whole ?? naming(new Set(principals));
  if (direct) return direct;
  // Whatever was accepted before the request is to be found by it.
  await untilSealed(taking);
  if (holds.length === 0) return undefined;
  return naming(await peopleBeside(taking.store, { tenant, principals }));
}

/** What the enricher read is dropped after it: 72 hours, the day that it is in, and a day in a backup. */
const SPANS_KEPT_MS = 5 * 24 * 3_600_000;

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

function isRetentionPolicy(body: string): boolean {
  try {
    parseRetentionBody(body);
    return true;
  } catch {
    return false;
  }
}
