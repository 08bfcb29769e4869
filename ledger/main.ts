import { setTimeout as wait } from 'node:timers/promises';
import type { EventLog, SharedWork } from '../event-log/event-log.ts';
import { openEventLog } from '../event-log/open-log.ts';
import { openStore } from '../record-store/clickhouse.ts';
import type { RecordStore } from '../record-store/clickhouse.ts';
import { readPassword } from '../record-store/passwords.ts';
import type { TraceKeys } from '../key-store/trace-keys.ts';
import type { RoleState } from '../telemetry/role-state.ts';
import { createRoleState } from '../telemetry/role-state.ts';
import { serveOperations } from '../telemetry/serve-operations.ts';
import type { RunningRole } from '../schemas/role.ts';
import { topics } from '../schemas/topics.ts';
import type { LedgerConfig } from './config.ts';
import { parseLedgerConfig } from './config.ts';
import type { LedgerMetrics } from './metrics.ts';
import { createLedgerMetrics, prometheusText } from './metrics.ts';
import { logIdsOf, logSources } from './log-sources.ts';
import type { LogSource } from './seal-log.ts';
import { sealLog } from './seal-log.ts';
import { buildAnchors } from './anchor-config.ts';
import type { Archive } from './archive/archive.ts';
import { archiveAll } from './archive/archive-all.ts';
import { buildArchive } from './archive/archive-config.ts';
import { cosignedHeads } from './cosigned-heads.ts';
import type { Signer } from '../signer/signer.ts';
import { openSigner } from './open-signer.ts';
import { openTraceKeys } from './open-trace-keys.ts';
import { Anchoring } from './keep-anchored.ts';
import type { EraserStores } from './erase/open-eraser.ts';
import { openEraser } from './erase/open-eraser.ts';
import { auditBeside } from './audit/audit-beside.ts';
import { eraserRole, runEraser } from './erase/run-eraser.ts';
import { HeadSigner } from './sign-heads.ts';

/** Starts the ledger: it seals every partition of records, what is declared and who read what, until it is stopped. */
export async function startLedger(input: unknown): Promise<RunningRole> {
  const config = parseLedgerConfig(input);
  const metrics = createLedgerMetrics();
  const log = await openEventLog(config);
  const giveUp = new AbortController();
  const onAnswered = (isAnswered: boolean): void => {
    metrics.keeperAway = !isAnswered;
  };
  const traceKeys = await openTraceKeys(config, giveUp.signal, onAnswered);
  const store = openStore({
    url: config.store.url,
    username: config.store.username,
    password: await readPassword(config.store.passwordFile),
    connectionsMax: 2 * logSources(config.partitions).length,
    requestTimeoutMsMax: config.insertWaitMsMax,
  });
  const archive = config.archive && (await buildArchive(config.archive));
  const eraser = config.eraser && (await openEraser(config, config.eraser));
  const signer = await openSigner(config);
  const anchoring = new Anchoring({
    anchors: await buildAnchors(config.anchors, cosignedHeads(store)),
    log,
    metrics,
    retryFirstMs: config.anchorRetryFirstMs,
    retryMsMax: config.anchorRetryMsMax,
    clock: Date.now,
  });
  const heads = new HeadSigner({
    log,
    store,
    signer,
    metrics,
    logIds: logIdsOf(config.partitions),
    everyMs: config.signEveryMs,
    onMetaSigned: (note) => anchoring.offer(note),
  });
  const state = createRoleState('log');
  const server = await serveOperations({
    host: config.metricsHost,
    port: config.metricsPort,
    render: () => prometheusText(metrics),
    notReady: () => [...state.notReady(), ...troubles(metrics)],
  });
  const sealing = await sealAll({
    config,
    metrics,
    state,
    log,
    store,
    traceKeys,
    signer,
    heads,
    anchoring,
    archive,
    eraser,
  });
  const auditor = config.auditor && auditBeside(config, config.auditor, sealing.checked);
  const close = async (): Promise<void> => {
    state.drain();
    // Batches that wait for a key keeper are given up a little after all others: the next start makes them again.
    setTimeout(() => giveUp.abort(), config.stopWaitMsMax + 500).unref();
    await auditor?.stop();
    await sealing.stop();
    await Promise.all([
      server.close(),
      store.close(),
      eraser?.close(),
      traceKeys.close(),
      signer.close(),
    ]);
    await log.close();
  };
  let stopping: Promise<void> | undefined;
  return {
    addresses: { ledgerMetrics: server.url },
    failed: auditor ? Promise.race([sealing.failed, auditor.failed]) : sealing.failed,
    stop: () => (stopping ??= close()),
  };
}

function troubles(metrics: LedgerMetrics): readonly string[] {
  const { storeTrouble, signingTrouble, keeperAway } = metrics;
  return [
    ...(storeTrouble === null ? [] : ['the store takes no rows']),
    ...(signingTrouble === null ? [] : [`nothing is signed: ${signingTrouble}`]),
    ...(keeperAway ? ['the key keeper does not answer'] : []),
  ];
}

type Built = {
  readonly config: LedgerConfig;
  readonly metrics: LedgerMetrics;
  readonly state: RoleState;
  readonly log: EventLog;
  readonly store: RecordStore;
  readonly traceKeys: TraceKeys;
  readonly signer: Signer;
  readonly heads: HeadSigner;
  readonly anchoring: Anchoring;
  readonly archive: Archive | null;
  /** The store as a user that may delete payloads; null: requests wait. */
  readonly eraser: EraserStores | null;
};

