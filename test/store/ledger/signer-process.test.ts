import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../support/kafka/start-brokers.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import { parseSignerConfig } from '../../../signer/config.ts';
import { startSigner } from '../../../signer/main.ts';
import { openRemoteSigner } from '../../../signer/remote-signer.ts';
import type { SealedPipeline } from '../../support/sealed-pipeline.ts';
import { startSealedPipeline } from '../../support/sealed-pipeline.ts';

const TOKEN = '5a'.repeat(32);
const LOG = 'records/p0/e0';
let pipeline: SealedPipeline;
let reader: RecordStore;
let port: number;
let tokenFile: string;

beforeAll(async () => {
  pipeline = await startSealedPipeline();
  reader = await pipeline.store.as('reader');
  [port = 0] = await freePorts(1);
  tokenFile = join(pipeline.folder, 'signer.token');
  await writeFile(tokenFile, TOKEN, { mode: 0o600 });
});
afterAll(async () => {
  await pipeline.close();
});

async function start(): Promise<RunningRole> {
  const { url, credentials } = pipeline.store.engine;
  const { username, passwordFile } = credentials.reader;
  const own = {
    port,
    folder: join(pipeline.folder, 'apart'),
    store: { url, username, passwordFile },
  };
  return startSigner(parseSignerConfig({ ...own, clients: [{ name: 'ledger', tokenFile }] }));
}

const apart = () => ({
  signerFolder: null,
  signer: { url: `http://127.0.0.1:${port}`, tokenFile },
});

async function size(sql: string): Promise<number> {
  const [row] = await reader.query<{ size: number }>({ sql, params: { log: LOG } });
  return row?.size ?? 0;
}

const sealed = async () =>
  size('SELECT count() AS size FROM waybill.leaves WHERE log_id = {log:String}');
const signed = async () =>
  size('SELECT max(size) AS size FROM waybill.checkpoints WHERE log_id = {log:String}');
const wait = { timeout: 30_000, interval: 50 };

describe('a ledger whose signer is elsewhere', () => {
  it('has its heads signed there, of leaves that the signer sees in the store', async () => {
    const signer = await start();
    const ledger = await pipeline.start(apart());
    await pipeline.append(700, 1);
    await expect.poll(signed, wait).toBe(350);
    await ledger.stop();
    await signer.stop();
  });

  it('goes on sealing while it is away, says that nothing is signed, and has all signed when it is back', async () => {
    const ledger = await pipeline.start(apart());
    await pipeline.append(300, 2);
    await expect.poll(sealed, wait).toBe(500);
    const ready = (ledger.addresses['ledgerMetrics'] ?? '').replace('/metrics', '/readyz');
    const told = async (): Promise<string> => (await fetch(ready)).text();
    await expect.poll(told, wait).toContain('nothing is signed: SIGNER_UNREACHABLE');
    expect(await signed()).toBe(350);
    const signer = await start();
    await expect.poll(signed, wait).toBe(500);
    await expect.poll(told, wait).toBe('ready\n');
    await ledger.stop();
    await signer.stop();
  });

  it('gets no signature of leaves that the store does not hold, or not as they were sealed', async () => {
    const signer = await start();
    const remote = openRemoteSigner({ url: `http://127.0.0.1:${port}`, token: TOKEN });
    const latest = await remote.latest(LOG);
    const more = { logId: LOG, oldSize: 500, size: 510, proof: [], fence: 9 };
    const root = latest?.root ?? new Uint8Array(32);
    await expect(remote.sign({ ...more, root })).rejects.toThrow(/SIGNER_NOT_DURABLE/);
    await signer.stop();
    await pipeline.append(200, 3);
    const ledger = await pipeline.start(apart());
    await expect.poll(sealed, wait).toBe(600);
    const migrator = await pipeline.store.as('migrator');
    await migrator.command(
      `ALTER TABLE waybill.leaves UPDATE leaf_hash = unhex(repeat('ab', 32)) WHERE log_id = '${LOG}' AND leaf_index = 599 SETTINGS mutations_sync = 2`,
    );
    const again = await start();
    await expect(ledger.failed).rejects.toThrow(/LEDGER_SIGNER_REFUSED.*proof/);
    await ledger.stop();
    await again.stop();
  });
});
