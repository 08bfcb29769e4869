import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64, toHex, utf8 } from '../../../integrity/bytes.ts';
import { canonicalJson } from '../../../integrity/canonical-json.ts';
import type { JsonValue } from '../../../integrity/canonical-json.ts';
import { formatCheckpoint, parseCheckpoint } from '../../../integrity/checkpoint.ts';
import {
  appendLeafHashes,
  emptyRange,
  rootOf,
  treeRoot,
} from '../../../integrity/compact-range.ts';
import { fieldCommitment } from '../../../integrity/field-commitment.ts';
import { leafHash } from '../../../integrity/merkle.ts';
import { addSignatures, parseNote } from '../../../integrity/note.ts';
import { parsePolicy } from '../../../integrity/policy.ts';
import { cosign, signNote } from '../../../integrity/sign-note.ts';
import { formatTlogProof, parseTlogProof } from '../../../integrity/tlog-proof.ts';
import { makeConsistencyProof, makeInclusionProof } from '../../../integrity/tree-proof.ts';
import { formatVerifierKey } from '../../../integrity/verifier-key.ts';
import { verifyTlogProof } from '../../../integrity/verify-tlog-proof.ts';
import * as golden from './golden.ts';

const leaves = [0, 1, 2, 3, 4].map((index) => utf8(golden.goldenLeaf(index)));
const hashes = leaves.map(leafHash);

