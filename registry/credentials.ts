import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TrustClass } from '../schemas/record-types.ts';

/**
 * What a bearer key may do. A producer key fixes tenant, producer and trust class of whatever it sends; a reader key fixes tenant
 * and role of whatever it asks. Only the key's SHA-256 is kept: the key has 256 random bits, so a plain hash is enough.
 */
export type Credential = ProducerCredential | ReaderCredential;

type CredentialBase = {
  /** Public name of the key, safe to log. */
  readonly keyId: string;
  readonly sha256: string;
  readonly tenant: string;
  /** ISO 8601 in UTC; from then on the key is refused. Without it the key holds until it is taken out. */
  readonly expiresAt?: string;
};

export type ProducerCredential = CredentialBase & {
  readonly use: 'producer';
  readonly producer: string;
  readonly trust: TrustClass;
};

export type ReaderRole = 'auditor' | 'finops' | 'operator';

export type ReaderCredential = CredentialBase & {
  readonly use: 'reader';
  readonly role: ReaderRole;
};

export type NewKey = {
  readonly key: string;
  readonly credential: Pick<CredentialBase, 'keyId' | 'sha256'>;
};

/** A new random key: `wb_` + 43 base64url characters. The key itself goes to a file of mode 0600 and nowhere else. */
export function createKey(name: string): NewKey {
  const key = `wb_${randomBytes(32).toString('base64url')}`;
  return { key, credential: { keyId: name, sha256: hashKey(key) } };
}

/**
 * The credential of an `Authorization` header's value, or undefined where there is none or it has ended. Takes the same time for every key
 * of one length.
 */
export function authenticate(
  credentials: readonly Credential[],
  authorization: string | undefined,
  nowMs: number,
): Credential | undefined {
  const match = /^Bearer ([\x21-\x7e]{1,256})$/i.exec(authorization ?? '');
  if (!match?.[1]) return undefined;
  const presented = Buffer.from(hashKey(match[1]), 'hex');
  let found: Credential | undefined;
  for (const credential of credentials) {
    if (timingSafeEqual(Buffer.from(credential.sha256, 'hex'), presented)) found = credential;
  }
  return found && !isExpired(found, nowMs) ? found : undefined;
}

export function isExpired({ expiresAt }: Credential, nowMs: number): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= nowMs;
}

function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
