import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateRecords } from '../../bench/generated-records.ts';
import { openEmbeddedLog } from '../../event-log/embedded.ts';
import type { EventLog } from '../../event-log/event-log.ts';
import type { LedgerConfig } from '../../ledger/config.ts';
import { startLedger } from '../../ledger/main.ts';
import { encodeAuditRecord } from '../../schemas/avro-codec.ts';
import type { RunningEngine } from '../../record-store/engine.ts';
import type { RunningRole } from '../../schemas/role.ts';
import { topics } from '../../schemas/topics.ts';
import type { TestStore } from './test-store.ts';
import { startTestStore } from './test-store.ts';

/** A log, a store and what the ledger needs beside them: everything of the pipeline behind the enricher. */
export type SealedPipeline<Store = TestStore> = {
  readonly store: Store;
  readonly log: EventLog;
  readonly folder: string;
  start(config?: Partial<LedgerConfig>): Promise<RunningRole>;
  /** Appends records to the partitions in turn. */
  append(count: number, seed: number): Promise<void>;
  close(): Promise<void>;
};

export const PARTITIONS = 2;

export async function startSealedPipeline(): Promise<SealedPipeline> {
  return sealedPipelineOn(await startTestStore());
}

/** What it needs of a store. */
type StoreParts = Pick<TestStore, 'folder' | 'stop'> & {
  readonly engine: Pick<RunningEngine, 'url' | 'credentials'>;
};

/** A log that is open, and how the ledger is told where it is. */
export type LogParts = {
  readonly log: EventLog;
  readonly config: Pick<LedgerConfig, 'logDirectory'> | Pick<LedgerConfig, 'kafka'>;
};

async function embeddedLog(folder: string): Promise<LogParts> {
  const logDirectory = join(folder, 'log');
  const log = await openEmbeddedLog({ folder: logDirectory, partitions: PARTITIONS });
  return { log, config: { logDirectory } };
}

/** The same on a store that runs, and on a log of the caller's where it gives one; `close` ends both. */
export async function sealedPipelineOn<Store extends StoreParts>(
  store: Store,
  given?: LogParts,
): Promise<SealedPipeline<Store>> {
  const { folder } = store;
  const { log, config: place } = given ?? (await embeddedLog(folder));
  await writeFile(join(folder, 'master.key'), 'ab'.repeat(32), { mode: 0o600 });
  const { username, passwordFile } = store.engine.credentials.writer;
  return {
    store,
    log,
    folder,
    start: async (config = {}) =>
      startLedger({
        ...place,
        partitions: PARTITIONS,
        masterKeyFile: join(folder, 'master.key'),
        traceKeysFolder: join(folder, 'traces'),
        signerFolder: join(folder, 'signer'),
        store: { url: store.engine.url, username, passwordFile },
        signEveryMs: 50,
        idleWaitMs: 50,
        lingerMs: 20,
        retryFirstMs: 50,
        ...config,
      }),
    append: async (count, seed) => {
      const records = generateRecords({ ...plan, seed, count });
      await log.append(
        records.map((record, index) => ({
          topic: topics.records,
          partition: index % PARTITIONS,
          key: record.callId,
          headers: {},
          value: encodeAuditRecord(record),
        })),
      );
    },
    close: async () => {
      await log.close();
      await store.stop();
    },
  };
}

const plan = {
  startUs: 1_790_000_000_000_000,
  stepUs: 1_000,
  tenants: ['acme', 'umbra'],
  revisedOneIn: 10,
  payloadChars: 60,
};
