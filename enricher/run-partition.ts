import type { LogMessage } from '../event-log/event-log.ts';
import { EventLogError } from '../event-log/errors.ts';
import { KeyStoreError } from '../key-store/errors.ts';
import { emptyRegistry } from '../registry/view.ts';
import { reasonOf } from '../schemas/reason-of.ts';
import { registryOffsetKey } from '../schemas/state-keys.ts';
import { topics } from '../schemas/topics.ts';
import { addRecord, countBatch, emptyBatch } from './batch.ts';
import { commitSurely } from './commit-surely.ts';
import { deadLetterOf, failureLetter } from './dead-letter.ts';
import type { Engine, EngineMessage, Publish } from './engine.ts';
import { createEngine } from './engine.ts';
import { EnricherError } from './errors.ts';
import { advanceRegistry } from './follow-registry.ts';
import { markJoins, markRegistry, tick } from './mark-partition.ts';
import type { Partition, PartitionRun as Run } from './partition-run.ts';
import { bad, readMessage } from './read-message.ts';
import { requireKeys } from './require-keys.ts';
import type { Join } from './joins/join-message.ts';
import { joinMessage, readJoins } from './joins/follow-joins.ts';
import type { UnderWay } from './trace-batch.ts';
import { traceBatch } from './trace-batch.ts';

/**
 * Enriches one partition until the signal: reads a batch, steps the engine through it, and commits records, state and position
 * together. Rejects when it can no longer own the partition.
 */
export async function runPartition(parts: Partition, signal: AbortSignal): Promise<void> {
  const { owner, partition, log } = parts;
  const marked = owner.getState(registryOffsetKey);
  const markedOffset = marked ? Number(Buffer.from(marked).toString()) : -1;
  const registry = await advanceRegistry(log, emptyRegistry(), markedOffset);
  await requireKeys(parts.keys, registry);
  const run: Run = {
    ...parts,
    batch: emptyBatch(),
    engine: undefined,
    registry,
    offset: owner.position(topics.spans, partition),
    markedOffset,
    registryLookedOffset: markedOffset + 1,
    lookedMs: 0,
    joinsOffset: owner.position(topics.joins, partition),
    joinsMarked: 0,
    joinsLookedMs: 0,
    cameMs: 0,
    setAside: new Map(),
  };
  while (!signal.aborted) {
    await markRegistry(run);
    await markJoins(run);
    const messages = await readBatch(run, signal);
    if (messages.length > 0) await enrichAll(run, messages, signal);
    else if (!signal.aborted) await tick(run, engineOf(run).nextDeadlineMs());
  }
}

async function readBatch(run: Run, signal: AbortSignal): Promise<readonly LogMessage[]> {
  const { log, partition, config, offset } = run;
  const idle = engineOf(run).nextDeadlineMs() === undefined;
  return log.read(
    { topic: topics.spans, partition, offset },
    {
      messagesMax: config.batchMessagesMax,
      bytesMax: config.batchBytesMax,
      waitMsMax: Math.min(config.joinPollMs, idle ? config.registryPollMs : config.tickMs),
      signal,
    },
  );
}

/** One commit for all of them, or several where much falls due with them. */
async function enrichAll(
  run: Run,
  messages: readonly LogMessage[],
  signal: AbortSignal,
): Promise<void> {
  run.cameMs = run.clock();
  for (let at = 0; at < messages.length && !signal.aborted;) {
    const left = messages.slice(at);
    at += await traceBatch(run, left, async (traced) => enrich(run, left, { signal, traced }));
  }
}

/** Gives how many messages it committed, from the first on. */
async function enrich(run: Run, read: readonly LogMessage[], way: UnderWay): Promise<number> {
  const { metrics, partition } = run;
  const { signal, traced } = way;
  const versionBefore = run.registry.version;
  const taking = async (): Promise<number> => takeAll(run, read);
  const messages = read.slice(0, await traced.part('waybill.enricher.attribute', taking));
  const { appends } = run.batch;
  const state = engineOf(run).drain();
  const last = messages.at(-1);
  if (last) {
    run.offset = last.offset + 1;
    metrics.appendTimeMs = last.appendTimeMs;
  }
  const { version } = run.registry;
  const registryChange = { key: registryOffsetKey, value: Buffer.from(`${version}`) };
  const changes = version === versionBefore ? state : [...state, registryChange];
  const positions = [
    { topic: topics.spans, partition, offset: run.offset },
    { topic: topics.joins, partition, offset: run.joinsOffset },
  ];
  const commit = { positions, appends, state: changes };
  await traced.part('waybill.enricher.commit', async () => commitSurely(run, commit, signal));
  countBatch(metrics, run.batch, run.engine?.tallies);
  run.setAside.clear();
  metrics.batchMessages = messages.length;
  metrics.batchBytes = messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
  metrics.stateChanges = changes.length;
  metrics.lagMessages = (await run.log.range(topics.spans, partition)).end - run.offset;
  return messages.length;
}

