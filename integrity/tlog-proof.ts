import { fromBase64, readDecimal, toBase64 } from './bytes.ts';
import { IntegrityError } from './errors.ts';
import { HASH_BYTES } from './merkle.ts';
import { NOTE_LENGTH_MAX } from './note.ts';

/** Hashes of one proof: a tree of 2^63 leaves has no longer one. */
export const PROOF_HASHES_MAX = 63;
/** Bytes of the `extra` line, in base64 digits. */
const EXTRA_LENGTH_MAX = 1024 * 1024;

/** That a leaf is number `index` of the tree of a checkpoint. Source: C2SP tlog-proof. */
export type TlogProof = {
  /** Data that nothing authenticates. */
  readonly extra?: Uint8Array;
  readonly index: number;
  /** 32 bytes each, the leaf's sibling first. */
  readonly hashes: readonly Uint8Array[];
  /** The signed checkpoint, byte for byte, with all its signatures. */
  readonly checkpoint: string;
};

/** The first line of every proof. */
export const TLOG_PROOF_HEADER = 'c2sp.org/tlog-proof@v1';
/** The longest proof that is read, in UTF-16 code units. */
export const PROOF_LENGTH_MAX = NOTE_LENGTH_MAX + EXTRA_LENGTH_MAX;

/** The file `.tlog-proof`. */
export function formatTlogProof({ extra, index, hashes, checkpoint }: TlogProof): string {
  const lines = [
    TLOG_PROOF_HEADER,
    ...(extra ? [`extra ${toBase64(extra)}`] : []),
    `index ${index}`,
    ...hashes.map(toBase64),
    '',
  ];
  return `${lines.join('\n')}\n${checkpoint}`;
}

/** Reads a proof; PROOF_MALFORMED where it is none. The checkpoint in it is not yet read: `openCheckpoint` does. */
export function parseTlogProof(text: string): TlogProof {
  if (text.length > PROOF_LENGTH_MAX) throw malformed('it is too long');
  const blank = text.indexOf('\n\n');
  if (blank < 0) throw malformed('no blank line parts proof and checkpoint');
  const [header, ...lines] = text.slice(0, blank).split('\n');
  if (header !== TLOG_PROOF_HEADER) throw malformed(`its first line is not ${TLOG_PROOF_HEADER}`);
  const extra = lines[0]?.startsWith('extra ') ? lines.shift()?.slice('extra '.length) : undefined;
  const [indexLine = '', ...hashLines] = lines;
  const index = indexLine.startsWith('index ') ? readDecimal(indexLine.slice(6)) : undefined;
  if (index === undefined) throw malformed('it has no index, or one that is not decimal');
  if (hashLines.length > PROOF_HASHES_MAX) throw malformed('it has too many hashes');
  const proof = { index, hashes: hashLines.map(readHash), checkpoint: text.slice(blank + 2) };
  return extra === undefined ? proof : { extra: decode(extra), ...proof };
}

/** A line of base64 that is one hash. */
export function readHash(line: string): Uint8Array {
  const hash = decode(line);
  if (hash.length !== HASH_BYTES) throw malformed('a hash has not 32 bytes');
  return hash;
}

function decode(base64: string): Uint8Array {
  try {
    return fromBase64(base64);
  } catch {
    throw malformed('a line is not base64');
  }
}

function malformed(why: string): IntegrityError {
  return new IntegrityError('PROOF_MALFORMED', why);
}
