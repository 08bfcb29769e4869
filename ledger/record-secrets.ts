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
    const salt = hmac(traceKey, text(`salt\0${recordId}\0${name}`));
    return { name, value, salt, commitment: commitmentOf(salt, name, value) };
  };
  const blind = traceKey && hmac(traceKey, text(`blind\0${recordId}`));
  return {
    blind: blind && blind.toString('base64url', 0, BLIND_BYTES),
    fields: payload.map(({ name, value }) => seal(name, value)),
    seal,
  };
}

/** What a leaf says of a value: see {@link SealedValue}. A name has no NUL. */
export function commitmentOf(salt: Uint8Array, name: string, value: Uint8Array): string {
  return hmac(salt, text(`${name}\0`), value).toString('base64url');
}

const BLIND_BYTES = 16;
const BLOCK_BYTES = 64;

/**
 * HMAC-SHA-256 of a key of at most 64 bytes. Source: RFC 2104. Two calls of `hash` cost a sixth of an `Hmac` object, and there are five a record.
 */
function hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, BLOCK_BYTES);
  const inner = length <= scratch.length ? scratch.subarray(0, length) : Buffer.alloc(length);
  for (let at = 0; at < BLOCK_BYTES; at += 1) {
    const byte = key[at] ?? 0;
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  let at = BLOCK_BYTES;
  for (const part of parts) {
    inner.set(part, at);
    at += part.length;
  }
  outer.set(hash('sha256', inner, 'buffer'), BLOCK_BYTES);
  return hash('sha256', outer, 'buffer');
}

const scratch = Buffer.allocUnsafeSlow(128 * 1024);
const outer = Buffer.allocUnsafeSlow(BLOCK_BYTES + 32);

function text(value: string): Buffer {
  return Buffer.from(value, 'utf8');
}
