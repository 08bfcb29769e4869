import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFileTraceKeys } from '../../../key-store/file-trace-keys.ts';
import { openPayload } from '../../../key-store/seal-payload.ts';
import { archiveSchema, buildArchive } from '../../../ledger/archive/archive-config.ts';
import { nameOf } from '../../../ledger/archive/range-names.ts';
import {
  decodeRange,
  encodeRange,
  packRange,
  unpackRange,
} from '../../../ledger/archive/sealed-range.ts';
import { verifyArchive } from '../../../ledger/archive/verify-archive.ts';
import { decodeAuditRecord } from '../../../schemas/avro-codec.ts';
import { never } from '../../support/archive-suite.ts';
import type { PeoplePipeline } from '../../support/people-pipeline.ts';
import {
  canary,
  principal,
  recordsOf,
  startPeoplePipeline,
} from '../../support/people-pipeline.ts';

let pipeline: PeoplePipeline;

beforeAll(async () => {
  pipeline = await startPeoplePipeline();
});
afterAll(async () => pipeline.close());

describe('an archive', () => {
  it('holds nothing of a person who was erased: no value in the clear, and none that a key opens', async () => {
    const folder = join(pipeline.folder, 'archive');
    const config = archiveSchema.parse({ kind: 'folder', folder, everyMs: 100 });
    const archive = await buildArchive(config);
    const records = async (): Promise<readonly Buffer[]> => {
      const names = (await archive.list(undefined, never)).filter(({ log }) =>
        log.startsWith('records/'),
      );
      return Promise.all(
        names.map(async (name) => (await archive.get(nameOf(name), never)) ?? Buffer.alloc(0)),
      );
    };
    /** Values that the keys there are now open, as text. */
    const opened = async (): Promise<string> => {
      const keys = await openFileTraceKeys(pipeline.keyOptions);
      const texts: string[] = [];
      for (const plain of await records()) {
        for (const { value } of decodeRange('a range', plain).messages) {
          const { payload, recordId, tenant, facts } = decodeAuditRecord(value ?? Buffer.alloc(0));
          const key = await keys.find({ tenant, traceId: facts.traceId });
          const values = key ? openPayload(payload, recordId, key) : [];
          texts.push(...(values ?? []).map((one) => one.value.toString('utf8')));
        }
      }
      await keys.close();
      return texts.join('\n');
    };
    let ledger = await pipeline.start({ archive: config });
    await pipeline.appendRecords(recordsOf(1, 200));
    const ends = async (): Promise<number> =>
      (await archive.list(undefined, never))
        .filter(({ log }) => log.startsWith('records/'))
        .reduce((sum, { first, end }) => sum + end - first, 0);
    await expect.poll(ends, { timeout: 30_000 }).toBe(200);
    await ledger.stop();
    const policy = await readFile(join(pipeline.folder, 'signer', 'policy.txt'), 'utf8');
    const altered = async () => (await verifyArchive(archive, policy, never)).altered;
    expect(await altered()).toEqual([]);
    // Leaves as they were, and one record beside them that tells something else.
    const [name] = (await archive.list('records/p0/e0', never)).map(nameOf);
    const path = join(folder, name ?? '');
    const whole = await readFile(path);
    const range = decodeRange('a range', await unpackRange('a range', whole));
    const [first, second, ...rest] = range.messages;
    if (!first || !second) throw new Error('two records were expected');
    const messages = [{ ...first, value: second.value }, second, ...rest];
    await rm(path);
    await writeFile(path, await packRange(encodeRange({ ...range, messages })));
    expect(await altered()).toMatchObject([
      { name, detail: expect.stringContaining('is another') as unknown },
    ]);
    await writeFile(path, whole);
    expect(await opened()).toContain(canary(3));
    ledger = await pipeline.start({ archive: config, eraser: pipeline.eraser() });
    const requestId = randomUUID();
    const request = { requestId, principals: [principal(3)], legalBasis: 'test' };
    await pipeline.control('erasure_requested', request);
    await expect
      .poll(async () => (await pipeline.controlLeaves(requestId)).length, { timeout: 60_000 })
      .toBeGreaterThanOrEqual(3);
    await ledger.stop();
    const left = await opened();
    expect(left).not.toContain(canary(3));
    expect(left).toContain(canary(4));
    const bytes = Buffer.concat(await records());
    expect(bytes.length).toBeGreaterThan(100_000);
    for (const text of [canary(3), canary(4)]) expect(bytes.includes(text)).toBe(false);
  }, 120_000);
});
