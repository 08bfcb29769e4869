import type { ClientTokens } from '../registry/client-tokens.ts';
import { tokenIn } from '../registry/client-tokens.ts';
import {
  authenticate,
  credentialOfCertificate,
  credentialOfClient,
  isExpired,
} from '../registry/credentials.ts';
import type { Credential, ProducerCredential } from '../registry/credentials.ts';
import { CollectorError } from './errors.ts';

/**
 * Who sends: by the `Authorization` value (a key of ours, or a client's access token), else by the names of a verified client
 * certificate.
 */
export type Authenticator = {
  /** Throws `COLLECTOR_UNAUTHENTICATED` or `COLLECTOR_FORBIDDEN`. A token must have been prepared. */
  producerOf(
    authorization: string | undefined,
    certificateNames: readonly string[],
  ): ProducerCredential;
  /** What is to be awaited before {@link producerOf} can know: nothing but for a token that was not seen before. */
  prepare(authorization: string | undefined): Promise<void> | undefined;
};

export type AuthenticatorOptions = {
  readonly current: () => readonly Credential[];
  readonly tokens: ClientTokens;
  readonly rememberedMax: number;
  readonly nowMs: () => number;
};

/**
 * Remembers keys that were good, so that a small request does not pay for a hash; bad ones are checked each time, so that
 * nobody can fill the memory. When the credentials change, all is forgotten: a revoked key is refused from then on, and one that ends
 * from its end on, on open connections too.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { current, tokens, rememberedMax, nowMs } = options;
  const remembered = new Map<string, ProducerCredential>();
  let checkedAgainst: readonly Credential[] = [];
  return {
    prepare(authorization) {
      if (remembered.has(authorization ?? '')) return undefined;
      const token = tokenIn(authorization);
      return token === undefined || tokens.known(token) ? undefined : tokens.verify(token);
    },
    producerOf(authorization, certificateNames) {
      const credentials = current();
      if (credentials !== checkedAgainst) remembered.clear();
      checkedAgainst = credentials;
      if (authorization === undefined) {
        return producerOnly(credentialOfCertificate(credentials, certificateNames, nowMs()));
      }
      const known = remembered.get(authorization);
      if (known && (known.expiresAt === undefined || !isExpired(known, nowMs()))) return known;
      const token = tokenIn(authorization);
      const client = token === undefined ? undefined : tokens.known(token);
      // What a token proves ends with it: its client is not remembered here.
      if (client) return producerOnly(credentialOfClient(credentials, client, nowMs()));
      const producer = producerOnly(authenticate(credentials, authorization, nowMs()));
      if (remembered.size >= rememberedMax) remembered.clear();
      remembered.set(authorization, producer);
      return producer;
    },
  };
}

function producerOnly(credential: Credential | undefined): ProducerCredential {
  if (!credential) throw new CollectorError('COLLECTOR_UNAUTHENTICATED');
  if (credential.use !== 'producer') throw new CollectorError('COLLECTOR_FORBIDDEN');
  return credential;
}
