import type { AnchorProgress } from '../schemas/state-keys.ts';

/** What a ledger counts, over all its logs. The only writer is the ledger itself; read at any time. */
export type LedgerMetrics = {
  leavesSealed: number;
  batchesSealed: number;
  rowsInserted: number;
  /** Messages that could not be understood, each in the dead letters. */
  deadLetters: number;
  /** Inserts that failed and were tried again. */
  storeRetries: number;
  /** Times a batch was as large as its limit allows. */
  batchesFull: number;
  /** Batches found unfinished at start and written again. */
  batchesRepeated: number;
  /** Leaves that the store had lost and that were made again at a start. */
  leavesRecovered: number;
  /** Heads of trees that were signed and published. */
  headsSigned: number;
  /** Rounds of signing that failed and are tried again. */
  signingRetries: number;
  /** Why the last round of signing failed; null since one succeeded. */
  signingTrouble: string | null;
  /** Times the signer refused: something else was signed before. */
  signingRefusals: number;
  /** Erasures that were carried out, that a hold refused, and steps of them that are tried again. */
  erasuresDone: number;
  erasuresRefused: number;
  erasureRetries: number;
  /** The size that is signed, a log. */
  readonly signedSizes: Map<string, number>;
  /** The store's last error code; null while it takes what it is given. */
  storeTrouble: string | null;
  /** The key keeper was asked last in vain. */
  keeperAway: boolean;
  readonly logs: Map<string, LogProgress>;
  /** Leaves that are archived, a log. */
  readonly archived: Map<string, number>;
  /** The last error code of a log's archiving; none while it goes well. */
  readonly archiveTroubles: Map<string, string>;
  archiveFailures: number;
  /** Messages of records that were dropped from the log, archived before. */
  messagesDropped: number;
  /** How far each anchor has come, by its name. */
  readonly anchors: Map<string, AnchorProgress>;
};

export type LogProgress = {
  /** Leaves sealed and in the store. */
  readonly size: number;
  /** Messages of the topic not sealed yet, at the last look. */
  readonly lagMessages: number;
  /** From the last sealed message's append to its rows in the store, milliseconds. */
  readonly delayMs: number;
};

export function createLedgerMetrics(): LedgerMetrics {
  return {
    leavesSealed: 0,
    batchesSealed: 0,
    rowsInserted: 0,
    deadLetters: 0,
    storeRetries: 0,
    batchesFull: 0,
    batchesRepeated: 0,
    leavesRecovered: 0,
    headsSigned: 0,
    signingRetries: 0,
    signingTrouble: null,
    signingRefusals: 0,
    erasuresDone: 0,
    erasuresRefused: 0,
    erasureRetries: 0,
    signedSizes: new Map(),
    storeTrouble: null,
    keeperAway: false,
    logs: new Map(),
    archived: new Map(),
    archiveTroubles: new Map(),
    archiveFailures: 0,
    messagesDropped: 0,
    anchors: new Map(),
  };
}

/** Prometheus text. Labels are logs and error codes, never tenants. Source: Prometheus text-based exposition format 0.0.4. */
export function prometheusText(metrics: LedgerMetrics): string {
  const counters = [
    ['leaves_sealed', metrics.leavesSealed, 'Leaves sealed and written to the store.'],
    ['batches_sealed', metrics.batchesSealed, 'Batches written.'],
    ['rows_inserted', metrics.rowsInserted, 'Rows inserted, repeats included.'],
    ['dead_letters', metrics.deadLetters, 'Messages that could not be understood.'],
    ['store_retries', metrics.storeRetries, 'Inserts that failed and were tried again.'],
    ['limit_hits', metrics.batchesFull, 'Batches as large as their limit allows.'],
    ['batches_repeated', metrics.batchesRepeated, 'Batches found unfinished at start.'],
    ['leaves_recovered', metrics.leavesRecovered, 'Leaves that the store had lost.'],
    ['heads_signed', metrics.headsSigned, 'Heads of trees signed and published.'],
    ['signing_retries', metrics.signingRetries, 'Rounds of signing that failed.'],
    ['signing_refusals', metrics.signingRefusals, 'Heads that the signer refused.'],
    ['archive_failures', metrics.archiveFailures, 'Looks at what is to be archived that failed.'],
    ['messages_dropped', metrics.messagesDropped, 'Archived messages dropped from the log.'],
    ['erasures_done', metrics.erasuresDone, 'Erasures carried out.'],
    ['erasures_refused', metrics.erasuresRefused, 'Erasures that a hold refused.'],
    ['erasure_retries', metrics.erasureRetries, 'Steps of erasures that are tried again.'],
  ] as const;
  const lines = counters.flatMap(([name, value, help]) => {
    const full = `waybill_ledger_${name}_total`;
    return [`# HELP ${full} ${help}`, `# TYPE ${full} counter`, `${full} ${value}`];
  });
  return [...lines, ...gauges(metrics), ''].join('\n');
}

