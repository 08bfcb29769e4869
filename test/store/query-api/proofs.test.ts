import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leafHash } from '../../../integrity/merkle.ts';
import { openCheckpoint } from '../../../integrity/open-checkpoint.ts';
import { fieldCommitment } from '../../../integrity/field-commitment.ts';
import { parsePolicy } from '../../../integrity/policy.ts';
import { parseTlogProof } from '../../../integrity/tlog-proof.ts';
import { verifyConsistency, verifyInclusion } from '../../../integrity/verify-tree-proof.ts';
import { limitReader } from '../../../query-api/limited-reader.ts';
import { createServer } from '../../../query-api/server.ts';
import { encodeRegistryEvent } from '../../../schemas/avro-codec.ts';
import { readLeaf } from '../../../schemas/leaf-record.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import { topics } from '../../../schemas/topics.ts';
import type { SealedPipeline } from '../../support/sealed-pipeline.ts';
import { exitCodeOf } from '../../../verifier/report.ts';
import { verifyRecord } from '../../../verifier/verify-record.ts';
import { startSealedPipeline } from '../../support/sealed-pipeline.ts';
import { as, keys, madeApi } from '../../unit/query-api/made-api.ts';

let pipeline: SealedPipeline;
let ledger: RunningRole;
let app: FastifyInstance;

type Proof = {
  leaf: string;
  leafIndex: number;
  leafHash: string;
  revision: number;
  proof: string;
  policy: string;
  disclosures: { fields: { name: string; salt: string; value: string }[] };
};
type Head = { logId: string; size: number; note: string };

beforeAll(async () => {
  pipeline = await startSealedPipeline();
  ledger = await pipeline.start();
  const limits = { querySecondsMax: 10, queriesMax: 4, queriesWaitingMax: 100 };
  app = await createServer(madeApi(limitReader(await pipeline.store.as('reader'), limits)));
  await pipeline.append(1_500, 1);
});
afterAll(async () => {
  await app.close();
  await ledger.stop();
  await pipeline.close();
});

async function ask(url: string, key: string = keys.auditor) {
  return app.inject({ url, headers: as(key) });
}

async function callsOf(tenant: string): Promise<readonly { call: string; revisions: number }[]> {
  const reader = await pipeline.store.as('reader');
  return reader.query({
    sql: `SELECT lower(hex(call_id)) AS call, max(revision) AS revisions FROM waybill.leaves
      WHERE tenant = {tenant:String} GROUP BY call_id ORDER BY max(leaf_index) DESC LIMIT 300`,
    params: { tenant },
  });
}

async function provable(tenant: string): Promise<number> {
  const calls = await callsOf(tenant);
  if (calls.length < 300) return 0;
  const key = tenant === 'acme' ? keys.auditor : keys.otherAuditor;
  const { statusCode } = await ask(`/v1/records/${calls[0]?.call}/proof`, key);
  return statusCode;
}

/** Two proofs stand one behind the other. */
function proofsOf(text: string) {
  const second = text.indexOf('c2sp.org/tlog-proof@v1', 1);
  return [parseTlogProof(text.slice(0, second)), parseTlogProof(text.slice(second))] as const;
}

describe('a proof', () => {
  it('leads from the leaf to the signed head of its log, and from there to that of the meta log', async () => {
    await expect.poll(async () => provable('acme'), { timeout: 30_000 }).toBe(200);
    await expect.poll(async () => provable('umbra'), { timeout: 30_000 }).toBe(200);
    for (const { call } of (await callsOf('acme')).slice(0, 20)) {
      const answer = (await ask(`/v1/records/${call}/proof`)).json<Proof>();
      const logs = parsePolicy(answer.policy).logs.map(({ key }) => key);
      const [inner, outer] = proofsOf(answer.proof);
      const leaves = [Buffer.from(answer.leaf), Buffer.from(inner.checkpoint)];
      expect(Buffer.from(leafHash(leaves[0] ?? Buffer.alloc(0))).toString('hex')).toBe(
        answer.leafHash,
      );
      for (const [at, proof] of [inner, outer].entries()) {
        const { checkpoint } = await openCheckpoint(proof.checkpoint, logs);
        const { size, root } = checkpoint;
        const claim = {
          index: proof.index,
          size,
          root,
          leafHash: leafHash(leaves[at] ?? Buffer.alloc(0)),
        };
        expect(verifyInclusion(claim, proof.hashes)).toBe(true);
      }
      const { header, record } = readLeaf(answer.leaf);
      expect(header).toMatchObject({ index: answer.leafIndex, tenant: 'acme' });
      expect(inner.index).toBe(answer.leafIndex);
      expect(answer.disclosures.fields).toHaveLength(2);
      for (const { name, salt, value } of answer.disclosures.fields) {
        const sealed = record?.payload.find((field) => field.name === name);
        const opened = fieldCommitment(
          Buffer.from(salt, 'base64'),
          name,
          Buffer.from(value, 'base64'),
        );
        expect(opened).toBe(sealed?.commitment);
      }
    }
  });

  it('is one that the verifier takes, with its values, and not for another leaf', async () => {
    const [call, other] = await callsOf('acme');
    const files = filesOf((await ask(`/v1/records/${call?.call}/proof`)).json<Proof>());
    const report = await verifyRecord(files);
    expect(report.findings).toEqual([]);
    // The leaf and its two values.
    expect(report.counts.VALID).toBe(3);
    const { leaf } = filesOf((await ask(`/v1/records/${other?.call}/proof`)).json<Proof>());
    expect(exitCodeOf(await verifyRecord({ ...files, leaf }))).toBe(1);
  });

  it('is given of each revision', async () => {
    const revised = (await callsOf('acme')).find(({ revisions }) => revisions > 0);
    const path = `/v1/records/${revised?.call}/proof`;
    expect((await ask(path)).json<Proof>().revision).toBe(1);
    const first = (await ask(`${path}?revision=0`)).json<Proof>();
    expect(readLeaf(first.leaf).record?.revision).toBe(0);
    expect((await ask(`${path}?revision=7`)).statusCode).toBe(404);
  });

  it('is given to the record’s own tenant alone, and without values to who may not see them', async () => {
    const [call] = await callsOf('acme');
    const path = `/v1/records/${call?.call}/proof`;
    expect((await ask(path, keys.otherAuditor)).statusCode).toBe(404);
    expect((await ask(path, keys.operator)).statusCode).toBe(403);
    const { disclosures } = (await ask(path, keys.finops)).json<Proof>();
    expect(disclosures.fields).toEqual([]);
    const [foreign] = await callsOf('umbra');
    const own = (await ask(`/v1/records/${foreign?.call}/proof`, keys.otherAuditor)).json<Proof>();
    expect(own.leaf).not.toContain('acme');
    expect(own.proof).not.toContain('acme');
  });
});

