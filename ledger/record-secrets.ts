import { hash } from 'node:crypto';
import type { AuditRecord } from '../schemas/record-types.ts';

/** A value that a leaf commits to, with what opens the commitment. The salt is kept beside the value and nowhere else, and dies with it. */
export type SealedValue = {
  readonly name: string;
  readonly value: Uint8Array;
  /** 32 bytes; null where the trace's key was destroyed: then nothing is committed to, and the value is not to be kept. */
  readonly salt: Uint8Array | null;
  /** HMAC-SHA-256(salt, name ‖ 0x00 ‖ value), base64url without padding. */
  readonly commitment: string | null;
};

/** What a leaf needs of its trace's key: the same key and record give the same. */
export type RecordSecrets = {
  /** 16 bytes that keep a leaf of few possible contents from being guessed by its hash, base64url; null without a key. */
  readonly blind: string | null;
  /** The record's payload fields, in their order. */
  readonly fields: readonly SealedValue[];
  readonly seal: (name: string, value: Uint8Array) => SealedValue;
};

/** The secrets of a record under the key of its home trace; null for a key that was destroyed. */
export function recordSecrets(
  traceKey: Uint8Array | null,
  { recordId, payload }: Pick<AuditRecord, 'recordId' | 'payload'>,
): RecordSecrets {
  const seal = (name: string, value: Uint8Array): SealedValue => {
    if (traceKey === null) return { name, value, salt: null, commitment: null };
    const salt = hmac(traceKey, `salt\0${recordId}\0${name}`, nothing, 'binary');
    const bytes = Buffer.from(salt, 'latin1');
    return { name, value, salt: bytes, commitment: commitmentOf(bytes, name, value) };
  };
  const blind = traceKey && hmac(traceKey, `blind\0${recordId}`, nothing, 'binary');
  return {
    blind: blind && Buffer.from(blind.slice(0, BLIND_BYTES), 'latin1').toString('base64url'),
    fields: payload.map(({ name, value }) => seal(name, value)),
    seal,
  };
}

/** What a leaf says of a value: see {@link SealedValue}. A name has no NUL. */
export function commitmentOf(salt: Uint8Array, name: string, value: Uint8Array): string {
  return hmac(salt, `${name}\0`, value, 'base64url');
}

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
