import type { webcrypto } from 'node:crypto';
import { concatBytes } from './bytes.ts';
import { sha256 } from './sha256.ts';

/*
 * What a browser is served in the place of `primitives.ts`: the same exports. Hashes are computed here, for a tree's are wanted at once; signatures are
 * verified by WebCrypto, which answers later.
 */

export { sha256 };

/** HMAC-SHA-256 (RFC 2104), 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  const block = new Uint8Array(64);
  block.set(key.length > block.length ? sha256(key) : key);
  const inner = sha256(
    concatBytes(
      block.map((byte) => byte ^ 0x36),
      message,
    ),
  );
  return sha256(
    concatBytes(
      block.map((byte) => byte ^ 0x5c),
      inner,
    ),
  );
}

/** See `primitives.ts`. A browser that knows no Ed25519 throws a `NotSupportedError`: it cannot tell, which is not false. */
export async function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const { subtle } = globalThis.crypto;
  const key = await importKey(publicKey);
  if (key === undefined) return false;
  return subtle.verify('Ed25519', key, Uint8Array.from(signature), Uint8Array.from(message));
}

async function importKey(publicKey: Uint8Array): Promise<webcrypto.CryptoKey | undefined> {
  const bytes = Uint8Array.from(publicKey);
  try {
    return await globalThis.crypto.subtle.importKey('raw', bytes, 'Ed25519', false, ['verify']);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'DataError') return undefined;
    throw error;
  }
}