describe('signed heads', () => {
  it('are told of each log, and proved to be of one tree that only grew', async () => {
    await pipeline.append(700, 2);
    const earlier = (await ask('/v1/checkpoints')).json<{ heads: Head[]; policy: string }>();
    const sizeOf = (heads: Head[]) =>
      heads.find(({ logId }) => logId === 'records/p0/e0')?.size ?? 0;
    const grown = async () =>
      sizeOf((await ask('/v1/checkpoints')).json<{ heads: Head[] }>().heads);
    await expect.poll(grown, { timeout: 30_000 }).toBe(1_100);
    const from = sizeOf(earlier.heads);
    const answer = await ask(`/v1/consistency?log=records/p0/e0&from=${from}&to=1100`);
    const grew = answer.json<{ from: Head; to: Head; proof: string[] }>();
    const logs = parsePolicy(earlier.policy).logs.map(({ key }) => key);
    const [old, now] = await Promise.all(
      [grew.from, grew.to].map(async ({ note }) => openCheckpoint(note, logs)),
    );
    const claim = {
      oldSize: old?.checkpoint.size ?? 0,
      oldRoot: old?.checkpoint.root ?? Buffer.alloc(0),
      size: now?.checkpoint.size ?? 0,
      root: now?.checkpoint.root ?? Buffer.alloc(0),
    };
    expect(
      verifyConsistency(
        claim,
        grew.proof.map((hash) => Buffer.from(hash, 'base64')),
      ),
    ).toBe(true);
    expect((await ask(`/v1/consistency?log=records/p0/e0&from=1&to=1100`)).statusCode).toBe(404);
    expect((await ask(`/v1/consistency?log=records/p0/e0&from=1100&to=1`)).statusCode).toBe(400);
    expect((await ask(`/v1/consistency?log=nothing&from=0&to=1`)).statusCode).toBe(400);
  });
});

describe('the trail of reads', () => {
  it('is sealed as a log of its own, and tells who read what to its tenant alone', async () => {
    const event = (tenant: string) => {
      const body = {
        keyId: `key-${tenant}`,
        role: 'auditor',
        route: '/v1/records',
        parameters: { user: 'p_1' },
        rows: 3,
      };
      const value = encodeRegistryEvent({
        eventId: createHash('md5').update(tenant).digest('hex'),
        tenant,
        type: 'audit_read',
        timeUs: 1_795_219_200_000_000,
        actor: `key-${tenant}`,
        digest: null,
        body: JSON.stringify(body),
      });
      return { topic: topics.reads, partition: 0, key: tenant, headers: {}, value };
    };
    await pipeline.log.append([event('acme'), event('umbra')]);
    const reads = async (key: string) =>
      (await ask('/v1/reads?from=2026-11-20T00:00:00Z&to=2026-11-22T00:00:00Z', key)).json<{
        reads: object[];
      }>().reads;
    await expect
      .poll(async () => reads(keys.auditor), { timeout: 20_000 })
      .toEqual([
        {
          time: '2026-11-21T00:00:00.000000Z',
          keyId: 'key-acme',
          role: 'auditor',
          route: '/v1/records',
          parameters: { user: 'p_1' },
          rows: 3,
        },
      ]);
    expect(await reads(keys.otherAuditor)).toMatchObject([{ keyId: 'key-umbra' }]);
    expect((await ask('/v1/reads', keys.finops)).statusCode).toBe(403);
  });
});

/** What `waybill prove` writes. */
function filesOf({ leaf, proof, policy, disclosures }: Proof) {
  return { policy, proof, leaf: Buffer.from(leaf), disclosures: JSON.stringify(disclosures) };
}
