import { authenticate, isExpired } from '../registry/credentials.ts';
import type { Credential, ProducerCredential } from '../registry/credentials.ts';
import { CollectorError } from './errors.ts';

/** The producer of an `Authorization` value. Throws `COLLECTOR_UNAUTHENTICATED` or `COLLECTOR_FORBIDDEN`. */
export type Authenticator = (authorization: string | undefined) => ProducerCredential;

/**
 * Remembers values that were good, so that a small request does not pay for a hash; bad ones are checked each time, so that
 * nobody can fill the memory. When the credentials change, all is forgotten: a revoked key is refused from then on, and one that ends
 * from its end on, on open connections too.
 */
export function createAuthenticator(
  current: () => readonly Credential[],
  rememberedMax: number,
  nowMs: () => number,
): Authenticator {
  const remembered = new Map<string, ProducerCredential>();
  let checkedAgainst: readonly Credential[] = [];
  return (authorization) => {
    const credentials = current();
    if (credentials !== checkedAgainst) remembered.clear();
    checkedAgainst = credentials;
    const known = remembered.get(authorization ?? '');
    if (known && (known.expiresAt === undefined || !isExpired(known, nowMs()))) return known;
    const producer = check(credentials, authorization, nowMs());
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(authorization ?? '', producer);
    return producer;
  };
}

function check(
  credentials: readonly Credential[],
  authorization: string | undefined,
  nowMs: number,
): ProducerCredential {
  const credential = authenticate(credentials, authorization, nowMs);
  if (!credential) throw new CollectorError('COLLECTOR_UNAUTHENTICATED');
  if (credential.use !== 'producer') throw new CollectorError('COLLECTOR_FORBIDDEN');
  return credential;
}
