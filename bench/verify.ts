import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { formatCheckpoint } from '../integrity/checkpoint.ts';
import { appendLeafHashes, emptyRange, rootOf } from '../integrity/compact-range.ts';
import { leafHash } from '../integrity/merkle.ts';
import { formatRangeHeader, formatRangeLeaf } from '../integrity/range-file.ts';
import { formatRecordProof } from '../integrity/record-proof.ts';
import { cosign, signNote } from '../integrity/sign-note.ts';
import { addSignatures } from '../integrity/note.ts';
import { seedSigner } from '../integrity/signer-key.ts';
import type { TlogProof } from '../integrity/tlog-proof.ts';
import { makeInclusionProof } from '../integrity/tree-proof.ts';
import { formatVerifierKey } from '../integrity/verifier-key.ts';
import { exitCodeOf } from '../verifier/report.ts';
import { verifyExport } from '../verifier/verify-export.ts';
import { verifyRecord } from '../verifier/verify-record.ts';

/*
 * What offline verification costs: whole record proofs (leaf, log, meta log, a witness), and leaves of an exported range. One thread; CPU seconds beside the
 * clock's, for the machine may be shared.
 */

const { values } = parseArgs({
  options: {
    leaves: { type: 'string', default: '200000' },
    proofs: { type: 'string', default: '3000' },
    bytes: { type: 'string', default: '1200' },
  },
});
const leafCount = Number(values.leaves);
const proofCount = Number(values.proofs);

const logSigner = seedSigner('bench/log/records/p0/e0', 'ed25519', new Uint8Array(32).fill(1));
const metaSigner = seedSigner('bench/meta', 'ed25519', new Uint8Array(32).fill(1));
const witness = seedSigner('witness', 'cosignature', new Uint8Array(32).fill(2));
const policy = `log ${formatVerifierKey(metaSigner.key)}\nwitness w ${formatVerifierKey(witness.key)}\nquorum w\n`;

const padding = 'x'.repeat(Number(values.bytes));
const leaves: string[] = [];
const nodes = new Map<number, Uint8Array[]>();
let prev = '';
const range = appendLeafHashes(emptyRange, makeLeafHashes(), (level, index, hash) => {
  const row = nodes.get(level) ?? [];
  row[index] = hash;
  nodes.set(level, row);
});
const checkpoint = await signedHead(logSigner, leafCount, rootOf(range));
const meta = await metaProof(checkpoint);

await measureProofs();
await measureRange();

async function measureProofs(): Promise<void> {
  const files = Array.from({ length: proofCount }, (_, at) => {
    const index = Math.floor((at * leafCount) / proofCount);
    const log = proofOf(index, checkpoint);
    return {
      policy,
      proof: formatRecordProof({ log, meta }),
      leaf: Buffer.from(leaves[index] ?? ''),
    };
  });
  const bytes = files.reduce((sum, { proof }) => sum + proof.length, 0) / files.length;
  await measured(`record proofs of ${Math.round(bytes)} bytes`, proofCount, async () => {
    for (const file of files) mustHold(exitCodeOf(await verifyRecord(file)));
  });
}

async function measureRange(): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    yield formatRangeHeader({ before: emptyRange, checkpoint });
    for (let index = 0; index < leafCount; index += 1) {
      const leaf = leaves[index] ?? '';
      const hash = nodes.get(0)?.[index] ?? new Uint8Array(32);
      yield formatRangeLeaf({ index, hash, leaf });
    }
  }
  const made: string[] = [];
  for await (const line of lines()) made.push(line);
  async function* read(): AsyncGenerator<string> {
    yield* await Promise.resolve(made);
  }
  const trusting = `log ${formatVerifierKey(metaSigner.key)}\nquorum none\n`;
  await measured(`leaves of ${leaves[0]?.length ?? 0} bytes in a range`, leafCount, async () => {
    mustHold(exitCodeOf(await verifyExport({ policy: trusting, ranges: [read()] })));
  });
}

async function measured(what: string, count: number, run: () => Promise<void>): Promise<void> {
  await run();
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = (user + system) / 1e6;
  const rate = Math.round(count / seconds);
  const perCpu = Math.round(count / cpuSeconds);
  console.log(`${what}: ${rate}/s by the clock, ${perCpu} a CPU second (${count} verified)`);
}

function mustHold(code: number): void {
  if (code !== 0) throw new Error(`what was made here is not valid: ${code}`);
}

function* makeLeafHashes(): Generator<Uint8Array> {
  for (let index = 0; index < leafCount; index += 1) {
    const chained = prev === '' ? '' : `"prev":"${prev}",`;
    const leaf = `{"index":${index},"kind":"call","log":"records/p0/e0","offset":${index},${chained}"recordId":"${padding}","seq":${index},"tenant":"acme","v":2}`;
    leaves.push(leaf);
    prev = createHash('sha256').update('\0').update(leaf).digest('hex');
    yield leafHash(Buffer.from(leaf));
  }
}

function proofOf(index: number, signed: string): TlogProof {
  const hashes = makeInclusionProof(index, leafCount, ({ level, index: at }) => {
    return nodes.get(level)?.[at] ?? new Uint8Array(32);
  });
  return { index, hashes, checkpoint: signed };
}

async function metaProof(signed: string): Promise<TlogProof> {
  const others = Array.from({ length: 1023 }, (_, at) => leafHash(Buffer.from(`note ${at}`)));
  const hashes = [...others, leafHash(Buffer.from(signed))];
  const rows = new Map<string, Uint8Array>();
  const tree = appendLeafHashes(emptyRange, hashes, (level, index, hash) => {
    rows.set(`${level} ${index}`, hash);
  });
  const note = await signedHead(metaSigner, hashes.length, rootOf(tree));
  const line = await cosign(note.slice(0, note.indexOf('\n\n') + 1), 1_795_219_200, witness);
  const proof = makeInclusionProof(1023, 1024, ({ level, index }) => {
    return rows.get(`${level} ${index}`) ?? new Uint8Array(32);
  });
  return { index: 1023, hashes: proof, checkpoint: addSignatures(note, [line]) };
}

async function signedHead(
  signer: typeof logSigner,
  size: number,
  root: Uint8Array,
): Promise<string> {
  return signNote(formatCheckpoint({ origin: signer.key.name, size, root }), [signer]);
}
