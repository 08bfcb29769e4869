import { describe, expect, it } from 'vitest';
import { formatDisclosures } from '../../../integrity/disclosure.ts';
import type { Disclosures } from '../../../integrity/disclosure.ts';
import { exitCodeOf } from '../../../verifier/report.ts';
import { renderReport } from '../../../verifier/render-report.ts';
import { verifyRecord } from '../../../verifier/verify-record.ts';
import {
  EVIDENCE_POLICY,
  LogMaker,
  commitmentOf,
  fieldOf,
  recordProofOf,
} from '../../support/made-evidence.ts';
import * as golden from '../integrity/golden.ts';

const values = { arguments: '{"path":"/etc/hosts"}', result: '127.0.0.1 localhost' };
const log = new LogMaker('records/p0/e0')
  .record('acme')
  .record('other')
  .record('acme', values)
  .record('acme')
  .made();
const registry = new LogMaker('registry/p0/e0')
  .control('acme', 'redaction', redactionOf('result'))
  .control('other', 'redaction', redactionOf('result'))
  .control('acme', 'retention_applied', { log: 'records/p0/e0', first: 0, last: 2 })
  .control('acme', 'retention_applied', { log: 'records/p0/e0', first: 3, last: 9 })
  .control('acme', 'redaction', redactionOf('result'), false)
  .made();

const LEAF = 2;

describe('a record', () => {
  it('is valid with its leaf and its proof, and the report says under what', async () => {
    const report = await verify({});
    expect(report.counts).toEqual(counts({ VALID: 1 }));
    expect(report.findings).toEqual([]);
    expect(renderReport(report)).toEqual([
      'leaf 2 is under size 4 of waybill-test/log/records/p0/e0, cosigned by nobody',
      'the checkpoint of its log is under size 2 of waybill-test/meta/e0, cosigned by witness.example/w1 at 2026-11-21T00:00:00.000Z',
      'Leaves and values: 1/1 valid, 0/1 INVALID, 0 redacted, 0 out of retention, 0 missing.',
      'VALID',
    ]);
  });

  it('is invalid when any byte of its leaf is another', async () => {
    const leaf = Buffer.from(log.leaves[LEAF] ?? '');
    for (let at = 0; at < leaf.length; at += 7) {
      const changed = Buffer.from(leaf);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const report = await verify({ leaf: changed });
      expect(exitCodeOf(report)).toBe(1);
      expect(report.findings[0]?.reason).toContain('PROOF_WRONG');
    }
  });

  it('is invalid with one byte more, as an editor adds it', async () => {
    expect(exitCodeOf(await verify({ leaf: Buffer.from(`${log.leaves[LEAF]}\n`) }))).toBe(1);
  });

  it('is never valid when any character of its proof is another', async () => {
    const proof = await recordProofOf(log, LEAF);
    for (let at = 0; at < proof.length; at += 3) {
      const other = proof[at] === 'A' ? 'B' : 'A';
      const report = await verify({ proof: proof.slice(0, at) + other + proof.slice(at + 1) });
      expect(exitCodeOf(report)).not.toBe(0);
    }
  });

  it('is incomplete under a policy that does not know the log, or wants another witness', async () => {
    const unknown = `log ${golden.META_VKEY}\nquorum none\n`;
    const [first = ''] = EVIDENCE_POLICY.split('\n');
    const stricter = `${first}\nwitness w ${golden.WITNESS_VKEY}\nquorum w\n`;
    const broken = EVIDENCE_POLICY.replace('quorum w1', '');
    const reasons: string[] = [];
    for (const policy of [unknown, stricter, broken]) {
      const report = await verify({ policy });
      expect(exitCodeOf(report)).toBe(2);
      reasons.push(report.findings[0]?.reason ?? '');
    }
    expect(reasons.map((reason) => reason.split(':')[0])).toEqual([
      'ORIGIN_UNKNOWN',
      'QUORUM_MISSED',
      'POLICY_MALFORMED',
    ]);
  });

  it('is incomplete without the proof of the meta log, where a witness is asked for', async () => {
    const proof = await recordProofOf(log, LEAF);
    const alone = proof.slice(0, proof.lastIndexOf('c2sp.org/'));
    const report = await verify({ proof: alone });
    expect(exitCodeOf(report)).toBe(2);
    expect(report.findings[0]?.reason).toContain('QUORUM_MISSED');
    const [first = ''] = EVIDENCE_POLICY.split('\n');
    const trusting = await verify({ proof: alone, policy: `${first}\nquorum none\n` });
    expect(exitCodeOf(trusting)).toBe(0);
  });

  it('is invalid where a meta log proves another checkpoint', async () => {
    const [own = '', other = ''] = [
      await recordProofOf(log, LEAF),
      await recordProofOf(registry, 0),
    ].map((proof) => proof);
    const mixed =
      own.slice(0, own.lastIndexOf('c2sp.org/')) + other.slice(other.lastIndexOf('c2sp.org/'));
    const report = await verify({ proof: mixed });
    expect(exitCodeOf(report)).toBe(1);
    expect(report.findings[0]?.reason).toContain('PROOF_WRONG');
  });

  it('is invalid where the leaf that was sealed says to stand elsewhere', async () => {
    const moved = { ...log, leaves: [...log.leaves].reverse(), hashes: [...log.hashes].reverse() };
    const report = await verify({
      leaf: Buffer.from(moved.leaves[0] ?? ''),
      proof: await recordProofOf(moved, 0),
    });
    expect(exitCodeOf(report)).toBe(1);
    expect(report.findings[0]?.reason).toContain('LEAF_MISPLACED');
  });

  it('is proved by its bytes alone where it is of another system', async () => {
    const report = await verifyRecord({
      policy: golden.POLICY,
      proof: `c2sp.org/tlog-proof@v1\nindex 2\n${golden.CONSISTENCY_3_TO_5.slice(1).join('\n')}\n\n${golden.COSIGNED}`,
      leaf: Buffer.from(golden.goldenLeaf(2)),
    });
    expect(report.counts).toEqual(counts({ VALID: 1 }));
    expect(exitCodeOf(report)).toBe(0);
  });
});

