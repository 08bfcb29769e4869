import { isExpired } from './credentials.ts';
import type { Credential } from './credentials.ts';

/** What a new credential says beside its key. */
export type Grant =
  | Pick<Extract<Credential, { use: 'producer' }>, 'use' | 'tenant' | 'producer' | 'trust'>
  | Pick<Extract<Credential, { use: 'reader' }>, 'use' | 'tenant' | 'role'>;

/** How whoever has a credential proves it: a key's hash, a name in a certificate, or a client of a token issuer. */
export type Proof = Pick<Credential, 'keyId' | 'sha256' | 'certificate' | 'client'>;

/** Why a change of credentials is refused; nothing was changed. */
export class CredentialChangeError extends Error {
  override readonly name = 'CredentialChangeError';
}

/** The credentials with a further one. Throws when its key id is taken. */
export function withGrant(
  credentials: readonly Credential[],
  proof: Proof,
  grant: Grant,
  expiresAt: string | undefined,
): readonly Credential[] {
  const { keyId } = proof;
  if (credentials.some((credential) => credential.keyId === keyId)) {
    throw new CredentialChangeError(`there is a key ${keyId} already`);
  }
  const end = expiresAt === undefined ? {} : { expiresAt };
  return [...credentials, { ...grant, ...proof, ...end }];
}

/**
 * The credentials with a successor that may do the same. The old key holds until `untilMs`, or its own earlier end, so that senders can
 * change over one by one. Throws when there is no such key, or it has ended.
 */
export function withSuccessor(
  credentials: readonly Credential[],
  keyId: string,
  proof: Proof,
  times: {
    readonly nowMs: number;
    readonly untilMs: number;
    readonly expiresAt: string | undefined;
  },
): readonly Credential[] {
  const old = found(credentials, keyId);
  if (old.sha256 === undefined) {
    throw new CredentialChangeError(`${keyId} has no key of ours: its issuer renews what it has`);
  }
  if (isExpired(old, times.nowMs)) {
    throw new CredentialChangeError(`the key ${keyId} ended at ${old.expiresAt}`);
  }
  const ownEndMs = old.expiresAt === undefined ? Infinity : Date.parse(old.expiresAt);
  const expiresAt = new Date(Math.min(times.untilMs, ownEndMs)).toISOString();
  const leaving = credentials.map((credential) =>
    credential === old ? { ...credential, expiresAt } : credential,
  );
  return withGrant(leaving, proof, grantOf(old), times.expiresAt);
}

/** The credentials without this one. Throws when there is no such key. */
export function withoutKey(
  credentials: readonly Credential[],
  keyId: string,
): readonly Credential[] {
  const gone = found(credentials, keyId);
  return credentials.filter((credential) => credential !== gone);
}

/** The id of a key's next generation: `app` → `app.2` → `app.3`, passing over those that are taken. */
export function successorId(credentials: readonly Credential[], keyId: string): string {
  const [, base = keyId, generation = '1'] = /^(.*?)\.(\d{1,6})$/u.exec(keyId) ?? [];
  const taken = new Set(credentials.map((credential) => credential.keyId));
  let next = Number(generation) + 1;
  while (taken.has(`${base}.${next}`)) next += 1;
  return `${base}.${next}`;
}

function found(credentials: readonly Credential[], keyId: string): Credential {
  const credential = credentials.find((candidate) => candidate.keyId === keyId);
  if (credential) return credential;
  const known = credentials.map((candidate) => candidate.keyId).join(', ');
  throw new CredentialChangeError(`there is no key ${keyId}; there are: ${known || 'none'}`);
}

function grantOf(credential: Credential): Grant {
  return credential.use === 'producer'
    ? {
        use: 'producer',
        tenant: credential.tenant,
        producer: credential.producer,
        trust: credential.trust,
      }
    : { use: 'reader', tenant: credential.tenant, role: credential.role };
}
