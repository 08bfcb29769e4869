import { createCipheriv, createDecipheriv, createHmac, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { RedactionError } from './errors.ts';

/**
 * The opaque id of a name: `p_` and the first 16 bytes of HMAC-SHA-256 under the tenant's `principal` key, in hex, of the
 * normalised name. Normalised = Unicode NFC, white space trimmed, lower-cased (in this order, without regard to locale), so that
 * `Alice@Example.com ` and `alice@example.com` are one person. From version 2 of the key on, the version stands behind the `p`: `p2_…`.
 */
export function principalId(key: Uint8Array, name: string, version = 1): string {
  const prefix = version === 1 ? 'p' : `p${version}`;
  return `${prefix}_${keyedHash(key, name.normalize('NFC').trim().toLowerCase())}`;
}

/** Whether a text is a principal id, of whatever key version. */
export function isPrincipalId(text: string): boolean {
  return /^p(?:[2-9]|[1-9]\d{1,4})?_[0-9a-f]{32}$/.test(text);
}

/** What is kept of a session id: `s_` and the keyed hash of exactly what was sent; ids that differ in case are different ids. */
export function sessionHash(key: Uint8Array, sessionId: string): string {
  return `s_${keyedHash(key, sessionId)}`;
}

/** What a directory entry says of a principal. */
export type DirectoryEntry = { readonly name: string; readonly key: string };

/** Whose entry it is: bound to the sealed bytes, so that an entry cannot be moved to another principal or tenant. */
export type DirectoryPlace = { readonly tenant: string; readonly principalId: string };

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * An entry encrypted with AES-256-GCM: version byte 1, nonce (12 bytes), ciphertext, tag (16). `key` is the tenant's `directory`
 * key; `nonce` must be random and is never to be used twice with one key.
 */
export function sealDirectoryEntry(
  key: Uint8Array,
  place: DirectoryPlace,
  entry: DirectoryEntry,
  nonce: Uint8Array,
): Buffer {
  const cipher = createCipheriv('aes-256-gcm', keyObjectOf(key), nonce);
  cipher.setAAD(placeBytes(place));
  const text = JSON.stringify({ name: entry.name, key: entry.key });
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), nonce, sealed, cipher.getAuthTag()]);
}

/** Throws `DIRECTORY_ENTRY_UNREADABLE` for anything but what {@link sealDirectoryEntry} made for this place under this key. */
export function openDirectoryEntry(
  key: Uint8Array,
  place: DirectoryPlace,
  sealed: Uint8Array,
): DirectoryEntry {
  try {
    if (sealed[0] !== VERSION) throw new Error('the version is not known');
    const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
    const options = { authTagLength: TAG_BYTES };
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, options);
    decipher.setAAD(placeBytes(place));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const body = sealed.subarray(1 + NONCE_BYTES, sealed.length - TAG_BYTES);
    const text = Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    return parseEntry(JSON.parse(text));
  } catch (cause) {
    throw new RedactionError('DIRECTORY_ENTRY_UNREADABLE', cause);
  }
}

function parseEntry(value: unknown): DirectoryEntry {
  if (typeof value === 'object' && value !== null && 'name' in value && 'key' in value) {
    const { name, key } = value;
    if (typeof name === 'string' && typeof key === 'string') return { name, key };
  }
  throw new Error('a field is missing');
}

function placeBytes({ tenant, principalId }: DirectoryPlace): Buffer {
  return Buffer.from(`${tenant}/${principalId}`, 'utf8');
}

function keyedHash(key: Uint8Array, text: string): string {
  return createHmac('sha256', keyObjectOf(key)).update(text, 'utf8').digest('hex').slice(0, 32);
}

const keyObjects = new WeakMap<Uint8Array, KeyObject>();

// Node makes a key object of a plain key at each use, which costs several times what the hash does.
function keyObjectOf(key: Uint8Array): KeyObject {
  const known = keyObjects.get(key);
  if (known !== undefined) return known;
  const made = createSecretKey(key);
  keyObjects.set(key, made);
  return made;
}