describe('the log of five leaves that other implementations agree on', () => {
  it('commits to fields', () => {
    const args = fieldCommitment(salt(0xa1), 'args', utf8('{"path":"/etc/hosts"}'));
    const result = fieldCommitment(salt(0xa2), 'result', utf8('127.0.0.1 localhost\n'));
    expect(args).toBe(golden.ARGS_COMMITMENT);
    expect(result).toBe(golden.RESULT_COMMITMENT);
  });

  it('refuses a salt of another length and a name with a NUL', () => {
    expect(() => fieldCommitment(new Uint8Array(31), 'args', utf8(''))).toThrow(RangeError);
    expect(() => fieldCommitment(salt(1), 'ar\0gs', utf8(''))).toThrow(RangeError);
  });

  it('has leaves that are canonical JSON, of 314 bytes', () => {
    for (const index of [0, 4]) {
      const leaf = golden.goldenLeaf(index);
      expect(canonicalJson(JSON.parse(leaf) as JsonValue)).toBe(leaf);
      expect(utf8(leaf)).toHaveLength(314);
    }
    expect(toHex(hashes[0] ?? new Uint8Array(0))).toBe(golden.LEAF_HASH_0);
  });

  it('has these roots and proofs', () => {
    expect(toHex(treeRoot(hashes.slice(0, 3)))).toBe(golden.ROOT_3);
    expect(toHex(treeRoot(hashes))).toBe(golden.ROOT_5);
    expect(makeConsistencyProof(3, 5, readNode).map(toBase64)).toEqual(golden.CONSISTENCY_3_TO_5);
    expect(makeInclusionProof(2, 5, readNode).map(toBase64)).toEqual(
      golden.CONSISTENCY_3_TO_5.slice(1),
    );
  });

  it('has these keys', () => {
    expect(formatVerifierKey(golden.logSigner.key)).toBe(golden.LOG_VKEY);
    expect(formatVerifierKey(golden.metaSigner.key)).toBe(golden.META_VKEY);
    expect(formatVerifierKey(golden.witnessSigner.key)).toBe(golden.WITNESS_VKEY);
  });

  it('has this checkpoint and this cosignature', async () => {
    const head = {
      origin: 'audit.example/log/p0/e1',
      size: 5,
      root: Uint8Array.from(treeRoot(hashes)),
    };
    expect(formatCheckpoint(head)).toBe(golden.CHECKPOINT_TEXT);
    expect(parseCheckpoint(golden.CHECKPOINT_TEXT)).toEqual(head);
    const signed = await signNote(golden.CHECKPOINT_TEXT, [golden.logSigner]);
    expect(signed).toBe(golden.CHECKPOINT);
    const line = await cosign(golden.CHECKPOINT_TEXT, golden.WITNESS_TIME_S, golden.witnessSigner);
    expect(addSignatures(signed, [line])).toBe(golden.COSIGNED);
    expect(addSignatures(golden.COSIGNED, [line])).toBe(golden.COSIGNED);
  });

  it('has this meta log over its checkpoint', async () => {
    const root = leafHash(utf8(golden.CHECKPOINT));
    expect(toBase64(root)).toBe(golden.META_ROOT);
    const text = formatCheckpoint({ origin: 'audit.example/meta', size: 1, root });
    const signed = await signNote(text, [golden.metaSigner]);
    expect(signed).toBe(`${text}\n— audit.example/meta ${golden.META_SIGNATURE}\n`);
    expect(parseNote(signed).signatures).toHaveLength(1);
  });

  it('has a proof of leaf 2 that verifies under a policy', async () => {
    const proof = {
      index: 2,
      hashes: golden.CONSISTENCY_3_TO_5.slice(1).map(fromBase64),
      checkpoint: golden.COSIGNED,
    };
    const file = formatTlogProof(proof);
    const [one, two, three] = golden.CONSISTENCY_3_TO_5.slice(1);
    expect(file).toBe(
      `c2sp.org/tlog-proof@v1\nindex 2\n${one}\n${two}\n${three}\n\n${golden.COSIGNED}`,
    );
    expect(parseTlogProof(file)).toEqual(proof);
    const opened = await verifyTlogProof(proof, hashAt(2), parsePolicy(golden.POLICY));
    expect(opened.checkpoint.size).toBe(5);
    expect(opened.cosignatures).toEqual([
      { key: golden.witnessSigner.key, timestampS: golden.WITNESS_TIME_S },
    ]);
  });

  it('has no proof of another leaf, under another policy or without its witness', async () => {
    const proof = {
      index: 2,
      hashes: golden.CONSISTENCY_3_TO_5.slice(1).map(fromBase64),
      checkpoint: golden.COSIGNED,
    };
    const policy = parsePolicy(golden.POLICY);
    await expect(verifyTlogProof(proof, hashAt(1), policy)).rejects.toThrow('PROOF_WRONG');
    const moved = { ...proof, index: 3 };
    await expect(verifyTlogProof(moved, hashAt(2), policy)).rejects.toThrow('PROOF_WRONG');
    const alone = { ...proof, checkpoint: golden.CHECKPOINT };
    await expect(verifyTlogProof(alone, hashAt(2), policy)).rejects.toThrow('QUORUM_MISSED');
    const meta = parsePolicy(`log ${golden.META_VKEY}\nquorum none\n`);
    expect((await verifyTlogProof(proof, hashAt(2), meta)).checkpoint.size).toBe(5);
    const foreign = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
    const other = parsePolicy(`log ${foreign}\nquorum none\n`);
    await expect(verifyTlogProof(proof, hashAt(2), other)).rejects.toThrow('ORIGIN_UNKNOWN');
    const unsigned = { ...proof, checkpoint: `${golden.CHECKPOINT_TEXT}\n${golden.WITNESS_LINE}` };
    await expect(verifyTlogProof(unsigned, hashAt(2), policy)).rejects.toThrow('SIGNATURE_MISSING');
    const changed = { ...proof, checkpoint: golden.COSIGNED.replace('\n5\n', '\n6\n') };
    await expect(verifyTlogProof(changed, hashAt(2), policy)).rejects.toThrow('SIGNATURE_WRONG');
  });

  it('keeps its range between two batches', () => {
    const first = appendLeafHashes(emptyRange, hashes.slice(0, 3));
    expect(toHex(rootOf(appendLeafHashes(first, hashes.slice(3))))).toBe(golden.ROOT_5);
  });
});

function readNode({ level, index }: { level: number; index: number }): Uint8Array {
  return treeRoot(hashes.slice(index * 2 ** level, (index + 1) * 2 ** level));
}

function hashAt(index: number): Uint8Array {
  return hashes[index] ?? new Uint8Array(0);
}

function salt(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte);
}
