import { createHmac, timingSafeEqual } from 'node:crypto';

/** A token that says who somebody is, as an identity provider would issue it: `<e-mail>.<HMAC-SHA-256 in base64url>`. */
export function issueToken(secret: string, user: string): string {
  return `${user}.${signature(secret, user).toString('base64url')}`;
}

/** Whom an `Authorization` header's token names, if it is genuine. */
export function userOfToken(secret: string, authorization: unknown): string | undefined {
  const match = /^Bearer (.+)\.([\w-]{43})$/.exec(String(authorization));
  if (!match?.[1] || !match[2]) return undefined;
  const presented = Buffer.from(match[2], 'base64url');
  const expected = signature(secret, match[1]);
  const isGenuine = presented.length === expected.length && timingSafeEqual(presented, expected);
  return isGenuine ? match[1] : undefined;
}

function signature(secret: string, user: string): Buffer {
  return createHmac('sha256', secret).update(user).digest();
}
