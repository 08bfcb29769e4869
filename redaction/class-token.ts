import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { DataClass } from './data-classes.ts';

/** 96 bits in hex. */
const DIGEST_HEX_LENGTH = 24;

/** One version of a tenant's token key. */
export type TokenKey = { readonly version: number; readonly key: Uint8Array };

/**
 * What stands for a value: `[EMAIL:k1:<24 hex digits>]`, the class, the key's version and the first 96 bits of HMAC-SHA-256 over the
 * normalised value, under a key of the class (HKDF-SHA-256, RFC 5869, of the tenant's key, with the class as info). The same value gives
 * the same token however it is written; whoever looks for a person asks for the tokens under all versions.
 */
export function classToken(
  { version, key }: TokenKey,
  dataClass: DataClass,
  value: string,
): string {
  const digest = createHmac('sha256', classKey(key, dataClass))
    .update(normalised(dataClass, value), 'utf8')
    .digest('hex');
  return `[${dataClass.toUpperCase()}:k${version}:${digest.slice(0, DIGEST_HEX_LENGTH)}]`;
}

/** E-mail addresses, names and user names in lower case, numbers and ids without what parts their groups. */
export function normalised(dataClass: DataClass, value: string): string {
  const text = value
    .normalize('NFKC')
    .replace(/[\u00ad\u200b-\u200f\u2060\ufeff]/g, '')
    .trim()
    .toLowerCase();
  if (dataClass === 'email') return text.replace(/^mailto:/, '');
  if (dataClass === 'person') return text.replace(/[\s,.^]+/g, ' ').trim();
  if (dataClass === 'phone') {
    return text
      .replace(/(?:x|ext\.?).*$/, '')
      .replace(/[^\d]/g, '')
      .replace(/^00/, '');
  }
  if (spaced.has(dataClass)) return text.replace(/\s+/g, ' ');
  return text.replace(/[^\p{L}\p{N}]/gu, '');
}

const spaced: ReadonlySet<DataClass> = new Set<DataClass>(['username', 'ip', 'address']);

const classKeys = new WeakMap<Uint8Array, Map<DataClass, KeyObject>>();

// Deriving a key and making an object of it costs several times what the hash does.
function classKey(key: Uint8Array, dataClass: DataClass): KeyObject {
  const keys = classKeys.get(key) ?? new Map<DataClass, KeyObject>();
  classKeys.set(key, keys);
  const known = keys.get(dataClass);
  if (known !== undefined) return known;
  const derived = hkdfSync('sha256', key, '', `waybill token ${dataClass}`, 32);
  const made = createSecretKey(Buffer.from(derived));
  keys.set(dataClass, made);
  return made;
}
