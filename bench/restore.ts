// How long a backup and a restore take, until all that was sealed can be asked for again: `node bench/restore.ts [records]`; prints one table.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { restoreBackup } from '../cli/backup/restore-backup.ts';
import { takeBackup } from '../cli/backup/take-backup.ts';
import { keyFilesOf, makeFirstKeys } from '../cli/first-start.ts';
import { recordMessage } from '../enricher/record-message.ts';
import { openEmbeddedLog } from '../event-log/embedded.ts';
import { openTraceKeyMaker } from '../key-store/trace-key-maker.ts';
import { openStore } from '../record-store/clickhouse.ts';
import { readPassword } from '../record-store/passwords.ts';
import { readSecretKey } from '../registry/master-key.ts';
import { tenantKey } from '../registry/tenant-keys.ts';
import { startPipeline } from '../test/support/pipeline.ts';
import { generateRecords } from './generated-records.ts';

const records = Number(process.argv[2] ?? 100_000);
const CHUNK = 5_000;
/** As `startPipeline` asks for. */
const PARTITIONS = 2;
const folder = await mkdtemp(join(tmpdir(), 'waybill-bench-restore-'));
const dataDirectory = join(folder, 'data');
const restored = join(folder, 'restored');
const key = Buffer.alloc(32, 1);

await fill();
await untilSealed(dataDirectory);
const order = { dataDirectory, folder: join(folder, 'backups'), key, keepHours: 24 };
const backup = await timed(async () => takeBackup({ ...order, clock: Date.now }));
const ask = { folder: order.folder, key, dataDirectory: restored, atMs: Infinity, heads: [] };
const restore = await timed(async () =>
  restoreBackup({ ...ask, acceptLoss: false, clock: Date.now }),
);
const again = await timed(async () => untilSealed(restored));
const mib = (backup.value.bytes / 2 ** 20).toFixed(0);
console.log(`| records | ${records.toLocaleString('en')} |`);
console.log(`| backup in use: s, MiB of log | ${backup.seconds}, ${mib} |`);
console.log(`| restore to a data directory, s | ${restore.seconds} |`);
console.log(`| start, and all sealed leaves in the store again, s | ${again.seconds} |`);
await rm(folder, { recursive: true });

/** Records with payloads under the keys of their traces, as an enricher leaves them in the log. */
async function fill(): Promise<void> {
  await makeFirstKeys(dataDirectory);
  const { masterKeyFile, folder: keys } = keyFilesOf(dataDirectory);
  const master = await readSecretKey(masterKeyFile);
  const log = await openEmbeddedLog({ folder: join(dataDirectory, 'log'), partitions: PARTITIONS });
  const maker = await openTraceKeyMaker({
    folder: join(keys, 'traces'),
    wrappingKey: (tenant) => tenantKey(master, tenant, 'trace'),
  });
  const plan = { startUs: 1_790_000_000_000_000, stepUs: 1_000, revisedOneIn: 10 };
  for (let from = 0; from < records; from += CHUNK) {
    const count = Math.min(CHUNK, records - from);
    const made = generateRecords({
      ...plan,
      seed: from,
      count,
      tenants: ['default'],
      payloadChars: 300,
    });
    const messages = made.map((record, at) => recordMessage(record, at % PARTITIONS, maker));
    await maker.flush();
    await log.append(messages);
  }
  await maker.close();
  await log.close();
}

/** Starts the pipeline on a directory, and ends it when the store holds a leaf of every record. */
async function untilSealed(directory: string): Promise<void> {
  const pipeline = await startPipeline({ dataDir: directory });
  const passwordFile = join(keyFilesOf(directory).folder, 'clickhouse-reader.password');
  const password = await readPassword(passwordFile);
  const store = openStore({ url: pipeline.clickhouse, username: 'reader', password });
  const sql = `SELECT count() AS n FROM waybill.leaves WHERE log_id LIKE 'records/%'`;
  for (;;) {
    const [row] = await store.query<{ n: number }>({ sql });
    if ((row?.n ?? 0) >= records) break;
    await wait(200);
  }
  await store.close();
  await pipeline.stop();
}

async function timed<T>(
  action: () => Promise<T>,
): Promise<{ readonly value: T; readonly seconds: string }> {
  const startedMs = performance.now();
  const value = await action();
  return { value, seconds: ((performance.now() - startedMs) / 1000).toFixed(1) };
}