/** Told of each log that the store is found to hold, and of each batch after it. */
type SealingParts = Built & { readonly onChecked: (logId: string) => void };

type Sealing = {
  readonly failed: Promise<never>;
  /** Resolves once the store holds what is sealed of every log that is looked after here from the start. */
  readonly checked: Promise<void>;
  stop(): Promise<void>;
};

/** Seals what falls to this process, and signs the heads of what it sealed. */
async function sealAll(built: Built): Promise<Sealing> {
  const stop = new AbortController();
  const all = logSources(built.config.partitions);
  const shared: SharedWork[] = [];
  const checked = Promise.withResolvers<void>();
  const unchecked = new Set(all.map(({ logId }) => logId));
  // On Kafka others may look after some of them.
  if (built.config.kafka) checked.resolve();
  const onChecked = (logId: string): void => {
    unchecked.delete(logId);
    if (unchecked.size === 0) checked.resolve();
  };
  for (const { role, topic } of all.filter(({ partition }) => partition === 0)) {
    const work = (partition: number, signal: AbortSignal): Promise<void> =>
      built.state.owning(`${role}/${partition}`, () =>
        sealUntil({ ...built, onChecked }, sourceOf(all, role, partition), signal),
      );
    shared.push(await built.log.share(role, topic, work));
  }
  const signing = built.heads.run(stop.signal);
  const anchored = built.anchoring.run(stop.signal);
  if (built.eraser) shared.push(await eraseAll(built, built.eraser));
  const { archive, config } = built;
  if (archive) {
    const { retryFirstMs, retryMsMax } = config;
    const archiving = {
      ...built,
      archive,
      sources: all,
      retryFirstMs,
      retryMsMax,
      clock: Date.now,
    };
    shared.push(...(await archiveAll(archiving)));
  }
  const work = [...shared.map((share) => share.failed), failureOf(signing), failureOf(anchored)];
  const failed = Promise.race(work);
  failed.catch(() => undefined);
  return {
    failed,
    checked: checked.promise,
    stop: async () => {
      await Promise.all(shared.map((share) => share.stop()));
      stop.abort();
      await Promise.all([signing, anchored].map(async (work) => work.catch(() => undefined)));
      // What was sealed last is signed before the end; what is not, at the next start.
      const late = wait(built.config.stopWaitMsMax, undefined, { ref: false });
      await Promise.race([built.heads.round().catch(() => undefined), late]);
    },
  };
}

/** Erasures are carried out by whoever has the one partition of control events. */
async function eraseAll(built: Built, { store, values }: EraserStores): Promise<SharedWork> {
  const { log, traceKeys, metrics, config } = built;
  return log.share(eraserRole, topics.registry, async (partition, signal) => {
    const owner = await log.openOwner(eraserRole, partition);
    const { retryFirstMs: retryMs, retentionEveryMs } = config;
    const parts = { log, store, values, traceKeys, metrics, retryMs, retentionEveryMs };
    try {
      await runEraser({ ...parts, clock: Date.now }, owner, signal);
    } finally {
      await owner.close();
    }
  });
}

async function failureOf(work: Promise<unknown>): Promise<never> {
  await work;
  return new Promise<never>(() => undefined);
}

function sourceOf(all: readonly LogSource[], role: string, partition: number): LogSource {
  const found = all.find((source) => source.role === role && source.partition === partition);
  if (found === undefined) throw new Error(`There is no log ${role}/${partition}.`);
  return found;
}

async function sealUntil(
  built: SealingParts,
  source: LogSource,
  signal: AbortSignal,
): Promise<void> {
  const giveUp = new AbortController();
  const late = (): void => {
    setTimeout(() => giveUp.abort(), built.config.stopWaitMsMax).unref();
  };
  signal.addEventListener('abort', late, { once: true });
  try {
    await sealOne(built, source, signal, giveUp.signal);
  } catch (error) {
    // After the wait for a stop is over, an unfinished batch is no failure: the next owner repeats it.
    if (!giveUp.signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', late);
  }
}

async function sealOne(
  built: SealingParts,
  source: LogSource,
  stopSignal: AbortSignal,
  signal: AbortSignal,
): Promise<void> {
  const { config, metrics, log, store, traceKeys, heads, archive, onChecked } = built;
  const owner = await log.openOwner(source.role, source.partition);
  try {
    await sealLog({
      log,
      owner,
      source,
      store,
      traceKeys,
      archive,
      onSealed: (sealed) => {
        heads.noteSealed(sealed);
        onChecked(sealed.logId);
      },
      metrics,
      limits: {
        messagesMax: config.batchRecordsMax,
        bytesMax: config.batchBytesMax,
        lingerMs: source.topic === topics.reads ? config.readsLingerMs : config.lingerMs,
        lingerMsMax: config.lingerMsMax,
        waitMsMax: config.idleWaitMs,
      },
      retryFirstMs: config.retryFirstMs,
      retryMsMax: config.retryMsMax,
      stopSignal,
      signal,
      clock: Date.now,
    });
  } finally {
    heads.noteReleased(source.logId);
    await owner.close();
  }
}
