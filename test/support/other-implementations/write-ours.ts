import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toBase64 } from '../../../integrity/bytes.ts';
import { formatCheckpoint } from '../../../integrity/checkpoint.ts';
import { appendLeafHashes, emptyRange, rootOf } from '../../../integrity/compact-range.ts';
import { leafHash } from '../../../integrity/merkle.ts';
import { addSignatures } from '../../../integrity/note.ts';
import { cosign, signNote } from '../../../integrity/sign-note.ts';
import { seedSigner } from '../../../integrity/signer-key.ts';
import { tilePath, tilesOf } from '../../../integrity/tile.ts';
import { formatTlogProof } from '../../../integrity/tlog-proof.ts';
import { makeConsistencyProof, makeInclusionProof } from '../../../integrity/tree-proof.ts';
import type { TreeNode } from '../../../integrity/tree-proof.ts';
import { formatVerifierKey } from '../../../integrity/verifier-key.ts';

/*
 * What this repository makes of the logs that `main.go` makes too, for the libraries of others to verify. Run by itself it prints the JSON that
 * `go run . check` reads.
 */

/** What `main.go` writes and reads. */
export type GoGolden = {
  readonly trees: readonly GoTree[];
  readonly tiles: readonly {
    readonly level: number;
    readonly index: number;
    readonly width: number;
    readonly path: string;
    readonly sha256?: string;
  }[];
  readonly signed: {
    readonly logVkey: string;
    readonly witnessVkey: string;
    readonly leaf: string;
    readonly checkpoint: string;
    readonly proof: string;
  };
};

type GoTree = {
  readonly size: number;
  readonly root: string;
  readonly inclusion: readonly { readonly index: number; readonly hashes: readonly string[] }[];
  readonly consistency: readonly { readonly oldSize: number; readonly hashes: readonly string[] }[];
};

const SIZES = [1, 2, 5, 8, 13, 255, 256, 257, 1_000];
const WITNESS_TIME_S = 1_795_219_200;

/** The logs with leaves `leaf 0`, `leaf 1`, …, their proofs, tiles and signatures. */
export async function makeOurs(): Promise<GoGolden> {
  const nodes = new Map<string, Uint8Array>();
  const leaves = Array.from({ length: 1_000 }, (_, index) =>
    leafHash(Buffer.from(`leaf ${index}`)),
  );
  const ranges = [emptyRange];
  for (const leaf of leaves) {
    const grown = appendLeafHashes(ranges.at(-1) ?? emptyRange, [leaf], (level, index, hash) => {
      nodes.set(`${level} ${index}`, hash);
    });
    ranges.push(grown);
  }
  const read = ({ level, index }: TreeNode) => nodes.get(`${level} ${index}`) ?? new Uint8Array(0);
  const rootAt = (size: number) => rootOf(ranges[size] ?? emptyRange);
  return {
    trees: SIZES.map((size) => treeOf(size, rootAt(size), read)),
    tiles: [1, 257, 70_000].flatMap((size) =>
      tilesOf(size)
        .filter(({ index, width }) => index % 37 === 0 || width < 256)
        .map((tile) => ({ ...tile, path: tilePath(tile) })),
    ),
    signed: await signedOf(rootAt(1_000), makeInclusionProof(77, 1_000, read)),
  };
}

function treeOf(size: number, root: Uint8Array, read: (node: TreeNode) => Uint8Array): GoTree {
  const indexes = [...new Set([0, Math.floor(size / 2), size - 1])];
  return {
    size,
    root: toBase64(root),
    inclusion: indexes.map((index) => ({
      index,
      hashes: makeInclusionProof(index, size, read).map(toBase64),
    })),
    consistency: indexes.map((index) => ({
      oldSize: index + 1,
      hashes: makeConsistencyProof(index + 1, size, read).map(toBase64),
    })),
  };
}

async function signedOf(root: Uint8Array, hashes: readonly Uint8Array[]) {
  const log = seedSigner('other.example/log', 'ed25519', seedOf('our log'));
  const witness = seedSigner('witness.example/Zürich', 'cosignature', seedOf('our witness'));
  const text = formatCheckpoint({ origin: 'other.example/log', size: 1_000, root });
  const line = await cosign(text, WITNESS_TIME_S, witness);
  const checkpoint = addSignatures(await signNote(text, [log]), [line]);
  return {
    logVkey: formatVerifierKey(log.key),
    witnessVkey: formatVerifierKey(witness.key),
    leaf: 'leaf 77',
    checkpoint,
    proof: formatTlogProof({ index: 77, hashes, checkpoint }),
  };
}

function seedOf(word: string): Uint8Array {
  return createHash('sha256').update(word).digest();
}

/** A golden file of `test/golden/integrity`. */
export function readGoGolden(name: string): GoGolden {
  return JSON.parse(readFileSync(`test/golden/integrity/${name}`, 'utf8')) as GoGolden;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(await makeOurs(), undefined, 1));
}
