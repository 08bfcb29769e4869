import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Owner } from '../../../event-log/event-log.ts';
import { archiveSchema, buildArchive } from '../../../ledger/archive/archive-config.ts';
import type { Archive } from '../../../ledger/archive/archive.ts';
import type { ArchiverParts } from '../../../ledger/archive/run-archiver.ts';
import { archiveNext, runArchiver } from '../../../ledger/archive/run-archiver.ts';
import { verifyArchive } from '../../../ledger/archive/verify-archive.ts';
import { logSources } from '../../../ledger/log-sources.ts';
import { createLedgerMetrics } from '../../../ledger/metrics.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { topics } from '../../../schemas/topics.ts';
import { openFileSigner } from '../../../signer/file-signer.ts';
import type { SignedHead } from '../../../signer/signer.ts';
import { never } from '../../support/archive-suite.ts';
import type { SealedPipeline } from '../../support/sealed-pipeline.ts';
import { PARTITIONS, startSealedPipeline } from '../../support/sealed-pipeline.ts';

const LOG = 'records/p0/e0';
const CRASH = 'the process ended here';

let pipeline: SealedPipeline;
let store: RecordStore;

beforeAll(async () => {
  pipeline = await startSealedPipeline();
  store = await pipeline.store.as('reader');
});
afterAll(async () => pipeline.close());

/** Seals and signs so many more. */
async function grow(count: number, size: number): Promise<void> {
  const ledger = await pipeline.start();
  await pipeline.append(count, size);
  const sql = `SELECT max(size) AS size FROM waybill.checkpoints WHERE log_id = '${LOG}'`;
  const signed = async () => (await store.query<{ size: number }>({ sql }))[0]?.size;
  await expect.poll(signed, { timeout: 30_000 }).toBe(size);
  await ledger.stop();
}

async function archiveNamed(name: string): Promise<Archive> {
  const folder = join(pipeline.folder, 'archives', name);
  return buildArchive(archiveSchema.parse({ kind: 'folder', folder, everyMs: 100, leavesMax: 40 }));
}

function partsOf(archive: Archive, changed: Partial<ArchiverParts> = {}): ArchiverParts {
  const source = logSources(PARTITIONS).find(({ logId }) => logId === LOG);
  if (source === undefined) throw new Error(`There is no ${LOG}.`);
  const { log } = pipeline;
  const metrics = createLedgerMetrics();
  const waits = { retryFirstMs: 20, retryMsMax: 50 };
  const signer = { latest: newestHead };
  return { log, store, source, signer, archive, metrics, ...waits, clock: Date.now, ...changed };
}

/** What the signer's own folder says, whose only process is the ledger while it runs. */
async function newestHead(logId: string): Promise<SignedHead | undefined> {
  const signer = await openFileSigner(join(pipeline.folder, 'signer'));
  try {
    return await signer.latest(logId);
  } finally {
    await signer.close();
  }
}

/** Fails before or after the given call, as a process that ends there. */
function crashing<A extends readonly unknown[], T>(
  call: (...args: A) => Promise<T>,
  at: number,
  when: 'before' | 'after',
): (...args: A) => Promise<T> {
  let calls = 0;
  return async (...args) => {
    calls += 1;
    if (calls === at && when === 'before') throw new Error(CRASH);
    const done = await call(...args);
    if (calls === at && when === 'after') throw new Error(CRASH);
    return done;
  };
}

async function archiveAll(parts: ArchiverParts, owner: Owner): Promise<void> {
  while (await archiveNext(parts, owner, never));
}

/** Leaves and messages of all ranges in their order; heads and proofs depend on when it was archived. */
async function contents(archive: Archive): Promise<readonly string[]> {
  const names = await archive.list(LOG, never);
  return names.map(({ first, end, before, after }) => `${first}-${end} ${before} ${after}`);
}

