import { describe, expect, it } from 'vitest';
import { toBase64 } from '../../../integrity/bytes.ts';
import { formatCheckpoint } from '../../../integrity/checkpoint.ts';
import { treeRoot } from '../../../integrity/compact-range.ts';
import { signNote } from '../../../integrity/sign-note.ts';
import { makeConsistencyProof } from '../../../integrity/tree-proof.ts';
import { exitCodeOf } from '../../../verifier/report.ts';
import { verifyGrowth } from '../../../verifier/verify-growth.ts';
import {
  EVIDENCE_POLICY,
  LogMaker,
  asLines,
  checkpointOf,
  rangeOf,
} from '../../support/made-evidence.ts';
import * as golden from '../integrity/golden.ts';

const [logLine = ''] = EVIDENCE_POLICY.split('\n');
const policy = `${logLine}\nquorum none\n`;
const log = made('acme');
const other = made('other');

describe('two checkpoints of a log', () => {
  it('are one the continuation of the other, by proof or by the leaves between', async () => {
    const [from, to] = [await checkpointOf(log, 3), await checkpointOf(log, 9)];
    const byProof = await verifyGrowth({ policy, from, to, consistency: proofText(3, 9) });
    expect(byProof.facts).toEqual([`size 9 of ${log.origin} continues its size 3`]);
    expect(exitCodeOf(byProof)).toBe(0);
    const leaves = asLines(await rangeOf(log, 3, 9));
    const byLeaves = await verifyGrowth({ policy: EVIDENCE_POLICY, from, to, leaves });
    expect(byLeaves.findings[0]?.reason).toContain('QUORUM_MISSED');
    const trusting = asLines((await rangeOf(log, 3, 9)).map(withoutMeta));
    const report = await verifyGrowth({ policy, from, to, leaves: trusting });
    expect(report.findings).toEqual([]);
    expect(report.counts.VALID).toBe(6);
    const cut = asLines((await rangeOf(log, 3, 9)).slice(0, -1).map(withoutMeta));
    const unshown = await verifyGrowth({ policy, from, to, leaves: cut });
    expect(exitCodeOf(unshown)).toBe(2);
    expect(unshown.facts).toEqual([]);
  });

  it('agree with the growth from 3 leaves to 5 that other implementations give', async () => {
    // The log of 3 leaves is signed here; its root and the proof are theirs.
    const root = Uint8Array.from(Buffer.from(golden.ROOT_3, 'hex'));
    const head = { origin: 'audit.example/log/p0/e1', size: 3, root };
    const from = await signNote(formatCheckpoint(head), [golden.logSigner]);
    const report = await verifyGrowth({
      policy: `log ${golden.LOG_VKEY}\nquorum none\n`,
      from,
      to: golden.CHECKPOINT,
      consistency: golden.CONSISTENCY_3_TO_5.join('\n'),
    });
    expect(exitCodeOf(report)).toBe(0);
  });

  it('are invalid when the log was cut, forked, or is another', async () => {
    const from = await checkpointOf(log, 5);
    const cases = [
      [await checkpointOf(log, 4), 'the log was cut'],
      [await checkpointOf(other, 5), 'a fork'],
      [await checkpointOf(made('acme', 'records/p1/e0'), 9), 'two logs'],
      [await checkpointOf(other, 9), 'does not continue'],
    ] as const;
    for (const [to, reason] of cases) {
      const report = await verifyGrowth({ policy, from, to, consistency: proofText(5, 9) });
      expect(report.findings[0]?.reason).toContain(reason);
      expect(exitCodeOf(report)).toBe(1);
    }
  });

  it('are invalid with a proof that is not theirs', async () => {
    const [from, to] = [await checkpointOf(log, 3), await checkpointOf(log, 9)];
    const wrong = ['', proofText(4, 9), `${proofText(3, 9)}\n${proofText(3, 9)}`, 'x', 'AAAA'];
    for (const consistency of [...wrong, `${'A'.repeat(43)}=\n`.repeat(64)]) {
      const report = await verifyGrowth({ policy, from, to, consistency });
      expect(exitCodeOf(report)).toBe(1);
    }
  });

  it('are invalid with leaves that begin or end elsewhere', async () => {
    const [from, to] = [await checkpointOf(log, 3), await checkpointOf(log, 9)];
    for (const [first, size] of [
      [2, 9],
      [3, 8],
    ] as const) {
      const leaves = asLines((await rangeOf(log, first, size)).map(withoutMeta));
      const report = await verifyGrowth({ policy, from, to, leaves });
      expect(report.findings[0]?.reason).toMatch(/the leaves do not (?:begin|end) with size/);
      expect(exitCodeOf(report)).toBe(1);
    }
  });

  it('are incomplete when nobody known signed one of them', async () => {
    const from = golden.CHECKPOINT;
    const to = await checkpointOf(log, 9);
    const report = await verifyGrowth({ policy, from, to, consistency: '' });
    expect(exitCodeOf(report)).toBe(2);
  });
});

function made(tenant: string, name = 'records/p0/e0') {
  const maker = new LogMaker(name);
  for (let n = 0; n < 9; n += 1) maker.record(n < 2 ? 'acme' : tenant);
  return maker.made();
}

function proofText(oldSize: number, size: number): string {
  const read = ({ level, index }: { level: number; index: number }) =>
    treeRoot(log.hashes.slice(index * 2 ** level, (index + 1) * 2 ** level));
  return makeConsistencyProof(oldSize, size, read).map(toBase64).join('\n');
}

/** Under `quorum none` a range’s checkpoint is believed by its own signature. */
function withoutMeta(line: string): string {
  const { meta: _, ...rest } = JSON.parse(line) as Record<string, unknown>;
  return JSON.stringify(rest);
}
