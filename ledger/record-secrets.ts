import { openPayload } from '../key-store/seal-payload.ts';
import { blindOf, commitmentOf, saltOf } from '../key-store/trace-secrets.ts';
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

/**
 * The secrets of a record as its message tells it: `blind` of its headers where the payload is encrypted, undefined where it lies there as it is (written by an
 * earlier version). What goes into the leaf then comes of the message alone, so that the same leaf is made again when the trace's key is gone; of the key
 * come only the values and salts that are kept beside it. Null for a key that was destroyed.
 */
export function recordSecrets(
  traceKey: Uint8Array | null,
  record: Pick<AuditRecord, 'recordId' | 'payload'>,
  blind?: string,
): RecordSecrets {
  return blind === undefined
    ? secretsOfPlain(traceKey, record)
    : secretsOfSealed(traceKey, record, blind);
}

function secretsOfPlain(
  traceKey: Uint8Array | null,
  { recordId, payload }: Pick<AuditRecord, 'recordId' | 'payload'>,
): RecordSecrets {
  const seal = (name: string, value: Uint8Array): SealedValue => {
    if (traceKey === null) return { name, value, salt: null, commitment: null };
    const salt = saltOf(traceKey, recordId, name);
    return { name, value, salt, commitment: commitmentOf(salt, name, value) };
  };
  return {
    blind: traceKey && blindOf(traceKey, recordId),
    fields: payload.map(({ name, value }) => seal(name, value)),
    seal,
  };
}

function secretsOfSealed(
  traceKey: Uint8Array | null,
  { recordId, payload }: Pick<AuditRecord, 'recordId' | 'payload'>,
  blind: string,
): RecordSecrets {
  const opened = traceKey === null ? undefined : openPayload(payload, recordId, traceKey);
  const fields = payload.map(({ name, digest }, at): SealedValue => {
    const { value = NOTHING, salt = null } = opened?.[at] ?? {};
    return { name, value, salt, commitment: told(digest) };
  });
  // What is committed to here is the leaf itself, which stays when the payload goes: its salt comes of what stays.
  const own = Buffer.from(blind, 'base64url');
  const seal = (name: string, value: Uint8Array): SealedValue => {
    const salt = saltOf(own, recordId, name);
    return { name, value, salt, commitment: commitmentOf(salt, name, value) };
  };
  return { blind: told(blind), fields, seal };
}

const NOTHING = new Uint8Array(0);

function told(text: string): string | null {
  return text === '' ? null : text;
}
