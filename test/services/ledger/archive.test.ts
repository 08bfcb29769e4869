import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnchorError } from '../../../anchors/errors.ts';
import { s3Objects } from '../../../anchors/s3-objects.ts';
import { archiveSchema, buildArchive } from '../../../ledger/archive/archive-config.ts';
import { describeArchive, never } from '../../support/archive-suite.ts';
import { makeBucket, startMinio } from '../../support/minio.ts';

let minio: Awaited<ReturnType<typeof startMinio>>;

beforeAll(async () => {
  minio = await startMinio();
  await makeBucket(minio, 'archive');
}, 90_000);
afterAll(async () => minio?.stop());

async function placeIn(folder: string, changed: object = {}) {
  const { endpoint, credentials } = minio;
  const credentialsFile = join(folder, 's3.json');
  await writeFile(credentialsFile, JSON.stringify(credentials), { mode: 0o600 });
  return { kind: 's3', endpoint, bucket: 'archive', credentialsFile, ...changed };
}

describeArchive('a bucket of MinIO', placeIn);

describe('objects of a bucket', () => {
  it('are all listed, page after page', async () => {
    const { endpoint, credentials } = minio;
    const place = { endpoint, bucket: 'archive', prefix: 'many/', credentials };
    const objects = s3Objects({ ...place, now: () => new Date() });
    const names = Array.from({ length: 1_005 }, (_, at) => `a/${String(at).padStart(5, '0')}`);
    for (let at = 0; at < names.length; at += 67) {
      await Promise.all(
        names
          .slice(at, at + 67)
          .map(async (name) => objects.putOnce(name, Buffer.from(name), never)),
      );
    }
    expect(await objects.list('a/', never)).toEqual(names);
    expect(await objects.get('a/none', 10, never)).toBeUndefined();
    await expect(objects.get('a/00000', 3, never)).rejects.toBeInstanceOf(AnchorError);
  });

  it('are refused with a wrong key or in a bucket that is not there, and waited for at a dead address', async () => {
    const folder = process.env['TMPDIR'] ?? '/tmp';
    const open = async (changed: object) =>
      buildArchive(archiveSchema.parse(await placeIn(folder, changed)));
    const none = await open({ bucket: 'none' });
    await expect(none.get('records/x', never)).rejects.toMatchObject({
      code: 'LEDGER_ARCHIVE_REFUSED',
    });
    const dead = await open({ endpoint: 'http://127.0.0.1:9' });
    await expect(dead.list(undefined, never)).rejects.toMatchObject({
      code: 'LEDGER_ARCHIVE_UNREACHABLE',
      retryable: true,
    });
  });
});
