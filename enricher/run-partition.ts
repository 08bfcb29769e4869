import { setTimeout as wait } from 'node:timers/promises';
import type { Commit, EventLog, LogMessage, NewMessage, Owner } from '../event-log/event-log.ts';
import { EventLogError } from '../event-log/errors.ts';
import type { RegistryView } from '../registry/view.ts';
import { emptyRegistry } from '../registry/view.ts';
import { registryOffsetKey } from '../schemas/state-keys.ts';
import { headerNames, spanMessageKinds, topics } from '../schemas/topics.ts';
import type { EnricherConfig } from './config.ts';
import type { Engine, EngineMessage } from './engine.ts';
import { createEngine } from './engine.ts';
import { EnricherError } from './errors.ts';
import { advanceRegistry, lastDeclaration } from './follow-registry.ts';
import type { PartitionMetrics } from './metrics.ts';
import { readMessage } from './read-message.ts';
import { recordMessage } from './record-message.ts';

export type Partition = {
  readonly log: EventLog;
  readonly owner: Owner;
  readonly partition: number;
  readonly config: EnricherConfig;
  readonly metrics: PartitionMetrics;
  /** Milliseconds since the epoch: for pacing only, nothing is decided by it. */
  readonly clock: () => number;
};

/**
 * Enriches one partition until the signal: reads a batch, steps the engine through it, and commits records, state and position
 * together. Rejects when it can no longer own the partition.
 */
export async function runPartition(parts: Partition, signal: AbortSignal): Promise<void> {
  const { owner, partition, log, config } = parts;
  const marked = owner.getState(registryOffsetKey);
  const markedOffset = marked ? Number(Buffer.from(marked).toString()) : -1;
  const registry = await advanceRegistry(log, emptyRegistry(), markedOffset);
  const run: Run = {
    ...parts,
    engine: createEngine({ ...config, partition }, owner, registry),
    registry,
    offset: owner.position(topics.spans, partition),
    markedOffset,
    registryLookedOffset: markedOffset + 1,
    lookedMs: 0,
  };
  while (!signal.aborted) {
    await markRegistry(run);
    const messages = await readBatch(run, signal);
    if (messages.length > 0) await enrich(run, messages, signal);
    else if (run.engine.nextDeadlineMs() !== undefined && !signal.aborted) await tick(run);
  }
}

type Run = Partition & {
  readonly engine: Engine;
  registry: RegistryView;
  /** Next offset to read. */
  offset: number;
  /** Registry offset of the last marker that this owner knows of. */
  markedOffset: number;
  /** Next registry offset to look at for a declaration. */
  registryLookedOffset: number;
  lookedMs: number;
};

async function readBatch(run: Run, signal: AbortSignal): Promise<readonly LogMessage[]> {
  const { log, partition, config, engine, offset } = run;
  const idle = engine.nextDeadlineMs() === undefined;
  return log.read(
    { topic: topics.spans, partition, offset },
    {
      messagesMax: config.batchMessagesMax,
      bytesMax: config.batchBytesMax,
      waitMsMax: idle ? config.registryPollMs : config.tickMs,
      signal,
    },
  );
}

async function enrich(
  run: Run,
  messages: readonly LogMessage[],
  signal: AbortSignal,
): Promise<void> {
  const { engine, metrics, partition } = run;
  const appends: NewMessage[] = [];
  const versionBefore = run.registry.version;
  let bytes = 0;
  for (const message of messages) {
    bytes += message.value?.length ?? 0;
    await take(run, message, appends);
  }
  const state = engine.drain();
  const last = messages.at(-1);
  if (last) {
    run.offset = last.offset + 1;
    metrics.appendTimeMs = last.appendTimeMs;
  }
  const { version } = run.registry;
  const registryChange = { key: registryOffsetKey, value: Buffer.from(`${version}`) };
  const changes = version === versionBefore ? state : [...state, registryChange];
  const positions = [{ topic: topics.spans, partition, offset: run.offset }];
  await commit(run, { positions, appends, state: changes }, signal);
  metrics.batchMessages = messages.length;
  metrics.batchBytes = bytes;
  metrics.stateChanges = changes.length;
  metrics.lagMessages = (await run.log.range(topics.spans, partition)).end - run.offset;
}

async function take(run: Run, logged: LogMessage, appends: NewMessage[]): Promise<void> {
  const read = readMessage(logged);
  const { offset, appendTimeMs } = logged;
  if (read.kind === 'marker') {
    run.registry = await advanceRegistry(run.log, run.registry, read.registryOffset);
    run.markedOffset = Math.max(run.markedOffset, read.registryOffset);
    publish(run, { kind: 'registry', offset, appendTimeMs, registry: run.registry }, appends);
    return;
  }
  if (read.kind === 'bad') {
    appends.push(read.deadLetter);
    run.metrics.deadLetters += 1;
  }
  if (read.message.kind === 'spans') run.metrics.spans += read.message.spans.length;
  publish(run, read.message, appends);
}

/** Encoded at once: encoded records are a tenth of what they are made of, and a batch holds thousands. */
function publish(run: Run, message: EngineMessage, appends: NewMessage[]): void {
  for (const record of run.engine.step(message)) {
    appends.push(recordMessage(record, run.partition));
    run.metrics.records += 1;
    if (record.revision > 0) run.metrics.revisions += 1;
  }
}

/** Tries until it holds, unless trying again cannot help. A commit that failed took nothing. */
async function commit(run: Run, work: Commit, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      // Commit point: records, state and position are durable together. Before it, the batch is read and enriched anew.
      await run.owner.commit(work);
      run.metrics.commits += 1;
      return;
    } catch (cause) {
      const retryable = cause instanceof EventLogError && cause.kind === 'retryable';
      if (!retryable || signal.aborted) {
        const detail = `Partition ${run.partition} could not commit.`;
        throw new EnricherError('ENRICHER_STOPPED_READING', detail, { cause });
      }
      run.metrics.commitRetries += 1;
      await wait(run.config.retryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Time passes though nothing comes: the partition itself has to say so, for a replay to see it. */
async function tick(run: Run): Promise<void> {
  await appendOwn(run, spanMessageKinds.tick, new Uint8Array(0));
  run.metrics.ticks += 1;
}

/** Tells the partition that more is declared, once for each look that finds more. Reads of the trail are no reason to. */
async function markRegistry(run: Run): Promise<void> {
  const nowMs = run.clock();
  if (Math.abs(nowMs - run.lookedMs) < run.config.registryPollMs) return;
  run.lookedMs = nowMs;
  const { end } = await run.log.range(topics.registry, 0);
  const declared = await lastDeclaration(run.log, run.registryLookedOffset, end);
  const due = declared !== undefined && declared > run.markedOffset;
  if (due) {
    const marked = await appendOwn(run, spanMessageKinds.registry, Buffer.from(`${declared}`));
    if (!marked) return;
    run.markedOffset = declared;
  }
  run.registryLookedOffset = end;
}

/** A full log takes no ticks either: they come when it has room again. */
async function appendOwn(run: Run, kind: string, value: Uint8Array): Promise<boolean> {
  const { partition } = run;
  const headers = { [headerNames.kind]: kind };
  try {
    await run.log.append([{ topic: topics.spans, partition, key: null, headers, value }]);
    return true;
  } catch (error) {
    if (error instanceof EventLogError && error.kind === 'retryable') return false;
    throw error;
  }
}
