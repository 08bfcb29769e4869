import { apiClient, apiOptions } from '../api-client.ts';
import type { Command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { when, whole } from '../render/figures.ts';
import type { AnchorState } from '../../query-api/read-anchors.ts';
import type { Paint } from '../render/paint.ts';
import { renderTable } from '../render/table.ts';

/** What `/v1/reconciliation` answers, and of `/v1/checkpoints` who keeps signed heads. */
export type StatusAnswer = {
  readonly producers: readonly {
    readonly producer: string;
    readonly accepted: number;
    readonly buckets: Readonly<Record<string, number>>;
    readonly sum: number;
    readonly balanced: boolean;
    readonly state: 'sending' | 'silent' | 'gone' | 'quiet';
    readonly heardAt: string | null;
    readonly heartbeatAt: string | null;
  }[];
  readonly lag: readonly {
    readonly role: string;
    readonly topic: string;
    readonly partition: number;
    readonly behind: number;
  }[];
  readonly anchors: readonly AnchorState[];
  /** Of `/v1/integrity`; null where no auditor has looked yet. */
  readonly auditor: AuditorState | null;
};

export type AuditorState = {
  readonly at: string | null;
  readonly rounds: number;
  readonly leaves: number;
  readonly rows: number;
  readonly findings: number;
  readonly trouble: string | null;
};

/** Shows whether every accepted span is accounted for, and how far each stage is behind. */
export const statusCommand: Command = {
  name: 'status',
  summary: 'where every accepted span ended, and how far each stage is behind',
  positionals: [],
  options: apiOptions,
  async run(given, terminal) {
    const api = apiClient(given, terminal);
    const accounted =
      await api.get<Omit<StatusAnswer, 'anchors' | 'auditor'>>('/v1/reconciliation');
    const { anchors } = await api.get<Pick<StatusAnswer, 'anchors'>>('/v1/checkpoints');
    const { auditor } = await api.get<Pick<StatusAnswer, 'auditor'>>('/v1/integrity');
    const answer = { ...accounted, anchors, auditor };
    terminal.out(
      given.flag('json') ? JSON.stringify(answer) : renderStatus(answer, terminal.paint),
    );
    return exitCodes.ok;
  },
};

/** Four tables and a line: accounts by producer, whether each lives, lag by stage, what each anchor keeps; what the auditor found. */
export function renderStatus(answer: StatusAnswer, paint: Paint): string {
  const { producers } = answer;
  const signs = producers.length === 0 ? [] : [signsOfLife(answer, paint)];
  return [
    accounts(answer, paint),
    ...signs,
    lags(answer, paint),
    anchored(answer, paint),
    audited(answer, paint),
  ].join('\n\n');
}

function accounts({ producers }: StatusAnswer, paint: Paint): string {
  if (producers.length === 0) return 'No spans have been accepted yet.';
  const rows = producers.flatMap(({ producer, accepted, buckets, sum, balanced }) => [
    ...Object.entries(buckets).map(([bucket, spans], at) => [
      at === 0 ? producer : '',
      bucket,
      whole(spans),
      '',
    ]),
    [
      '',
      { text: `sum ${balanced ? '=' : '≠'} accepted`, paint: balanced ? paint.green : paint.red },
      whole(sum),
      whole(accepted),
    ],
  ]);
  const columns = [
    { title: 'PRODUCER' },
    { title: 'BUCKET' },
    { title: 'SPANS', align: 'right' },
    { title: 'ACCEPTED', align: 'right' },
  ] as const;
  return renderTable(columns, rows, paint);
}

function signsOfLife({ producers }: StatusAnswer, paint: Paint): string {
  const rows = producers.map(({ producer, state, heardAt, heartbeatAt }) => [
    producer,
    { text: states[state], paint: state === 'gone' ? paint.red : paint.green },
    heardAt === null ? 'never' : when(heardAt),
    heartbeatAt === null ? 'never' : when(heartbeatAt),
  ]);
  const columns = [
    { title: 'PRODUCER' },
    { title: 'STATE' },
    { title: 'LAST SPANS' },
    { title: 'LAST HEARTBEAT' },
  ] as const;
  return renderTable(columns, rows, paint);
}

const states = {
  sending: 'sending',
  silent: 'silent: it lives and has nothing to send',
  gone: 'gone: its heartbeats have ended',
  quiet: 'quiet: it sends no heartbeats, so nobody can tell',
} as const;

function lags({ lag }: StatusAnswer, paint: Paint): string {
  const rows = lag.map(({ role, topic, partition, behind }) => [
    role,
    topic,
    String(partition),
    { text: whole(behind), paint: behind > 0 ? paint.yellow : paint.green },
  ]);
  const columns = [
    { title: 'STAGE' },
    { title: 'READS' },
    { title: 'PARTITION', align: 'right' },
    { title: 'BEHIND', align: 'right' },
  ] as const;
  return renderTable(columns, rows, paint);
}

function anchored({ anchors }: StatusAnswer, paint: Paint): string {
  if (anchors.length === 0)
    return 'Signed heads are kept nowhere else (npx waybill up --anchors FILE).';
  const rows = anchors.map(({ name, size, behind, keptAt, trouble }) => [
    name,
    whole(size),
    { text: whole(behind), paint: behind > 0 ? paint.yellow : paint.green },
    keptAt ?? 'never',
    { text: trouble ?? '', paint: paint.red },
  ]);
  const columns = [
    { title: 'ANCHOR' },
    { title: 'KEEPS', align: 'right' },
    { title: 'BEHIND', align: 'right' },
    { title: 'SINCE' },
    { title: 'TROUBLE' },
  ] as const;
  return renderTable(columns, rows, paint);
}

function audited({ auditor }: StatusAnswer, paint: Paint): string {
  if (auditor === null) return 'No auditor has looked at the record store yet.';
  const { at, rounds, leaves, rows, findings, trouble } = auditor;
  const read = `${whole(leaves)} leaves and ${whole(rows)} rows read again in ${whole(rounds)} rounds, the last ${at ?? 'never'}`;
  const found =
    findings === 0 ? paint.green('nothing found') : paint.red(`${whole(findings)} FOUND`);
  const why = trouble === null ? '' : paint.yellow(` (the last round ended early: ${trouble})`);
  return `Auditor: ${found}; ${read}${why}.`;
}
