import { concatBytes, toBase64, utf8 } from './bytes.ts';
import { hmacSha256 } from './primitives.ts';

/** Bytes of a salt. One length only: HMAC fills shorter keys up, so that two of different length could commit alike. */
export const SALT_BYTES = 32;

/**
 * What a leaf holds in place of a value: base64url, without padding, of HMAC-SHA-256(salt, name ‖ 0x00 ‖ value). Without the salt it tells
 * nothing of the value, however easily that is guessed; with both, anyone can check it. Throws a `RangeError` for another length of salt
 * or a name with a NUL.
 */
export function fieldCommitment(salt: Uint8Array, name: string, value: Uint8Array): string {
  if (salt.length !== SALT_BYTES) throw new RangeError(`a salt has ${SALT_BYTES} bytes`);
  if (name.includes('\0')) throw new RangeError('the name of a field has no NUL');
  const digest = hmacSha256(salt, concatBytes(utf8(`${name}\0`), value));
  return toBase64(digest).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
