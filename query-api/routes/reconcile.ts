import { WINDOW_MS, sumOf, windowStart } from '../../schemas/window-counts.ts';
import { objectSchema, text, textOrNull, time } from '../answer-schema.ts';
import type { Answer, Input, QueryApi, Reader, Route } from '../api.ts';
import { QueryApiError } from '../errors.ts';
import { querystringSchema } from '../filter-schema.ts';
import type { Gap, GapTimes } from '../reconciliation/find-gaps.ts';
import { findGaps } from '../reconciliation/find-gaps.ts';
import { findStoredGaps } from '../reconciliation/find-stored-gaps.ts';
import type { StoredWindow } from '../queries/stored.ts';
import type { CountedWindow, PartitionCounts } from '../reconciliation/read-reconciled.ts';
import {
  mergeWindows,
  readPartitionCounts,
  readWindowsFrom,
} from '../reconciliation/read-reconciled.ts';
import { microsOfTime, timeOfMicros } from '../time-text.ts';

const count = { type: 'integer' } as const;
const countOrNull = { anyOf: [count, { type: 'null' }] } as const;

/** What each stage counted a tenant, producer and minute, and where the counts part. */
export function reconcileRoute(): Route {
  return {
    path: '/v1/reconciliation/windows',
    permission: 'reconciliation',
    summary:
      'What each stage counted by producer and minute, and every gap between two stages by name',
    schema: {
      querystring: querystringSchema({
        from: rangeEnd('begin', 'an hour ago'),
        to: rangeEnd('end', 'now'),
      }),
      answer: objectSchema({
        from: time,
        to: time,
        windows: {
          type: 'array',
          description:
            'minutes in which anything was counted, the last ones first when there are too many',
          items: objectSchema({
            from: time,
            producer: { ...text, description: '* where a stage cannot tell the producer' },
            accepted: count,
            read: count,
            placed: count,
            recorded: count,
            sealed: count,
            stored: { ...countOrNull, description: 'null: counted for all producers together' },
            sent: count,
            filtered: count,
            refused: count,
          }),
        },
        truncated: { type: 'boolean', description: 'true when there are more windows or gaps' },
        gaps: {
          type: 'array',
          items: objectSchema({
            stage: { ...text, description: 'where it is missing' },
            unit: { ...text, description: 'span, numbered span, record or leaf' },
            producer: textOrNull,
            partition: countOrNull,
            of: {
              ...textOrNull,
              description: 'the stream, collector run or log that is counted in',
            },
            first: countOrNull,
            last: countOrNull,
            count,
            open: { type: 'boolean', description: 'true while it may still be filled' },
            since: { anyOf: [time, { type: 'null' }] },
            spans: {
              type: 'array',
              items: objectSchema({ producer: text, stream: text, number: count }),
            },
          }),
        },
        behind: {
          type: 'array',
          description: 'stages that have more to read: what they count is not final',
          items: objectSchema({ stage: text, partition: count, behind: count }),
        },
      }),
    },
    mistakes: (api, { query }) => {
      const range = rangeOf(api, query);
      return typeof range === 'string' ? [range] : [];
    },
    answer: answerReconcile,
  };
}

async function answerReconcile(api: QueryApi, reader: Reader, { query }: Input): Promise<Answer> {
  const range = rangeOf(api, query);
  if (typeof range === 'string') throw new QueryApiError('PARAMETERS_INVALID', range);
  const wholeFrom = await readWindowsFrom(api.log);
  const times = { ...range, sinceMs: Math.max(range.sinceMs, wholeFrom) };
  const partitions = await readPartitionCounts(api.log, reader.tenant);
  const parts = { store: api.store, log: api.log, tenant: reader.tenant };
  const stored = await findStoredGaps(parts, partitions, times);
  const gaps = [...findGaps(partitions, times), ...stored.gaps];
  const windows = windowsOf(partitions, stored.windows, times);
  const { windowsMax, gapsMax } = api.limits;
  return {
    body: {
      from: timeOfMs(times.sinceMs),
      to: timeOfMs(times.untilMs),
      windows: windows.slice(-windowsMax),
      truncated: windows.length > windowsMax || gaps.length > gapsMax,
      gaps: gaps.slice(0, gapsMax).map(gapAnswer),
      behind: partitions.flatMap(behindOf),
    },
    rows: gaps.length,
    asked: Object.fromEntries(
      ['from', 'to'].flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]]])),
    ),
  };
}

function windowsOf(
  partitions: readonly PartitionCounts[],
  stored: readonly StoredWindow[],
  { sinceMs, untilMs }: GapTimes,
): readonly object[] {
  const leaves = new Map<number, number>();
  for (const each of stored) {
    const { startMs } = each;
    leaves.set(startMs, (leaves.get(startMs) ?? 0) + each.leaves);
  }
  const isAsked = ({ startMs }: CountedWindow) => startMs >= sinceMs && startMs < untilMs;
  const counted = mergeWindows(partitions.flatMap(({ windows }) => windows)).filter(isAsked);
  const all = [...leaves.keys()].map((startMs) => ({ producer: '*', startMs, counts: {} }));
  return mergeWindows([...counted, ...all])
    .toSorted((a, b) => a.startMs - b.startMs || (a.producer < b.producer ? -1 : 1))
    .map(({ producer, startMs, counts }) => ({
      from: timeOfMs(startMs),
      producer,
      ...sumOf(noCounts, counts),
      stored: producer === '*' ? (leaves.get(startMs) ?? 0) : null,
    }));
}

const noCounts = {
  accepted: 0,
  read: 0,
  placed: 0,
  recorded: 0,
  sealed: 0,
  sent: 0,
  filtered: 0,
  refused: 0,
} as const;

function gapAnswer({ sinceMs, ...gap }: Gap): object {
  return { ...gap, since: sinceMs === null ? null : timeOfMs(sinceMs) };
}

function behindOf({ partition, enricherBehind, ledgerBehind }: PartitionCounts): readonly object[] {
  const stages = [
    { stage: 'enricher', partition, behind: enricherBehind },
    { stage: 'ledger', partition, behind: ledgerBehind },
  ];
  return stages.filter(({ behind }) => behind > 0);
}

const RANGE_MS = 3_600_000;
/** Windows are kept a little longer by every stage. */
const RANGE_MS_MAX = 24 * 3_600_000;

function rangeOf(api: QueryApi, query: Input['query']): GapTimes | string {
  const nowMs = api.nowMs();
  const { from, to } = query;
  const until = to === undefined ? nowMs * 1000 : microsOfTime(textOf(to));
  if (until === undefined) return 'to is no RFC 3339 time';
  const untilMs = Math.ceil(until / 1000);
  const since = from === undefined ? (untilMs - RANGE_MS) * 1000 : microsOfTime(textOf(from));
  if (since === undefined) return 'from is no RFC 3339 time';
  const sinceMs = windowStart(since / 1000);
  if (sinceMs >= untilMs) return 'from must be before to';
  if (nowMs - sinceMs > RANGE_MS_MAX + WINDOW_MS) return 'windows are kept for 24 hours';
  return { nowMs, settleMs: api.limits.gapSettleMs, sinceMs, untilMs };
}

function rangeEnd(which: string, otherwise: string): object {
  const description = `${which} of the windows, RFC 3339; ${otherwise} when absent`;
  return { type: 'string', maxLength: 40, description };
}

function timeOfMs(ms: number): string {
  return timeOfMicros(ms * 1000);
}

// The query string's schema lets nothing else through.
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
