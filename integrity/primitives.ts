import { createHmac, createPublicKey, hash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/*
 * The only file of this room that knows where hashes and signatures are computed. A browser is served `primitives-web.ts` in its place,
 * which exports the same functions.
 */

/** SHA-256, 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  // A digest as a text, put into a buffer of the pool, costs half of one with memory of its own.
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
}

/** HMAC-SHA-256 (RFC 2104), 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(message).digest();
}

/**
 * Whether this is an Ed25519 signature (RFC 8032, 64 bytes) of the message by the public key (32 bytes). May answer later, for a
 * browser can only answer later. False for bytes that are no key or no signature.
 */
export function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean | Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    return verify(null, message, keyObjectOf(publicKey), signature);
  } catch {
    return false;
  }
}

// Reading a key costs as much as a third of a verification: it is kept as long as its bytes are.
const keyObjects = new WeakMap<Uint8Array, KeyObject>();

function keyObjectOf(publicKey: Uint8Array): KeyObject {
  const known = keyObjects.get(publicKey);
  if (known) return known;
  const x = Buffer.from(publicKey).toString('base64url');
  const made = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  keyObjects.set(publicKey, made);
  return made;
}
