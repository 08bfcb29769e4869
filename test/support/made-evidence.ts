import { createHash, createHmac } from 'node:crypto';
import { canonicalJson } from '../../integrity/canonical-json.ts';
import type { JsonValue } from '../../integrity/canonical-json.ts';
import { formatCheckpoint } from '../../integrity/checkpoint.ts';
import { appendLeafHashes, emptyRange, treeRoot } from '../../integrity/compact-range.ts';
import type { DisclosedField } from '../../integrity/disclosure.ts';
import { leafHash } from '../../integrity/merkle.ts';
import { addSignatures } from '../../integrity/note.ts';
import { formatRangeHeader, formatRangeLeaf } from '../../integrity/range-file.ts';
import type { RangeLeaf } from '../../integrity/range-file.ts';
import { formatRecordProof } from '../../integrity/record-proof.ts';
import { cosign, signNote } from '../../integrity/sign-note.ts';
import { seedSigner } from '../../integrity/signer-key.ts';
import { formatTlogProof } from '../../integrity/tlog-proof.ts';
import type { TlogProof } from '../../integrity/tlog-proof.ts';
import { makeInclusionProof } from '../../integrity/tree-proof.ts';
import { formatVerifierKey } from '../../integrity/verifier-key.ts';

/*
 * A deployment's logs as the ledger seals them: leaves of version 2, one key for all logs, a meta log over their checkpoints, a witness.
 */

export const DEPLOYMENT = 'waybill-test';
export const META_ORIGIN = `${DEPLOYMENT}/meta/e0`;
const logSeed = createHash('sha256').update('log key').digest();
const witness = seedSigner('witness.example/w1', 'cosignature', new Uint8Array(32).fill(7));
export const WITNESS_TIME_S = 1_795_219_200;

/** Believes the deployment, and wants its witness. */
export const EVIDENCE_POLICY = `log ${formatVerifierKey(signerOf(META_ORIGIN).key)}\nwitness w1 ${formatVerifierKey(witness.key)}\nquorum w1\n`;

/** The values of one record's payload, of which its leaf holds commitments. */
export type Values = Readonly<Record<string, string>>;

export type MadeLog = {
  readonly origin: string;
  readonly leaves: readonly string[];
  readonly hashes: readonly Uint8Array[];
  readonly fields: readonly (readonly DisclosedField[])[];
};

/** Adds one leaf after the other to a log; streams number and chain themselves. */
export class LogMaker {
  readonly #log: string;
  readonly #leaves: string[] = [];
  readonly #fields: (readonly DisclosedField[])[] = [];
  readonly #streams = new Map<string, { seq: number; prev: string }>();

  constructor(log: string) {
    this.#log = log;
  }

  record(tenant: string, values: Values = {}): this {
    const recordId = `rec-${this.#leaves.length}`;
    const fields = Object.entries(values).map(([name, value]) => fieldOf(recordId, name, value));
    const payload = fields.map(({ name, salt, value }) => ({
      bytes: value.length,
      commit: commitmentOf(name, salt, value),
      mediaType: 'application/json',
      name,
    }));
    this.#fields.push(fields);
    return this.#add(tenant, { kind: 'call', recordId, payload });
  }

  control(tenant: string, type: string, body: JsonValue, isWhole = true): this {
    const text = canonicalJson(body);
    const bodyDigest = createHash('sha256').update(text).digest('hex');
    this.#fields.push([]);
    const event = isWhole ? { type, body: text, bodyDigest } : { type, bodyDigest };
    return this.#add(tenant, { kind: 'control', event });
  }

