import { hash } from 'node:crypto';

/**
 * What is derived of a home trace's key, so that the same record gets the same and all of it dies with the key. For records whose payload lies in the log as it is,
 * by HMAC-SHA-256(key, `<use>\0<record id>` …).
 */

/** 32 bytes that open the commitment to one field of a record. */
export function saltOf(traceKey: Uint8Array, recordId: string, field: string): Buffer {
  return Buffer.from(hmac(traceKey, `salt\0${recordId}\0${field}`, nothing, 'binary'), 'latin1');
}

/** 16 bytes that keep a leaf of few possible contents from being guessed by its hash, base64url. */
export function blindOf(traceKey: Uint8Array, recordId: string): string {
  const blind = hmac(traceKey, `blind\0${recordId}`, nothing, 'binary');
  return Buffer.from(blind.slice(0, BLIND_BYTES), 'latin1').toString('base64url');
}

/** What is secret of one record whose payload is encrypted. */
export type RecordMaterial = {
  /** 16 bytes that blind its leaf, base64url. */
  readonly blind: string;
  /** 32 bytes that its payload is encrypted under. */
  readonly payloadKey: Buffer;
  /** 32 bytes a field, in the fields' order: each opens one commitment. */
  readonly salts: readonly Buffer[];
};

/**
 * All of it at once: SHAKE256(trace key ‖ `waybill/record/v1` ‖ 0x00 ‖ record id), as long as is needed. The key's length is fixed, so that a sponge keyed in front
 * is a pseudorandom function; one call costs less than a single HMAC. Source: FIPS 202 §6.2.
 */
export function recordMaterial(
  traceKey: Uint8Array,
  recordId: string,
  fields: number,
): RecordMaterial {
  const outputLength = BLIND_BYTES + KEY_BYTES * (1 + fields);
  const input = Buffer.concat([traceKey, Buffer.from(`waybill/record/v1\0${recordId}`)]);
  const made = hash('shake256', input, { outputLength, outputEncoding: 'buffer' });
  const keyAt = (at: number): Buffer =>
    made.subarray(BLIND_BYTES + KEY_BYTES * at, BLIND_BYTES + KEY_BYTES * (at + 1));
  return {
    blind: made.toString('base64url', 0, BLIND_BYTES),
    payloadKey: keyAt(0),
    salts: Array.from({ length: fields }, (_, at) => keyAt(at + 1)),
  };
}

/** What a leaf says of a value: HMAC-SHA-256(salt, name ‖ 0x00 ‖ value), base64url without padding. A name has no NUL. */
export function commitmentOf(salt: Uint8Array, name: string, value: Uint8Array): string {
  return hmac(salt, `${name}\0`, value, 'base64url');
}

const KEY_BYTES = 32;
const nothing = new Uint8Array(0);
const BLIND_BYTES = 16;
const BLOCK_BYTES = 64;
const HASH_BYTES = 32;

/**
 * HMAC-SHA-256 of prefix ‖ value under a key of at most 64 bytes. Source: RFC 2104. Two calls of `hash` cost a sixth of an `Hmac` object, and a digest
 * as a text a third of one in a buffer of its own, which the garbage collector would have to follow: there are three HMACs a record.
 */
function hmac(
  key: Uint8Array,
  prefix: string,
  value: Uint8Array,
  encoding: 'binary' | 'base64url',
): string {
  const most = BLOCK_BYTES + 3 * prefix.length + value.length;
  const inner = most <= scratch.length ? scratch : Buffer.alloc(most);
  for (let at = 0; at < key.length; at += 1) {
    const byte = key[at] ?? 0;
    inner[at] = byte ^ INNER_PAD;
    outer[at] = byte ^ OUTER_PAD;
  }
  inner.fill(INNER_PAD, key.length, BLOCK_BYTES);
  outer.fill(OUTER_PAD, key.length, BLOCK_BYTES);
  const end = BLOCK_BYTES + inner.write(prefix, BLOCK_BYTES, 'utf8');
  inner.set(value, end);
  const digest = hash('sha256', inner.subarray(0, end + value.length), 'binary');
  outer.write(digest, BLOCK_BYTES, 'latin1');
  return hash('sha256', outer, encoding);
}

const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
const scratch = Buffer.allocUnsafeSlow(128 * 1024);
const outer = Buffer.allocUnsafeSlow(BLOCK_BYTES + HASH_BYTES);
