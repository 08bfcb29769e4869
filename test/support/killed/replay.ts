import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../../bench/load/seeded-random.ts';
import { parseEnricherConfig } from '../../../enricher/config.ts';
import type { Engine } from '../../../enricher/engine.ts';
import { createEngine } from '../../../enricher/engine.ts';
import { advanceRegistry } from '../../../enricher/follow-registry.ts';
import { readMessage } from '../../../enricher/read-message.ts';
import { recordMessage } from '../../../enricher/record-message.ts';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { EventLog, LogMessage, NewMessage, Owner } from '../../../event-log/event-log.ts';
import type { RegistryView } from '../../../registry/view.ts';
import { emptyRegistry } from '../../../registry/view.ts';
import { topics } from '../../../schemas/topics.ts';
import type { Problems } from './problems.ts';
import { readTopic } from './read-topic.ts';

/**
 * Replays every partition of spans from its first message through a fresh engine, in other batches than before and now and then through
 * another engine on the state so far, and compares what comes out with the records in the log: the same bytes in the same
 * order. Gives how many records there are.
 */
export async function checkReplay(
  log: EventLog,
  seed: number,
  problems: Problems,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-replay-'));
  const scratch = await openEmbeddedLog({ folder, limits: { diskFreeBytesMin: 0 } });
  try {
    let records = 0;
    for (let partition = 0; partition < log.partitions; partition += 1) {
      const owner = await scratch.openOwner('replay', partition);
      records += await replayPartition({ log, owner, partition, seed, problems });
    }
    return records;
  } finally {
    await scratch.close();
    await rm(folder, { recursive: true, force: true });
  }
}

type Replay = {
  readonly log: EventLog;
  /** Keeps the state; its log is not the one that is replayed. */
  readonly owner: Owner;
  readonly partition: number;
  readonly seed: number;
  readonly problems: Problems;
};

async function replayPartition(replay: Replay): Promise<number> {
  const { log, owner, partition, problems } = replay;
  const random = seededRandom(replay.seed + partition);
  const written = flat(readTopic(log, topics.records, partition));
  const options = { ...parseEnricherConfig({ logDirectory: 'none' }), partition };
  let registry = emptyRegistry();
  let engine = createEngine(options, owner, registry);
  let count = 0;
  const batches = readTopic(log, topics.spans, partition, () => 1 + (random() % 400));
  for await (const messages of batches) {
    registry = await step(replay, engine, messages, registry);
    const output = engine.drain();
    await owner.commit({ positions: [], appends: [], state: output.state });
    for (const record of output.records) {
      const { value: logged } = await written.next();
      const difference = differenceOf(recordMessage(record, partition), logged);
      if (difference) problems.add('A replay differs', `${record.recordId}: ${difference}`);
      count += 1;
    }
    if (random() % 8 === 0) {
      const cachedSpansMax = random() % 2 === 0 ? 1 : options.cachedSpansMax;
      engine = createEngine({ ...options, cachedSpansMax }, owner, registry);
    }
  }
  for await (const logged of written) {
    problems.add('A record comes from no replay', `partition ${partition} offset ${logged.offset}`);
  }
  return count;
}

async function step(
  { log, problems }: Replay,
  engine: Engine,
  messages: readonly LogMessage[],
  from: RegistryView,
): Promise<RegistryView> {
  let registry = from;
  for (const message of messages) {
    const { offset, appendTimeMs } = message;
    const read = readMessage(message);
    switch (read.kind) {
      case 'marker':
        registry = await advanceRegistry(log, registry, read.registryOffset);
        engine.step({ kind: 'registry', offset, appendTimeMs, registry });
        break;
      case 'engine':
        engine.step(read.message);
        break;
      case 'bad':
        problems.add('A message cannot be read', `offset ${offset}`);
    }
  }
  return registry;
}

function differenceOf(made: NewMessage, logged: LogMessage | undefined): string | undefined {
  if (!logged) return 'the log has no further record';
  if (made.key !== logged.key) return `the log has ${logged.key} at offset ${logged.offset}`;
  const bytes = Buffer.from(made.value ?? []);
  return bytes.equals(logged.value ?? new Uint8Array(0))
    ? undefined
    : `other bytes at offset ${logged.offset}`;
}

async function* flat(
  batches: AsyncGenerator<readonly LogMessage[]>,
): AsyncGenerator<LogMessage, undefined> {
  for await (const messages of batches) yield* messages;
  return undefined;
}
