import { fromBase64, toBase64 } from './bytes.ts';
import { readRange } from './compact-range.ts';
import type { CompactRange } from './compact-range.ts';
import { readDisclosedField, writeDisclosedField } from './disclosure.ts';
import type { DisclosedField } from './disclosure.ts';
import { IntegrityError } from './errors.ts';
import { parseJsonObject } from './json.ts';
import { HASH_BYTES } from './merkle.ts';

/** The longest line that is read, in UTF-16 code units: a leaf and its opened payloads. */
export const RANGE_LINE_LENGTH_MAX = 4 * 1024 * 1024;

const FORMAT = 'waybill-range@v1';

/** The first line of an exported range of a log: leaves `before.size` to the size of the checkpoint. */
export type RangeHeader = {
  /** The tree in front of the first leaf: with the leaves, it gives the root of the checkpoint. */
  readonly before: CompactRange;
  /** The signed checkpoint at the end of the range, byte for byte. */
  readonly checkpoint: string;
  /** The `.tlog-proof` of that checkpoint in the meta log, where there is one. */
  readonly meta?: string;
};

/** A further line: one leaf. */
export type RangeLeaf = {
  readonly index: number;
  /** 32 bytes. */
  readonly hash: Uint8Array;
  /** Left out where the reader may not see it (another tenant's): its hash still counts. */
  readonly leaf?: string;
  /** The body of a control event of which the leaf has only the digest. */
  readonly body?: string;
  /** There where payloads are exported: all that are kept of this leaf. */
  readonly fields?: readonly DisclosedField[];
};

/** The first line, without its line end. */
export function formatRangeHeader({ before, checkpoint, meta }: RangeHeader): string {
  const { size, hashes } = before;
  return JSON.stringify({
    format: FORMAT,
    first: size,
    before: hashes.map(toBase64),
    checkpoint,
    meta,
  });
}

/** A leaf's line, without its line end. */
export function formatRangeLeaf({ index, hash, leaf, body, fields }: RangeLeaf): string {
  const opened = fields?.map(writeDisclosedField);
  return JSON.stringify({ index, hash: toBase64(hash), leaf, body, fields: opened });
}

/** RANGE_MALFORMED where it is no such line. The checkpoint is not read yet. */
export function parseRangeHeader(line: string): RangeHeader {
  const { format, first, before, checkpoint, meta } = parseJsonObject(bounded(line), malformed);
  if (format !== FORMAT) throw malformed(`its first line does not say ${FORMAT}`);
  if (typeof first !== 'number' || !Array.isArray(before)) throw malformed('it has no beginning');
  if (typeof checkpoint !== 'string') throw malformed('it has no checkpoint');
  const header = { before: readRange(first, before.map(readHash)), checkpoint };
  if (meta === undefined) return header;
  if (typeof meta !== 'string') throw malformed('the proof of its checkpoint is no text');
  return { ...header, meta };
}

/** RANGE_MALFORMED where it is no such line. That the hash is the leaf's is the verifier's to say. */
export function parseRangeLeaf(line: string): RangeLeaf {
  const { index, hash, leaf, body, fields } = parseJsonObject(bounded(line), malformed);
  if (typeof index !== 'number' || !Number.isSafeInteger(index))
    throw malformed('a leaf has no index');
  if (leaf !== undefined && typeof leaf !== 'string') throw malformed('a leaf is no text');
  if (body !== undefined && typeof body !== 'string') throw malformed('a body is no text');
  if (fields !== undefined && !Array.isArray(fields)) throw malformed('fields are no list');
  return {
    index,
    hash: readHash(hash),
    ...(leaf === undefined ? {} : { leaf }),
    ...(body === undefined ? {} : { body }),
    ...(fields === undefined ? {} : { fields: fields.map((one) => readDisclosedField(one)) }),
  };
}

function readHash(base64: unknown): Uint8Array {
  const hash = typeof base64 === 'string' ? fromBase64(base64) : undefined;
  if (hash?.length !== HASH_BYTES) throw malformed('a hash has not 32 bytes');
  return hash;
}

function bounded(line: string): string {
  if (line.length > RANGE_LINE_LENGTH_MAX) throw malformed('a line is too long');
  return line;
}

function malformed(why: string): IntegrityError {
  return new IntegrityError('RANGE_MALFORMED', why);
}
