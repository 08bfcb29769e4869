import { concatBytes, fromBase64, toBase64, toHex, utf8 } from './bytes.ts';
import { IntegrityError } from './errors.ts';
import { sha256 } from './primitives.ts';

/** What a key signs: a note's text with Ed25519, or the same as a cosignature with its time. Source: C2SP signed-note, tlog-cosignature. */
export type KeyUse = 'ed25519' | 'cosignature';

/** A public key that a note may be signed with. Its name and id together say which of a note's signatures is its. */
export type VerifierKey = {
  readonly name: string;
  /** 8 hexadecimal digits: the first 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key). */
  readonly keyId: string;
  readonly use: KeyUse;
  /** 32 bytes, RFC 8032. */
  readonly publicKey: Uint8Array;
};

export const KEY_TYPES = { ed25519: 0x01, cosignature: 0x04 } as const;

/** The key with its id. KEY_MALFORMED for a name that no note could carry, or a public key that is not 32 bytes. */
export function verifierKey(name: string, use: KeyUse, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw malformed('its name is empty or has a space or plus sign');
  if (publicKey.length !== 32) throw malformed('an Ed25519 key has 32 bytes');
  return { name, keyId: keyIdOf(name, use, publicKey), use, publicKey };
}

/** `<name>+<key id>+<base64(type ‖ public key)>`. */
export function formatVerifierKey({ name, keyId, use, publicKey }: VerifierKey): string {
  const material = concatBytes(Uint8Array.of(KEY_TYPES[use]), publicKey);
  return `${name}+${keyId}+${toBase64(material)}`;
}

/** Reads a key; KEY_MALFORMED where it is not one, its id is not that of its name and key, or its type is not known here. */
export function parseVerifierKey(text: string): VerifierKey {
  const [name, keyId, material] = partsOf(text);
  const [type, ...publicKey] = decode(material);
  const key = verifierKey(name, useOf(type), Uint8Array.from(publicKey));
  if (key.keyId !== keyId) throw malformed('its id is not that of its name and public key');
  return key;
}

/** Name, id and material; the last is base64 and may have plus signs of its own. */
export function partsOf(text: string): readonly [string, string, string] {
  const first = text.indexOf('+');
  const second = first < 0 ? -1 : text.indexOf('+', first + 1);
  if (second < 0) throw malformed('it has not three parts between plus signs');
  return [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)];
}

/** Whether a note can carry the name: not empty, no Unicode space, no plus sign, no control character. */
export function isKeyName(name: string): boolean {
  return /^[^\s\u0085\ufeff+\p{Cc}\p{Cs}]+$/u.test(name);
}

export function keyIdOf(name: string, use: KeyUse, publicKey: Uint8Array): string {
  const type = Uint8Array.of(0x0a, KEY_TYPES[use]);
  return toHex(sha256(concatBytes(utf8(name), type, publicKey)).subarray(0, 4));
}

export function useOf(type: number | undefined): KeyUse {
  if (type === KEY_TYPES.ed25519) return 'ed25519';
  if (type === KEY_TYPES.cosignature) return 'cosignature';
  throw malformed(`its type ${type ?? '(none)'} is neither 1 (Ed25519) nor 4 (cosignature)`);
}

function decode(base64: string): Uint8Array {
  try {
    return fromBase64(base64);
  } catch {
    throw malformed('its last part is not base64');
  }
}

function malformed(why: string): IntegrityError {
  return new IntegrityError('KEY_MALFORMED', why);
}