describe('a record’s values', () => {
  const [args, result] = log.fields[LEAF] ?? [];
  const fields = [args, result].filter((field) => field !== undefined);

  it('are valid when they are those that the leaf commits to', async () => {
    const report = await disclose({ fields, evidence: [] });
    expect(report.counts).toEqual(counts({ VALID: 3 }));
    expect(exitCodeOf(report)).toBe(0);
  });

  it('are a mismatch with another value, salt or name', async () => {
    const changes = [
      fieldOf('rec-2', 'result', '127.0.0.1 elsewhere'),
      fieldOf('rec-3', 'result', values.result),
      { ...fieldOf('rec-2', 'result', values.result), name: 'outcome' },
    ];
    for (const field of changes) {
      const report = await disclose({ fields: [...fields.slice(0, 1), field], evidence: [] });
      expect(report.counts.MISMATCH).toBe(1);
      expect(exitCodeOf(report)).toBe(1);
    }
  });

  it('are missing when one is not there and nothing says why', async () => {
    const report = await disclose({ fields: fields.slice(0, 1), evidence: [] });
    expect(report.counts).toEqual(counts({ VALID: 2, MISSING: 1 }));
    expect(report.findings).toEqual([
      {
        verdict: 'MISSING',
        reason: 'the value of result is not here, and nothing sealed says why',
        log: 'waybill-test/log/records/p0/e0',
        index: 2,
      },
    ]);
    expect(exitCodeOf(report)).toBe(2);
  });

  it('are redacted when a sealed leaf of the tenant says that they were erased', async () => {
    const report = await disclose({
      fields: fields.slice(0, 1),
      evidence: [await evidence(0)],
    });
    expect(report.counts).toEqual(counts({ VALID: 2, VALID_REDACTED: 1 }));
    expect(exitCodeOf(report)).toBe(0);
  });

  it('are redacted by a leaf with the digest of its body, once the body is given', async () => {
    const body = JSON.stringify(JSON.parse(JSON.stringify(redactionOf('result'))));
    const bare = await evidence(4);
    const whole = await disclose({ fields: fields.slice(0, 1), evidence: [{ ...bare, body }] });
    expect(whole.counts.VALID_REDACTED).toBe(1);
    const without = await disclose({ fields: fields.slice(0, 1), evidence: [bare] });
    expect(without.counts.MISSING).toBe(1);
    expect(exitCodeOf(without)).toBe(2);
    const other = { ...bare, body: body.replace('result', 'resulT') };
    const changed = await disclose({ fields: fields.slice(0, 1), evidence: [other] });
    expect(exitCodeOf(changed)).toBe(1);
  });

  it('are not redacted by a leaf of another tenant, or one that was never sealed', async () => {
    const foreign = await disclose({ fields: fields.slice(0, 1), evidence: [await evidence(1)] });
    expect(foreign.counts.MISSING).toBe(1);
    const sealed = await evidence(0);
    const invented = { ...sealed, leaf: sealed.leaf.replace('rec-2', 'rec-3') };
    const report = await disclose({ fields: fields.slice(0, 1), evidence: [invented] });
    expect(report.counts.MISSING).toBe(1);
    expect(report.findings.map(({ verdict }) => verdict)).toEqual(['MISMATCH', 'MISSING']);
    expect(exitCodeOf(report)).toBe(1);
  });

  it('are out of retention where a sealed leaf covers the range, and only there', async () => {
    const covered = await disclose({ fields: [], evidence: [await evidence(2)] });
    expect(covered.counts).toEqual(counts({ VALID: 1, OUT_OF_RETENTION: 2 }));
    expect(exitCodeOf(covered)).toBe(0);
    const beyond = await disclose({ fields: [], evidence: [await evidence(3)] });
    expect(beyond.counts.MISSING).toBe(2);
  });

  it('cannot be told from a file that is none', async () => {
    for (const disclosures of ['', '[]', '{"fields":1}', '{"fields":[{"name":"a"}]}']) {
      const report = await verify({ disclosures });
      expect(exitCodeOf(report)).toBe(2);
      expect(report.findings[0]?.reason).toContain('DISCLOSURE_MALFORMED');
    }
  });
});

async function verify(changed: Partial<Parameters<typeof verifyRecord>[0]>) {
  return verifyRecord({
    policy: EVIDENCE_POLICY,
    proof: await recordProofOf(log, LEAF),
    leaf: Buffer.from(log.leaves[LEAF] ?? ''),
    ...changed,
  });
}

async function disclose(disclosures: Disclosures) {
  return verify({ disclosures: formatDisclosures(disclosures) });
}

async function evidence(index: number) {
  return { leaf: registry.leaves[index] ?? '', proof: await recordProofOf(registry, index) };
}

function redactionOf(name: keyof typeof values) {
  const { salt, value } = fieldOf('rec-2', name, values[name]);
  const commitment = commitmentOf(name, salt, value);
  return { targets: [{ fields: [{ commitment, name }], recordId: 'rec-2' }] };
}

function counts(told: Partial<Record<string, number>>) {
  return { VALID: 0, VALID_REDACTED: 0, OUT_OF_RETENTION: 0, MISSING: 0, MISMATCH: 0, ...told };
}