  made(): MadeLog {
    const hashes = this.#leaves.map((leaf) => leafHash(Buffer.from(leaf)));
    const origin = `${DEPLOYMENT}/log/${this.#log}`;
    return { origin, leaves: this.#leaves, hashes, fields: this.#fields };
  }

  #add(tenant: string, members: Record<string, JsonValue>): this {
    const index = this.#leaves.length;
    const stream = this.#streams.get(tenant);
    const place = { log: this.#log, index, offset: index * 2, seq: stream?.seq ?? 0 };
    const prev = stream === undefined ? {} : { prev: stream.prev };
    const leaf = canonicalJson({ ...place, ...prev, ...members, tenant, v: 2 });
    this.#leaves.push(leaf);
    const hash = Buffer.from(leafHash(Buffer.from(leaf))).toString('hex');
    this.#streams.set(tenant, { seq: place.seq + 1, prev: hash });
    return this;
  }
}

/** HMAC-SHA-256(salt, name ‖ 0x00 ‖ value), by the platform. */
export function commitmentOf(name: string, salt: Uint8Array, value: Uint8Array): string {
  return createHmac('sha256', salt).update(`${name}\0`).update(value).digest('base64url');
}

export function fieldOf(recordId: string, name: string, value: string): DisclosedField {
  const salt = createHash('sha256').update(`${recordId} ${name}`).digest();
  return { name, salt: Uint8Array.from(salt), value: Uint8Array.from(Buffer.from(value)) };
}

/** The log's signed checkpoint at a size. */
export async function checkpointOf({ origin, hashes }: MadeLog, size = hashes.length) {
  return signedHead(origin, hashes.slice(0, size));
}

/** The checkpoint in the meta log, behind another log's, cosigned. */
export async function metaProofOf(checkpoint: string): Promise<TlogProof> {
  const other = await signedHead(`${DEPLOYMENT}/log/records/p9/e0`, []);
  const hashes = [other, checkpoint].map((note) => leafHash(Buffer.from(note)));
  const signed = await signedHead(META_ORIGIN, hashes);
  const text = signed.slice(0, signed.indexOf('\n\n') + 1);
  const line = await cosign(text, WITNESS_TIME_S, witness);
  return proofOf(1, hashes, addSignatures(signed, [line]));
}

/** The whole proof of a leaf, as a file. */
export async function recordProofOf(log: MadeLog, index: number): Promise<string> {
  const checkpoint = await checkpointOf(log);
  const meta = await metaProofOf(checkpoint);
  return formatRecordProof({ log: proofOf(index, log.hashes, checkpoint), meta });
}

/** The lines of a range from `first` to `size`; `edit` may change or withhold a line. */
export async function rangeOf(
  log: MadeLog,
  first = 0,
  size = log.hashes.length,
  edit: (line: RangeLeaf) => RangeLeaf | undefined = (line) => line,
): Promise<readonly string[]> {
  const checkpoint = await checkpointOf(log, size);
  const meta = formatTlogProof(await metaProofOf(checkpoint));
  const before = appendLeafHashes(emptyRange, log.hashes.slice(0, first));
  const lines = log.hashes.slice(first, size).flatMap((hash, at) => {
    const index = first + at;
    const line = edit({
      index,
      hash,
      leaf: log.leaves[index] ?? '',
      fields: log.fields[index] ?? [],
    });
    return line ? [formatRangeLeaf(line)] : [];
  });
  return [formatRangeHeader({ before, checkpoint, meta }), ...lines];
}

/** Lines as they come from a file. */
export async function* asLines(lines: readonly string[]): AsyncGenerator<string> {
  yield* await Promise.resolve(lines);
}

function proofOf(index: number, hashes: readonly Uint8Array[], checkpoint: string): TlogProof {
  const read = ({ level, index: at }: { level: number; index: number }) =>
    treeRoot(hashes.slice(at * 2 ** level, (at + 1) * 2 ** level));
  return { index, hashes: makeInclusionProof(index, hashes.length, read), checkpoint };
}

async function signedHead(origin: string, hashes: readonly Uint8Array[]): Promise<string> {
  const head = { origin, size: hashes.length, root: treeRoot(hashes) };
  return signNote(formatCheckpoint(head), [signerOf(origin)]);
}

function signerOf(origin: string) {
  return seedSigner(origin, 'ed25519', logSeed);
}
