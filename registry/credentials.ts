import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TokenClient } from './client-tokens.ts';
import type { TrustClass } from '../schemas/record-types.ts';

/**
 * What somebody may do who proves to be this: by a bearer key, by a client certificate, or as a client of a token issuer. A producer key fixes tenant, producer and trust class of whatever it sends; a reader key fixes tenant
 * and role of whatever it asks. Only the key's SHA-256 is kept: the key has 256 random bits, so a plain hash is enough.
 */
export type Credential = ProducerCredential | ReaderCredential;

type CredentialBase = {
  /** Public name of the key, safe to log. */
  readonly keyId: string;
  readonly tenant: string;
  /** Of the bearer key, in hex. This or one of the next two is there. */
  readonly sha256?: string;
  /** A name in the certificate's subjectAltName as OpenSSL writes it, e.g. `URI:spiffe://acme/agents/billing`. */
  readonly certificate?: string;
  /** The client in access tokens of an issuer. */
  readonly client?: TokenClient;
  /** ISO 8601 in UTC; from then on the key is refused. Without it the key holds until it is taken out. */
  readonly expiresAt?: string;
};

export type ProducerCredential = CredentialBase & {
  readonly use: 'producer';
  readonly producer: string;
  readonly trust: TrustClass;
};

/** `privacy` asks for erasures and holds, and reads nothing but what became of them. */
export const readerRoles = ['auditor', 'finops', 'operator', 'privacy'] as const;
export type ReaderRole = (typeof readerRoles)[number];

export type ReaderCredential = CredentialBase & {
  readonly use: 'reader';
  readonly role: ReaderRole;
};

export type NewKey = {
  readonly key: string;
  readonly credential: { readonly keyId: string; readonly sha256: string };
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
    if (credential.sha256 === undefined) continue;
    if (timingSafeEqual(Buffer.from(credential.sha256, 'hex'), presented)) found = credential;
  }
  return inForce(found, nowMs);
}

/** The credential of whoever has a verified certificate with these names, likewise. */
export function credentialOfCertificate(
  credentials: readonly Credential[],
  names: readonly string[],
  nowMs: number,
): Credential | undefined {
  if (names.length === 0) return undefined;
  const found = credentials.find(
    ({ certificate }) => certificate !== undefined && names.includes(certificate),
  );
  return inForce(found, nowMs);
}

/** The credential of a client that a verified token names, likewise. */
export function credentialOfClient(
  credentials: readonly Credential[],
  { issuer, clientId }: TokenClient,
  nowMs: number,
): Credential | undefined {
  const found = credentials.find(
    ({ client }) => client?.issuer === issuer && client.clientId === clientId,
  );
  return inForce(found, nowMs);
}

function inForce(found: Credential | undefined, nowMs: number): Credential | undefined {
  return found && !isExpired(found, nowMs) ? found : undefined;
}

export function isExpired({ expiresAt }: Credential, nowMs: number): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= nowMs;
}

function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
