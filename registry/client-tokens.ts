import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { z } from 'zod';

/** Who issues access tokens to clients (OAuth 2.0 client credentials), and where its public keys are: a file, or an https address. */
export type TokenIssuer = {
  readonly issuer: string;
  readonly audience: string;
} & (
  | { readonly jwksFile: string; readonly jwksUrl?: never }
  | { readonly jwksUrl: string; readonly jwksFile?: never }
);

/** A client as its issuer names it. */
export type TokenClient = { readonly issuer: string; readonly clientId: string };

export type ClientTokens = {
  /** The client of a token that was verified before and has not ended, else undefined. */
  known(token: string): TokenClient | undefined;
  /** Verifies signature, issuer, audience and times, and remembers what is good. Never rejects: a bad token stays unknown. */
  verify(token: string): Promise<void>;
};

/** Asymmetric signatures only: with a shared secret, whoever can verify could issue. */
const ALGORITHMS = ['EdDSA', 'ES256', 'ES384', 'PS256', 'PS384', 'RS256', 'RS384', 'RS512'];
const CLOCK_TOLERANCE_SECONDS = 30;

export function createClientTokens(options: {
  readonly issuers: readonly TokenIssuer[];
  readonly rememberedMax: number;
  readonly nowMs: () => number;
  /** Called when an issuer's keys cannot be had; its tokens are refused meanwhile. */
  readonly onProblem?: (problem: unknown) => void;
}): ClientTokens {
  const { issuers, rememberedMax, nowMs, onProblem = () => undefined } = options;
  const keySets = new Map<string, JWTVerifyGetKey>();
  const good = new Map<string, TokenClient & { readonly endMs: number }>();
  return {
    known(token) {
      const found = good.get(digest(token));
      return found && found.endMs > nowMs() ? found : undefined;
    },
    async verify(token) {
      for (const issuer of issuers) {
        const known = keySets.get(issuer.issuer);
        const keys = known ?? (await openKeySet(issuer).catch(onProblem));
        if (!keys) continue;
        // A file is read for each new token, so that a key that was taken out of it verifies no more of them.
        if (issuer.jwksUrl !== undefined) keySets.set(issuer.issuer, keys);
        const payload = await payloadOf(token, issuer, keys, nowMs);
        if (payload === undefined) continue;
        if (good.size >= rememberedMax) good.clear();
        good.set(digest(token), payload);
        return;
      }
    },
  };
}

/** Whether an `Authorization` value carries a signed token rather than a key of ours. Source: RFC 7519, RFC 6750. */
export function tokenIn(authorization: string | undefined): string | undefined {
  return /^Bearer ([\w-]{2,4096}\.[\w-]{2,8192}\.[\w-]{2,4096})$/iu.exec(authorization ?? '')?.[1];
}

async function openKeySet(issuer: TokenIssuer): Promise<JWTVerifyGetKey> {
  if (issuer.jwksUrl !== undefined) {
    return createRemoteJWKSet(new URL(issuer.jwksUrl), { timeoutDuration: 5_000 });
  }
  return createLocalJWKSet(keySet.parse(JSON.parse(await readFile(issuer.jwksFile, 'utf8'))));
}

/** RFC 7517 §5; what a key must have beyond its kind is jose's to check. */
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

async function payloadOf(
  token: string,
  { issuer, audience }: TokenIssuer,
  keys: JWTVerifyGetKey,
  nowMs: () => number,
): Promise<(TokenClient & { readonly endMs: number }) | undefined> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(nowMs()),
    });
    const clientId = clientIdOf(payload);
    if (clientId === undefined) return undefined;
    return { issuer, clientId, endMs: (payload.exp ?? 0) * 1_000 };
  } catch {
    return undefined;
  }
}

/** `client_id` (RFC 9068), else `azp` (OpenID Connect). A `sub` may be a person's. */
function clientIdOf(payload: JWTPayload): string | undefined {
  const id = payload['client_id'] ?? payload['azp'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
