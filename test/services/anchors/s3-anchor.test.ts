import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckpointAnchor } from '../../../anchors/anchor.ts';
import { s3Anchor } from '../../../anchors/s3-anchor.ts';
import { makeBucket, startMinio } from '../../support/minio.ts';
import { ORIGIN, fork, headAt } from '../../unit/anchors/made-growth.ts';

const never = new AbortController().signal;
const LOG_FOLDER = createHash('sha256').update(ORIGIN).digest('hex');
let minio: Awaited<ReturnType<typeof startMinio>>;

beforeAll(async () => {
  minio = await startMinio();
  await makeBucket(minio, 'audit', true);
}, 90_000);

afterAll(async () => minio?.stop());

describe('a bucket with object lock, of MinIO', () => {
  it('keeps a checkpoint, takes it again, and never another tree', async () => {
    const head = await headAt(5);
    await anchor().keep(head, never);
    await anchor().keep(head, never);
    await anchor().keep(await headAt(6), never);
    await expect(anchor().keep(await headAt(5, fork), never)).rejects.toMatchObject({
      code: 'ANCHOR_CONFLICT',
    });
    expect(await (await minio.send('GET', pathOf(5))).text()).toBe(head);
  });

  it('keeps one of many that come at once', async () => {
    const kept = await Promise.allSettled(
      Array.from({ length: 8 }, async (_, at) =>
        anchor().keep(await headAt(9, at % 2 === 0 ? undefined : fork), never),
      ),
    );
    const reasons = kept.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    expect(reasons).toHaveLength(4);
    expect(reasons.every((reason) => reason.includes('ANCHOR_CONFLICT'))).toBe(true);
  });

  it('lets nobody remove one, nor shorten its time, the owner of the account included', async () => {
    await anchor().keep(await headAt(7), never);
    const versions = await (await minio.send('GET', '/audit?prefix=waybill%2F&versions=')).text();
    const entry = versions.split('<Version>').find((one) => one.includes('0000000000000007'));
    const version = /<VersionId>([^<]+)</.exec(entry ?? '')?.[1] ?? '';
    const path = `${pathOf(7)}?versionId=${version}`;
    const bypass = { 'x-amz-bypass-governance-retention': 'true' };
    expect((await minio.send('DELETE', path, bypass)).status).toBeGreaterThanOrEqual(400);
    expect(await (await minio.send('GET', path)).text()).toBe(await headAt(7));
    const retention = await (
      await minio.send('GET', `${pathOf(7)}?retention=&versionId=${version}`)
    ).text();
    expect(retention).toContain('<Mode>COMPLIANCE</Mode>');
    const soon = new Date(Date.now() + 60_000).toISOString();
    const shorter = `<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>${soon}</RetainUntilDate></Retention>`;
    const md5 = createHash('md5').update(shorter).digest('base64');
    const put = await minio.send(
      'PUT',
      `${pathOf(7)}?retention=&versionId=${version}`,
      { ...bypass, 'content-md5': md5 },
      shorter,
    );
    expect(put.status).toBeGreaterThanOrEqual(400);
  });

  it('says so when the key, the bucket or the lock is missing', async () => {
    const wrongKey = { ...minio.credentials, secretAccessKey: 'another' };
    await expect(
      anchor({ credentials: wrongKey }).keep(await headAt(5), never),
    ).rejects.toMatchObject({ code: 'ANCHOR_REFUSED' });
    await expect(anchor({ bucket: 'none' }).keep(await headAt(5), never)).rejects.toMatchObject({
      code: 'ANCHOR_REFUSED',
    });
    expect((await minio.send('PUT', '/plain')).status).toBe(200);
    await expect(anchor({ bucket: 'plain' }).keep(await headAt(5), never)).rejects.toMatchObject({
      code: 'ANCHOR_REFUSED',
    });
  });
});

function anchor(changed: Partial<Parameters<typeof s3Anchor>[0]> = {}): CheckpointAnchor {
  const { endpoint, credentials } = minio;
  const options = { endpoint, bucket: 'audit', prefix: 'waybill/', credentials, retentionDays: 30 };
  return s3Anchor({ ...options, now: () => new Date(), ...changed });
}

function pathOf(size: number): string {
  return `/audit/waybill/${LOG_FOLDER}/${String(size).padStart(16, '0')}.checkpoint`;
}
