import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3Objects } from '../../../anchors/s3-objects.ts';
import { openCheckpoint } from '../../../integrity/open-checkpoint.ts';
import { parsePolicy } from '../../../integrity/policy.ts';
import { auditStore } from '../../../ledger/audit/audit-store.ts';
import { storedForAudit } from '../../../ledger/audit/stored.ts';
import type { AnchorState } from '../../../query-api/read-anchors.ts';
import { readAnchors } from '../../../query-api/read-anchors.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import { makeBucket, startMinio } from '../../support/minio.ts';
import type { SealedPipeline } from '../../support/sealed-pipeline.ts';
import { startSealedPipeline } from '../../support/sealed-pipeline.ts';

const never = new AbortController().signal;
let minio: Awaited<ReturnType<typeof startMinio>>;
let pipeline: SealedPipeline;
let ledger: RunningRole | undefined;
let reader: RecordStore;
const inFolder = (name: string): string => join(pipeline.folder, name);

beforeAll(async () => {
  minio = await startMinio();
  await makeBucket(minio, 'audit', true);
  await makeBucket(minio, 'plain');
  pipeline = await startSealedPipeline();
  reader = await pipeline.store.as('reader');
  const { accessKeyId, secretAccessKey } = minio.credentials;
  await writeFile(inFolder('s3.json'), JSON.stringify({ accessKeyId, secretAccessKey }));
  const wrong = { accessKeyId, secretAccessKey: 'of somebody else' };
  await writeFile(inFolder('wrong.json'), JSON.stringify(wrong));
}, 120_000);
afterAll(async () => {
  await ledger?.stop();
  await pipeline?.close();
  await minio?.stop();
});

/** As a ledger’s configuration has it. */
function bucket(name: string, changed: object = {}) {
  const { endpoint } = minio;
  const shared = { kind: 's3', everyMs: 1, prefix: 'heads/', region: 'us-east-1' } as const;
  const place = { endpoint, bucket: 'audit', credentialsFile: inFolder('s3.json') };
  return { ...shared, ...place, name, retentionDays: 1, ...changed };
}

async function stateOf(name: string): Promise<AnchorState | undefined> {
  const sql = `SELECT max(size) AS size FROM waybill.checkpoints WHERE log_id = 'meta/e0'`;
  const [meta] = await reader.query<{ size: number }>({ sql });
  const states = await readAnchors(pipeline.log, meta?.size ?? 0);
  return states.find((state) => state.name === name);
}

/** The signed heads that the bucket holds, oldest first. */
async function kept(): Promise<readonly string[]> {
  const { endpoint, credentials } = minio;
  const place = { endpoint, bucket: 'audit', prefix: 'heads/', credentials };
  const objects = s3Objects({ ...place, now: () => new Date() });
  const names = await objects.list('', never);
  const notes = names.map(async (name) => objects.get(name, 100_000, never));
  return (await Promise.all(notes)).map((note) => Buffer.from(note ?? []).toString('utf8'));
}

async function policy(): Promise<string> {
  return readFile(inFolder('signer/policy.txt'), 'utf8');
}

describe('a bucket of MinIO as a ledger’s anchor', () => {
  it('is given the signed heads of the meta log, and buckets that refuse hold up nobody', async () => {
    ledger = await pipeline.start({
      anchorRetryFirstMs: 50,
      anchorRetryMsMax: 200,
      anchors: [
        bucket('bucket'),
        bucket('away', { endpoint: 'http://127.0.0.1:9' }),
        bucket('not-locked', { bucket: 'plain' }),
        bucket('not-ours', { credentialsFile: inFolder('wrong.json') }),
      ],
    });
    await pipeline.append(400, 1);
    const sealed = `SELECT count() AS n FROM waybill.leaves WHERE log_id LIKE 'records/%'`;
    await expect
      .poll(async () => (await reader.query<{ n: number }>({ sql: sealed }))[0]?.n, {
        timeout: 30_000,
      })
      .toBe(400);
    await expect
      .poll(async () => stateOf('bucket'), { timeout: 30_000 })
      .toMatchObject({ behind: 0, failures: 0, trouble: null });
    for (const [name, trouble] of [
      ['away', 'ANCHOR_UNREACHABLE'],
      ['not-locked', 'ANCHOR_REFUSED'],
      ['not-ours', 'ANCHOR_REFUSED'],
    ] as const) {
      await expect
        .poll(async () => stateOf(name), { timeout: 30_000 })
        .toMatchObject({ size: 0, keptAt: null, trouble });
    }
    const keys = parsePolicy(await policy()).logs.map(({ key }) => key);
    const { size } = (await stateOf('bucket')) ?? {};
    const heads = await kept();
    const opened = await Promise.all(heads.map(async (note) => openCheckpoint(note, keys)));
    const sizes = opened.map(({ checkpoint }) => checkpoint.size);
    expect(sizes).toContain(size);
    expect(opened.every(({ checkpoint }) => checkpoint.origin.endsWith('/meta/e0'))).toBe(true);
  });

  it('shows a store that was set back, by what it kept', async () => {
    await ledger?.stop();
    const store = storedForAudit(reader);
    const given = { store, policy: await policy(), heldHeads: await kept() };
    expect((await auditStore(given)).findings).toEqual([]);
    const { size = 0 } = (await stateOf('bucket')) ?? {};
    const migrator = await pipeline.store.as('migrator');
    await migrator.command(
      `ALTER TABLE waybill.checkpoints DELETE WHERE log_id = 'meta/e0' AND size = ${size} SETTINGS mutations_sync = 2`,
    );
    const { findings } = await auditStore(given);
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'HEAD_MISSING', logId: 'meta/e0', at: size }),
    );
  });

  it('without its credentials stops the ledger from starting, and says what it needs without a word of the file', async () => {
    await writeFile(inFolder('torn.json'), '{"accessKeyId":"AKIA-not-for-logs"');
    for (const name of ['torn.json', 'none.json']) {
      const started = pipeline.start({
        anchors: [bucket('b', { credentialsFile: inFolder(name) })],
      });
      const error: unknown = await started.catch((cause: unknown) => cause);
      expect(error).toMatchObject({ code: 'LEDGER_CONFIG_INVALID' });
      expect(String(error)).toContain(
        'Anchor b: credentialsFile is to be JSON with accessKeyId and secretAccessKey',
      );
      expect(String(error)).not.toContain('AKIA');
    }
  });
});
