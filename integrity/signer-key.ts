import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { concatBytes, fromBase64, toBase64 } from './bytes.ts';
import { IntegrityError } from './errors.ts';
import type { NoteSigner } from './sign-note.ts';
import { KEY_TYPES, partsOf, useOf, verifierKey } from './verifier-key.ts';
import type { KeyUse } from './verifier-key.ts';

const PREFIX = 'PRIVATE+KEY+';

/** A signer in this process, of an Ed25519 seed of 32 bytes (RFC 8032). */
export function seedSigner(name: string, use: KeyUse, seed: Uint8Array): NoteSigner {
  const privateKey = privateKeyOf(seed);
  return {
    key: verifierKey(name, use, publicKeyOf(privateKey)),
    sign: (message) => sign(null, message, privateKey),
  };
}

/**
 * `PRIVATE+KEY+<name>+<key id>+<base64(type ‖ seed)>`, as golang.org/x/mod/sumdb/note writes its keys. This text is the key: whoever reads
 * it signs in its name.
 */
export function formatSignerKey(name: string, use: KeyUse, seed: Uint8Array): string {
  const { keyId } = seedSigner(name, use, seed).key;
  const material = concatBytes(Uint8Array.of(KEY_TYPES[use]), seed);
  return `${PREFIX}${name}+${keyId}+${toBase64(material)}`;
}

/** Reads a private key; KEY_MALFORMED (which never repeats it) where it is none or its id is not that of its name and key. */
export function parseSignerKey(text: string): NoteSigner {
  if (!text.startsWith(PREFIX)) throw malformed(`it does not begin with ${PREFIX}`);
  const [name, keyId, material] = partsOf(text.slice(PREFIX.length));
  const [type, ...seed] = decode(material);
  if (seed.length !== 32) throw malformed('an Ed25519 seed has 32 bytes');
  const signer = seedSigner(name, useOf(type), Uint8Array.from(seed));
  if (signer.key.keyId !== keyId) throw malformed('its id is not that of its name and key');
  return signer;
}

/** PKCS #8 of an Ed25519 seed is this and the seed. Source: RFC 8410 §7. */
const PKCS8_PREFIX = Uint8Array.from([
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
]);

function privateKeyOf(seed: Uint8Array): KeyObject {
  if (seed.length !== 32) throw malformed('an Ed25519 seed has 32 bytes');
  const key = Buffer.from(concatBytes(PKCS8_PREFIX, seed));
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

/** The last 32 bytes of SubjectPublicKeyInfo. Source: RFC 8410 §4. */
function publicKeyOf(privateKey: KeyObject): Uint8Array {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return Uint8Array.from(spki.subarray(-32));
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
