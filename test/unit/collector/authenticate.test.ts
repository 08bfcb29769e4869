import { describe, expect, it } from 'vitest';
import { createAuthenticator } from '../../../collector/authenticate.ts';
import { createClientTokens } from '../../../registry/client-tokens.ts';
import type { Credential } from '../../../registry/credentials.ts';
import { hashForTest } from './test-keys.ts';

const app: Credential = {
  keyId: 'app',
  use: 'producer',
  sha256: hashForTest('wb_app'),
  tenant: 'acme',
  producer: 'app',
  trust: 'application',
};

function authenticator(current: () => readonly Credential[], nowMs: () => number = () => 0) {
  const tokens = createClientTokens({ issuers: [], rememberedMax: 10, nowMs });
  const made = createAuthenticator({ current, tokens, rememberedMax: 10, nowMs });
  return (authorization: string | undefined) => made.producerOf(authorization, []);
}

describe('authentication', () => {
  it('refuses a key from the moment it is no longer among the credentials', () => {
    let credentials: readonly Credential[] = [app];
    const authenticate = authenticator(() => credentials);
    expect(authenticate('Bearer wb_app').producer).toBe('app');
    expect(authenticate('Bearer wb_app')).toBe(app);
    credentials = [];
    expect(() => authenticate('Bearer wb_app')).toThrow('producer key');
  });

  it('gives the trust class of the credential in force', () => {
    let credentials: readonly Credential[] = [app];
    const authenticate = authenticator(() => credentials);
    authenticate('Bearer wb_app');
    credentials = [{ ...app, trust: 'gateway' }];
    expect(authenticate('Bearer wb_app').trust).toBe('gateway');
  });

  it('refuses a key from its end on, though it was good a moment before', () => {
    const ending: Credential = { ...app, expiresAt: '2026-01-01T00:00:00.000Z' };
    let nowMs = Date.UTC(2026, 0, 1) - 1;
    const authenticate = authenticator(
      () => [ending],
      () => nowMs,
    );
    expect(authenticate('Bearer wb_app')).toBe(ending);
    nowMs += 1;
    expect(() => authenticate('Bearer wb_app')).toThrow('producer key');
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', 'wb_app', 'Bearer wb_app wb_app', 'Bearer \u0000'])(
    'refuses %j',
    (authorization) => {
      const authenticate = authenticator(() => [app]);
      expect(() => authenticate(authorization)).toThrow('producer key');
    },
  );
});