/**
 * Takes messages until the commit is large enough; gives how many it took. One that makes the engine throw is set aside, and the batch begun anew from what was
 * committed: a mistake of ours costs that message, and neither the process nor what stands beside it. It is begun anew, too, where the key keeper had
 * other keys than were made here.
 */
async function takeAll(run: Run, messages: readonly LogMessage[]): Promise<number> {
  const { registry, markedOffset, joinsOffset } = run;
  for (;;) {
    run.batch = emptyBatch();
    const taken = await takeEach(run, messages);
    // Commit point: the keys that records are encrypted under are on disk before any of these is.
    if (taken !== undefined && (await flushKeys(run))) return taken;
    run.engine = undefined;
    run.registry = registry;
    run.markedOffset = markedOffset;
    run.joinsOffset = joinsOffset;
  }
}

/** Undefined where one was set aside. */
async function takeEach(run: Run, messages: readonly LogMessage[]): Promise<number | undefined> {
  let taken = 0;
  for (const message of messages) {
    if (run.batch.bytes >= run.config.commitBytesMax) break;
    try {
      await take(run, message);
    } catch (cause) {
      setAside(run, message.offset, cause);
      return undefined;
    }
    taken += 1;
  }
  return taken;
}

/** False where the key keeper had other keys. What else fails is no message's fault. */
async function flushKeys({ traceKeys }: Run): Promise<boolean> {
  try {
    await traceKeys?.flush();
    return true;
  } catch (cause) {
    if (cause instanceof KeyStoreError && cause.code === 'KEY_STORE_KEYS_DIFFER') return false;
    throw cause;
  }
}

/** Throws what cannot even be passed over, and so is no fault of one message. */
function setAside(run: Run, offset: number, cause: unknown): void {
  const isOurs = [EventLogError, EnricherError, KeyStoreError].some(
    (kind) => cause instanceof kind,
  );
  if (isOurs || run.setAside.has(offset)) throw cause;
  run.setAside.set(offset, reasonOf(cause));
}

function engineOf(run: Run): Engine {
  if (run.engine) return run.engine;
  const { config, partition, owner, registry } = run;
  const publish: Publish = (record, numbers) =>
    addRecord(run.batch, { record, numbers }, partition, run.traceKeys);
  run.engine = createEngine({ ...config, partition, keys: run.keys }, owner, registry, publish);
  return run.engine;
}

async function take(run: Run, logged: LogMessage): Promise<void> {
  const reason = run.setAside.get(logged.offset);
  const read = reason === undefined ? readMessage(logged) : bad(logged, reason);
  const { offset, appendTimeMs } = logged;
  if (read.kind === 'marker') {
    run.registry = await advanceRegistry(run.log, run.registry, read.registryOffset);
    await requireKeys(run.keys, run.registry);
    run.markedOffset = Math.max(run.markedOffset, read.registryOffset);
    step(run, { kind: 'registry', offset, appendTimeMs, registry: run.registry });
    return;
  }
  if (read.kind === 'joins') {
    const joins = await takeJoins(run, read.end);
    step(run, { kind: 'joins', offset, appendTimeMs, joins });
    return;
  }
  if (read.kind === 'bad') {
    run.batch.appends.push(read.deadLetter);
    run.batch.deadLetters += 1;
  }
  if (read.message.kind === 'spans') run.batch.spans += read.message.spans.length;
  step(run, read.message);
}

async function takeJoins(run: Run, end: number): Promise<readonly Join[]> {
  const { joins, unreadable, offset } = await readJoins(run, run.joinsOffset, end);
  run.joinsOffset = offset;
  for (const message of unreadable) run.batch.appends.push(deadLetterOf(message, 'no join'));
  run.batch.deadLetters += unreadable.length;
  return joins;
}

/** Records are encoded as they are published: encoded they are a tenth of what they are made of, and a batch holds thousands. */
function step(run: Run, message: EngineMessage): void {
  const engine = engineOf(run);
  engine.step(message);
  const { partition } = run;
  for (const failure of engine.takeFailures()) {
    run.batch.appends.push(failureLetter(failure, { partition, offset: message.offset }));
    run.batch.deadLetters += 1;
  }
  for (const join of engine.takeJoins()) run.batch.appends.push(joinMessage(run, join));
}
