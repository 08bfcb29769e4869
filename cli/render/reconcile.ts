import { UNKNOWN, when, whole } from './figures.ts';
import type { Paint } from './paint.ts';
import { renderTable } from './table.ts';

/** What `/v1/reconciliation/windows` answers. */
export type ReconcileAnswer = {
  readonly from: string;
  readonly to: string;
  readonly windows: readonly ReconcileWindow[];
  readonly truncated: boolean;
  readonly gaps: readonly ReconcileGap[];
  readonly behind: readonly {
    readonly stage: string;
    readonly partition: number;
    readonly behind: number;
  }[];
};

export type ReconcileWindow = {
  readonly from: string;
  readonly producer: string;
  readonly accepted: number;
  readonly read: number;
  readonly placed: number;
  readonly recorded: number;
  readonly sealed: number;
  readonly stored: number | null;
  readonly sent: number;
  readonly filtered: number;
  readonly refused: number;
};

export type ReconcileGap = {
  readonly stage: string;
  readonly unit: string;
  readonly producer: string | null;
  readonly partition: number | null;
  readonly of: string | null;
  readonly first: number | null;
  readonly last: number | null;
  readonly count: number;
  readonly open: boolean;
  readonly since: string | null;
  readonly spans: readonly {
    readonly producer: string;
    readonly stream: string;
    readonly number: number;
  }[];
};

/** The windows as a table, then each gap as a sentence, then what is still open. */
export function renderReconcile(answer: ReconcileAnswer, paint: Paint): string {
  const gaps = answer.gaps.filter(({ open }) => !open);
  const open = answer.gaps.filter((gap) => gap.open);
  return [
    windowTable(answer, paint),
    verdict(answer, gaps.length, paint),
    ...gaps.map((gap) => paint.red(`GAP  ${gapSentence(gap)}`)),
    ...open.map((gap) => paint.yellow(`open ${gapSentence(gap)}: it may still come`)),
    ...answer.behind.map(({ stage, partition, behind }) =>
      paint.yellow(
        `open ${stage} has ${whole(behind)} messages of partition ${partition} yet to read: its last counts are not final`,
      ),
    ),
    ...(answer.truncated ? ['There is more: ask for a shorter time.'] : []),
  ].join('\n');
}

function verdict({ from, to }: ReconcileAnswer, gaps: number, paint: Paint): string {
  const time = `between ${when(from)} and ${when(to)}`;
  return gaps === 0
    ? paint.green(`No gap ${time}.`)
    : paint.red(`${whole(gaps)} ${gaps === 1 ? 'gap' : 'gaps'} ${time}:`);
}

function windowTable({ windows }: ReconcileAnswer, paint: Paint): string {
  if (windows.length === 0) return 'Nothing was counted in this time.';
  const titles = ['ACCEPTED', 'READ', 'PLACED', 'RECORDED', 'SEALED', 'STORED', 'SENT'];
  const columns = [
    { title: 'MINUTE' },
    { title: 'PRODUCER' },
    ...titles.map((title) => ({ title, align: 'right' as const })),
  ];
  const rows = windows.map(({ from, producer, ...counts }) => [
    when(from).slice(0, 16),
    producer === '*' ? 'all' : producer,
    ...(producer === '*'
      ? [UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]
      : [counts.accepted, counts.read, counts.placed, counts.recorded, counts.sealed].map(whole)),
    whole(counts.stored ?? UNKNOWN),
    producer === '*' ? whole(counts.sent) : UNKNOWN,
  ]);
  return renderTable(columns, rows, paint);
}

/** `store: 1 leaf of records/p0/e0, 17, partition 0, …`. */
export function gapSentence(gap: ReconcileGap): string {
  const { stage, unit, count, producer, partition, of, spans } = gap;
  const named = spans.map(
    (span) => `span ${span.number} of stream ${span.stream} (${span.producer})`,
  );
  const kinds: Readonly<Record<string, string>> = {
    sender: 'was numbered by its producer and never accepted',
    collector: 'was counted by the collector and is not in its message',
    log: 'was appended by a collector and is not in the event log',
    enricher: 'was read by the enricher and is in no bucket',
    ledger: 'was published by the enricher and is not sealed',
    store: 'was sealed and is not in the store',
    siem: 'was sealed and not sent on',
  };
  return [
    `${stage}: ${whole(count)} ${count === 1 ? unit : unit === 'leaf' ? 'leaves' : `${unit}s`}${rangeText(gap)}`,
    ...(producer === null ? [] : [`producer ${producer}`]),
    ...(of === null ? [] : [`${placeOf(gap)} ${of}`]),
    ...(partition === null ? [] : [`partition ${partition}`]),
    ...(gap.since === null ? [] : [`since ${when(gap.since)}`]),
    kinds[stage] ?? 'is missing',
    ...(named.length === 0 ? [] : [`it held ${named.join(', ')}`]),
  ].join(', ');
}

function placeOf({ unit }: ReconcileGap): string {
  if (unit === 'leaf') return 'log';
  return unit === 'span' ? 'collector run' : 'stream';
}

function rangeText({ first, last }: ReconcileGap): string {
  if (first === null) return '';
  if (last === null) return ` from ${first} on`;
  return first === last ? ` (${first})` : ` (${first}–${last})`;
}