describe('archiving', () => {
  it('goes on after a crash at every step, with no range missing and none twice', async () => {
    await grow(400, 200);
    const steps = ['commit 1', 'commit 2', 'commit 3', 'put 1', 'put 2'] as const;
    for (const [at, step] of steps.entries()) {
      for (const when of ['before', 'after'] as const) {
        const [what, nth] = step.split(' ');
        const archive = await archiveNamed(`${at}-${when}`);
        const role = `crash-${at}-${when}`;
        const owner = await pipeline.log.openOwner(role, 0);
        const isCommit = what === 'commit';
        const commit = owner.commit.bind(owner);
        const dying = isCommit ? crashing(commit, Number(nth), when) : commit;
        const put = isCommit ? archive.putOnce : crashing(archive.putOnce, Number(nth), when);
        const parts = partsOf({ ...archive, putOnce: put });
        await expect(archiveAll(parts, { ...owner, commit: dying })).rejects.toThrow(CRASH);
        const next = await pipeline.log.openOwner(role, 0);
        await archiveAll(partsOf(archive), next);
        expect(next.position(topics.records, 0)).toBe(200);
        await expectWhole(archive, 200);
      }
    }
  }, 120_000);

  it('repeats a promised range as it was promised, though more is signed by then', async () => {
    const archive = await archiveNamed('promised');
    const owner = await pipeline.log.openOwner('promised', 0);
    const large = { ...archive, leavesMax: 1_000 };
    const put = crashing(archive.putOnce, 1, 'after');
    await expect(archiveAll(partsOf({ ...large, putOnce: put }), owner)).rejects.toThrow(CRASH);
    await grow(100, 250);
    await archiveAll(partsOf(large), await pipeline.log.openOwner('promised', 0));
    const names = await archive.list(LOG, never);
    expect(names.map(({ first, end }) => [first, end])).toEqual([
      [0, 200],
      [200, 250],
    ]);
    await expectWhole(archive, 250);
  });

  it('repeats a promised range that begins with much that was not understood', async () => {
    const archive = await archiveNamed('junk');
    const large = { ...archive, leavesMax: 1_000 };
    await archiveAll(partsOf(large), await pipeline.log.openOwner('junk', 0));
    const junk = { topic: topics.records, partition: 0, key: null, headers: {} };
    await pipeline.log.append(
      ['one', 'two', 'three'].map((text) => ({ ...junk, value: Buffer.from(text) })),
    );
    await grow(100, 300);
    const put = crashing(archive.putOnce, 1, 'before');
    const small = { ...large, bytesMax: 1 };
    const owner = await pipeline.log.openOwner('junk', 0);
    await expect(archiveAll(partsOf({ ...small, putOnce: put }), owner)).rejects.toThrow(CRASH);
    await archiveAll(partsOf(large), await pipeline.log.openOwner('junk', 0));
    await expectWhole(archive, 300);
  });

  it('believes no head that only the store knows, though all that is there leads to it', async () => {
    const archive = { ...(await archiveNamed('forged')), leavesMax: 1_000 };
    const signer = { latest: async () => Promise.resolve(undefined) };
    const owner = await pipeline.log.openOwner('forged', 0);
    await archiveAll(partsOf(archive, { signer }), owner);
    expect(await archive.list(undefined, never)).toEqual([]);
  });

  it('archives nothing that does not lead to the signed head, tells so, and drops nothing', async () => {
    const archive = { ...(await archiveNamed('altered')), logKeepsHours: 0 };
    const altered: RecordStore = {
      ...store,
      query: async <Row>(statement: Parameters<RecordStore['query']>[0]) => {
        const rows = await store.query<Row>(statement);
        if (!statement.sql.startsWith('SELECT leaf_index AS at, leaf')) return rows;
        return JSON.parse(JSON.stringify(rows).replace('success', 'sucess_')) as readonly Row[];
      },
    };
    const parts = partsOf(archive, { store: altered });
    const stop = new AbortController();
    const owner = await pipeline.log.openOwner('altered', 0);
    const running = runArchiver(parts, owner, stop.signal);
    const trouble = () => parts.metrics.archiveTroubles.get(LOG);
    await expect.poll(trouble, { timeout: 20_000 }).toBe('LEDGER_ARCHIVE_UNPROVEN');
    stop.abort();
    await running;
    expect(await archive.list(undefined, never)).toEqual([]);
    expect((await pipeline.log.range(topics.records, 0)).start).toBe(0);
  });

  it('tells of an object that is another than it wrote, and goes no further', async () => {
    const archive = await archiveNamed('taken');
    const owner = await pipeline.log.openOwner('taken', 0);
    const put = async (): Promise<boolean> => Promise.resolve(false);
    const other = { ...archive, putOnce: put, get: async () => Promise.resolve(Buffer.alloc(9)) };
    await expect(archiveAll(partsOf(other), owner)).rejects.toMatchObject({
      code: expect.stringMatching(/^LEDGER_ARCHIVE_/) as unknown,
    });
    expect(owner.position(topics.records, 0)).toBe(0);
  });
});

async function expectWhole(archive: Archive, size: number): Promise<void> {
  const policy = readFileSync(join(pipeline.folder, 'signer', 'policy.txt'), 'utf8');
  const { logs, altered, missing } = await verifyArchive(archive, policy, never);
  expect([altered, missing]).toEqual([[], []]);
  expect(logs).toMatchObject([{ log: LOG, leaves: size, ends: 1 }]);
  const ranges = await archive.list(LOG, never);
  const sum = ranges.reduce((total, { first, end }) => total + end - first, 0);
  expect(sum).toBe(size);
  expect(new Set(await contents(archive)).size).toBe(ranges.length);
}
