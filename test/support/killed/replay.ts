import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../../bench/load/seeded-random.ts';
import { parseEnricherConfig } from '../../../enricher/config.ts';
import { createEnricherMetrics } from '../../../enricher/metrics.ts';
import { runPartition } from '../../../enricher/run-partition.ts';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { EventLog, LogMessage, NewMessage, Owner } from '../../../event-log/event-log.ts';
import type { TraceKeyMaker } from '../../../key-store/trace-key-maker.ts';
import { topics } from '../../../schemas/topics.ts';
import type { Problems } from './problems.ts';
import { readTopic } from './read-topic.ts';

/**
 * Replays every partition of spans from its first message through fresh enrichers, which read in other batches than before, are ended and
 * begun anew now and then and keep little in memory, and compares what they would commit with the records in the log: the
 * same bytes in the same order. Gives how many records there are. The log itself is only read.
 */
export async function checkReplay(
  log: EventLog,
  seed: number,
  problems: Problems,
  traceKeys: TraceKeyMaker | null = null,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-replay-'));
  const scratch = await openEmbeddedLog({ folder, partitions: log.partitions });
  try {
    let records = 0;
    for (let partition = 0; partition < log.partitions; partition += 1) {
      const random = seededRandom(seed + partition);
      records += await replayPartition({
        log,
        scratch,
        partition,
        random,
        problems,
        traceKeys,
      });
    }
    return records;
  } finally {
    await scratch.close();
    await rm(folder, { recursive: true, force: true });
  }
}

type Replay = {
  readonly log: EventLog;
  /** Keeps state and position; what is committed to it otherwise is compared and dropped. */
  readonly scratch: EventLog;
  readonly partition: number;
  readonly random: () => number;
  readonly problems: Problems;
  readonly traceKeys: TraceKeyMaker | null;
};

const ROLE = 'replay';
const BATCH_MESSAGES_MAX = 400;
const LIFE_COMMITS_MAX = 16;

async function replayPartition(replay: Replay): Promise<number> {
  const { log, scratch, partition, problems } = replay;
  const written = flat(readTopic(log, topics.records, partition));
  const { end } = await log.range(topics.spans, partition);
  let records = 0;
  const compare = async (made: NewMessage): Promise<void> => {
    const { value: logged } = await written.next();
    const difference = differenceOf(made, logged);
    if (difference) problems.add('A replay differs', `partition ${partition}: ${difference}`);
    records += 1;
  };
  const position = async (): Promise<number> =>
    (await scratch.inspect(ROLE, partition)).position(topics.spans, partition);
  while ((await position()) < end) await liveOnce(replay, end, compare);
  for await (const logged of written) {
    problems.add('A record comes from no replay', `partition ${partition} offset ${logged.offset}`);
  }
  return records;
}

/** One enricher, for some commits or until the end. */
async function liveOnce(
  replay: Replay,
  end: number,
  compare: (made: NewMessage) => Promise<void>,
): Promise<void> {
  const { scratch, partition, random } = replay;
  const owner = await scratch.openOwner(ROLE, partition);
  const life = new AbortController();
  let commits = 1 + (random() % LIFE_COMMITS_MAX);
  const comparing: Owner = {
    ...owner,
    commit: async ({ positions, appends, state }) => {
      for (const made of appends) if (made.topic === topics.records) await compare(made);
      await owner.commit({ positions, appends: [], state });
      commits -= 1;
      const offset = owner.position(topics.spans, partition);
      if (commits === 0 || offset >= end) life.abort();
    },
  };
  const cachedSpansMax = random() % 2 === 0 ? 1 : 50_000;
  const config = parseEnricherConfig({ logDirectory: 'none', cachedSpansMax });
  const metrics = createEnricherMetrics(partition + 1).partitions[partition];
  if (!metrics) throw new Error('Every partition has its metrics.');
  const parts = { log: readOnly(replay), owner: comparing, partition, config, metrics };
  const { traceKeys } = replay;
  await runPartition({ ...parts, keys: null, traceKeys, clock: Date.now }, life.signal);
  await owner.close();
}

/** The log as an enricher sees it: in batches of any size, and deaf to ticks and markers, for those are in it already. */
function readOnly({ log, random }: Replay): EventLog {
  return {
    partitions: log.partitions,
    append: () => Promise.resolve(),
    read: (from, limits) => {
      const messagesMax = 1 + (random() % BATCH_MESSAGES_MAX);
      const isSpans = from.topic === topics.spans;
      return log.read(from, isSpans ? { ...limits, messagesMax } : limits);
    },
    range: (topic, partition) => log.range(topic, partition),
    openOwner: refuse,
    inspect: (role, partition) => log.inspect(role, partition),
    share: refuse,
    trim: refuse,
    close: () => Promise.resolve(),
  };
}

function refuse(): never {
  throw new Error('A replay changes nothing.');
}

function differenceOf(made: NewMessage, logged: LogMessage | undefined): string | undefined {
  if (!logged) return `the log ends before ${made.topic} ${made.key}`;
  if (made.topic !== logged.topic || made.key !== logged.key) {
    return `${made.topic} ${made.key}, where the log has ${logged.key} at offset ${logged.offset}`;
  }
  const bytes = Buffer.from(made.value ?? []);
  return bytes.equals(logged.value ?? new Uint8Array(0))
    ? undefined
    : `${made.key} is of other bytes at offset ${logged.offset}`;
}

async function* flat(
  batches: AsyncGenerator<readonly LogMessage[]>,
): AsyncGenerator<LogMessage, undefined> {
  for await (const messages of batches) yield* messages;
  return undefined;
}
