import { createHash, createHmac } from 'node:crypto';
import { assert, property, uint8Array } from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import * as node from '../../../integrity/primitives.ts';
import * as web from '../../../integrity/primitives-web.ts';
import { EVIDENCE_POLICY, LogMaker, recordProofOf } from '../../support/made-evidence.ts';
import * as golden from './golden.ts';

describe('the primitives of a browser', () => {
  it('are those of Node, by name', () => {
    expect(Object.keys(web).toSorted()).toEqual(Object.keys(node).toSorted());
  });

  it('hash and authenticate as the platform, whatever the length', () => {
    const lengths = [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000];
    for (const length of lengths) {
      const bytes = new Uint8Array(length).map((_, at) => at * 7);
      expect(Buffer.from(web.sha256(bytes)).toString('hex')).toBe(digest(bytes));
    }
    assert(
      property(uint8Array({ maxLength: 300 }), uint8Array({ maxLength: 100 }), (bytes, key) => {
        expect(Buffer.from(web.sha256(bytes)).toString('hex')).toBe(digest(bytes));
        const expected = createHmac('sha256', key).update(bytes).digest('hex');
        expect(Buffer.from(web.hmacSha256(key, bytes)).toString('hex')).toBe(expected);
      }),
      { seed: 13, numRuns: 100 },
    );
  });

  it('verify what Node signed, and nothing else', async () => {
    const { key } = golden.logSigner;
    const message = Buffer.from('message');
    const signature = await golden.logSigner.sign(message);
    expect(await web.verifyEd25519(key.publicKey, message, signature)).toBe(true);
    expect(await web.verifyEd25519(key.publicKey, Buffer.from('massage'), signature)).toBe(false);
    expect(await web.verifyEd25519(key.publicKey.subarray(1), message, signature)).toBe(false);
    expect(await web.verifyEd25519(key.publicKey, message, signature.subarray(1))).toBe(false);
    const noPoint = new Uint8Array(32).fill(255);
    expect(await web.verifyEd25519(noPoint, message, signature)).toBe(false);
  });

  it('let a record be verified in their place', async () => {
    const log = new LogMaker('records/p0/e0').record('acme').record('acme').made();
    const proof = await recordProofOf(log, 1);
    vi.resetModules();
    vi.doMock('../../../integrity/primitives.ts', () => web);
    const { verifyRecord } = await import('../../../verifier/verify-record.ts');
    const leaf = Buffer.from(log.leaves[1] ?? '');
    const report = await verifyRecord({ policy: EVIDENCE_POLICY, proof, leaf });
    expect(report.findings).toEqual([]);
    expect(report.counts.VALID).toBe(1);
    const other = Buffer.from(log.leaves[0] ?? '');
    const wrong = await verifyRecord({ policy: EVIDENCE_POLICY, proof, leaf: other });
    expect(wrong.counts.MISMATCH).toBe(1);
    vi.doUnmock('../../../integrity/primitives.ts');
  });
});

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
