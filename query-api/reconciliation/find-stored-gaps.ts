import type { EventLog } from '../../event-log/event-log.ts';
import type { SpanNumber } from '../../schemas/span-numbers.ts';
import { parseSpanNumbers } from '../../schemas/span-numbers.ts';
import { headerNames, topics } from '../../schemas/topics.ts';
import type { Gap, GapTimes } from './find-gaps.ts';
import { noGap } from './find-gaps.ts';
import { readLeaves } from '../queries/leaves.ts';
import type { StoredEnds, StoredHole, StoredWindow } from '../queries/stored.ts';
import { endsStatement, holesStatement, readStoredWindows } from '../queries/stored.ts';
import type { PartitionCounts } from './read-reconciled.ts';
import { recordsLog } from '../sealed-position.ts';
import type { RecordReader } from '../queries/statement.ts';

type Parts = {
  readonly store: RecordReader;
  readonly log: Pick<EventLog, 'read'>;
  readonly tenant: string;
};

export type Stored = {
  readonly windows: readonly StoredWindow[];
  readonly gaps: readonly Gap[];
};

/**
 * Leaves that were sealed and are not in the store: a batch is in the store before its counts are committed, so that whatever is short is gone.
 * They are named by their place in the log that they were sealed in, and by what the event log still has of them.
 */
export async function findStoredGaps(
  parts: Parts,
  partitions: readonly PartitionCounts[],
  times: GapTimes,
): Promise<Stored> {
  const logs = partitions.map(({ partition }) => recordsLog(partition));
  const { sinceMs, untilMs } = times;
  const windows = await readStoredWindows(parts.store, parts.tenant, { logs, sinceMs, untilMs });
  const gaps: Gap[] = [];
  for (const counts of partitions) {
    const logId = recordsLog(counts.partition);
    const short = shortWindows(counts, windows, logId, times);
    if (short.count > 0) gaps.push(...(await nameGaps(parts, counts.partition, short)));
  }
  return { windows, gaps };
}

type Short = { readonly count: number; readonly sinceMs: number };

function shortWindows(
  { windows }: PartitionCounts,
  stored: readonly StoredWindow[],
  logId: string,
  { sinceMs, untilMs }: GapTimes,
): Short {
  const leaves = new Map(
    stored.filter((each) => each.logId === logId).map((each) => [each.startMs, each.leaves]),
  );
  const sealed = new Map<number, number>();
  for (const { startMs, counts } of windows) {
    sealed.set(startMs, (sealed.get(startMs) ?? 0) + (counts.sealed ?? 0));
  }
  const short = [...sealed]
    .filter(([startMs]) => startMs >= sinceMs && startMs < untilMs)
    .map(([startMs, count]) => ({ startMs, count: count - (leaves.get(startMs) ?? 0) }))
    .filter(({ count }) => count > 0);
  return {
    count: short.reduce((sum, { count }) => sum + count, 0),
    sinceMs: Math.min(...short.map(({ startMs }) => startMs)),
  };
}

async function nameGaps(parts: Parts, partition: number, short: Short): Promise<readonly Gap[]> {
  const { store, tenant } = parts;
  const logId = recordsLog(partition);
  const base = { ...noGap, stage: 'store', unit: 'leaf', partition, of: logId } as const;
  const holes = await store.query<StoredHole>(holesStatement(tenant, logId));
  const gaps: Gap[] = [];
  for (const hole of holes) {
    const { before, behind, missing } = hole;
    const spans = await lostSpans(parts, { partition, logId, before, behind });
    gaps.push({
      ...base,
      producer: spans[0]?.producer ?? null,
      first: before + 1,
      last: behind - 1,
      count: missing,
      sinceMs: short.sinceMs,
      spans,
    });
  }
  const named = gaps.reduce((sum, { count }) => sum + count, 0);
  if (named >= short.count) return gaps;
  // What no later leaf shows: the beginning or the end of the stream is gone.
  const [ends] = await store.query<StoredEnds>(endsStatement(tenant, logId));
  const isEmpty = ends === undefined || ends.leaves === 0;
  const startGone = !isEmpty && ends.firstSeq > 0;
  const first = isEmpty || startGone ? 0 : ends.last + 1;
  const last = startGone ? ends.first - 1 : null;
  const count = short.count - named;
  return [...gaps, { ...base, first, last, count, sinceMs: short.sinceMs }];
}

type Hole = {
  readonly partition: number;
  readonly logId: string;
  readonly before: number;
  readonly behind: number;
};

/** The numbered spans of records that lie in the event log between those of the leaves around the hole, while it keeps them. */
async function lostSpans(
  { store, log, tenant }: Parts,
  { partition, logId, before, behind }: Hole,
): Promise<readonly SpanNumber[]> {
  const places = [before, behind].map((leafIndex) => ({ logId, leafIndex }));
  const leaves = await readLeaves(store, { tenant, places });
  const offsets = leaves.map(({ leaf }) => offsetOf(leaf)).toSorted((a, b) => a - b);
  const [from = -1, to = -1] = offsets;
  if (offsets.length !== 2 || from < 0) return [];
  const limits = { messagesMax: MESSAGES_MAX, bytesMax: MESSAGES_BYTES_MAX, waitMsMax: 0 };
  const messages = await log.read({ topic: topics.records, partition, offset: from + 1 }, limits);
  return messages
    .filter(({ offset, headers }) => offset < to && headers[headerNames.tenant] === tenant)
    .flatMap(({ headers }) => parseSpanNumbers(headers[headerNames.numbers]));
}

const MESSAGES_MAX = 200;
const MESSAGES_BYTES_MAX = 4 * 1024 * 1024;

/** Of the message that a leaf was sealed from; −1 for a leaf that does not say it. */
function offsetOf(leaf: string): number {
  const [, offset] = /"offset":(\d{1,15})[,}]/.exec(leaf) ?? [];
  return offset === undefined ? -1 : Number(offset);
}
