import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SealedPosition } from './sealed-position.ts';

/** Where a list goes on, and as of what. */
export type ListCursor = {
  readonly position: SealedPosition;
  readonly fromUs: number;
  readonly toUs: number;
  /** The last row given: the next page begins after it. */
  readonly timeUs: number;
  readonly callId: string;
};

/** What a token is bound to besides the tenant's key: another tenant, route or filter cannot open it. */
export type TokenBinding = {
  readonly purpose: 'cursor' | 'asOf';
  readonly tenant: string;
  /** Canonical text of what must not change between the pages. */
  readonly filters: string;
};

/**
 * An opaque token: base64url of nonce, AES-256-GCM ciphertext, tag. Encrypted because the sizes of the logs are those of all tenants
 * together; padded so that its length does not tell them either.
 */
export function sealToken(key: Uint8Array, binding: TokenBinding, value: unknown): string {
  const text = JSON.stringify(value);
  const bytes = Buffer.from(text.padEnd(Math.ceil((text.length + 1) / PAD_BYTES) * PAD_BYTES));
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additional(binding));
  const sealed = [nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(sealed).toString('base64url');
}

/** The value, or undefined when the token is foreign, altered, or bound to something else. */
export function openToken(key: Uint8Array, binding: TokenBinding, token: string): unknown {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== token)
    return undefined;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(bytes.length - TAG_BYTES);
  const sealed = bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES);
  const cipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  try {
    cipher.setAAD(additional(binding)).setAuthTag(tag);
    return JSON.parse(Buffer.concat([cipher.update(sealed), cipher.final()]).toString());
  } catch {
    return undefined;
  }
}

export const TOKEN_LENGTH_MAX = 4096;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PAD_BYTES = 256;

function additional({ purpose, tenant, filters }: TokenBinding): Buffer {
  return Buffer.from(JSON.stringify(['waybill.token.v1', purpose, tenant, filters]));
}