function gauges(metrics: LedgerMetrics): readonly string[] {
  const perLog = [
    ['log_leaves', 'size', 'Leaves of the log.'],
    ['lag_messages', 'lagMessages', 'Messages not sealed yet.'],
    ['delay_milliseconds', 'delayMs', 'From append to store, of the last batch.'],
  ] as const;
  return [
    '# HELP waybill_ledger_store_trouble 1 while the store does not take rows.',
    '# TYPE waybill_ledger_store_trouble gauge',
    `waybill_ledger_store_trouble ${metrics.storeTrouble === null ? 0 : 1}`,
    '# HELP waybill_ledger_signing_trouble 1 while what is sealed is not signed, for signer or store is away.',
    '# TYPE waybill_ledger_signing_trouble gauge',
    `waybill_ledger_signing_trouble ${metrics.signingTrouble === null ? 0 : 1}`,
    ...perLog.flatMap(([name, field, help]) => [
      `# HELP waybill_ledger_${name} ${help}`,
      `# TYPE waybill_ledger_${name} gauge`,
      ...[...metrics.logs].map(
        ([log, value]) => `waybill_ledger_${name}{log="${log}"} ${value[field]}`,
      ),
    ]),
    '# HELP waybill_ledger_signed_leaves Leaves under the signed head of the log.',
    '# TYPE waybill_ledger_signed_leaves gauge',
    ...[...metrics.signedSizes].map(
      ([log, size]) => `waybill_ledger_signed_leaves{log="${log}"} ${size}`,
    ),
    '# HELP waybill_ledger_archived_leaves Leaves of the log that are archived.',
    '# TYPE waybill_ledger_archived_leaves gauge',
    ...[...metrics.archived].map(
      ([log, size]) => `waybill_ledger_archived_leaves{log="${log}"} ${size}`,
    ),
    '# HELP waybill_ledger_archive_trouble 1 while archiving of the log fails, by error code.',
    '# TYPE waybill_ledger_archive_trouble gauge',
    ...[...metrics.archiveTroubles].map(
      ([log, code]) => `waybill_ledger_archive_trouble{log="${log}",code="${code}"} 1`,
    ),
    ...anchorGauges(metrics),
  ];
}

type AnchorGauge = readonly [
  name: string,
  valueOf: (progress: AnchorProgress) => number,
  help: string,
];

const anchorTold: readonly AnchorGauge[] = [
  ['anchored_leaves', ({ size }) => size, 'Leaves of the meta log that the anchor keeps.'],
  [
    'anchor_lag_leaves',
    ({ offered, size }) => Math.max(0, offered - size),
    'Leaves of the meta log that are signed and not anchored.',
  ],
  [
    'anchor_kept_timestamp_seconds',
    ({ keptAtMs }) => keptAtMs / 1000,
    'When the anchor last took a head.',
  ],
  ['anchor_failures', ({ failures }) => failures, 'Failures of the anchor in a row.'],
];

function anchorGauges({ anchors }: LedgerMetrics): readonly string[] {
  return anchorTold.flatMap(([name, valueOf, help]) => [
    `# HELP waybill_ledger_${name} ${help}`,
    `# TYPE waybill_ledger_${name} gauge`,
    ...[...anchors].map(
      ([anchor, progress]) => `waybill_ledger_${name}{anchor="${anchor}"} ${valueOf(progress)}`,
    ),
  ]);
}
