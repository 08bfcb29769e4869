import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthenticator } from '../../../collector/authenticate.ts';
import { createClientTokens } from '../../../registry/client-tokens.ts';
import type { Credential } from '../../../registry/credentials.ts';

const issuer = 'https://id.example.com/realms/acme';
const audience = 'waybill';
const startMs = Date.UTC(2026, 0, 1);
const seconds = startMs / 1000;

const credentials: readonly Credential[] = [
  {
    keyId: 'client',
    use: 'producer',
    client: { issuer, clientId: 'billing' },
    tenant: 'acme',
    producer: 'billing',
    trust: 'gateway',
  },
  {
    keyId: 'reader',
    use: 'reader',
    client: { issuer, clientId: 'grafana' },
    tenant: 'acme',
    role: 'auditor',
  },
];

let folder = '';
let key: CryptoKey;
let otherKey: CryptoKey;
let nowMs = startMs;
beforeEach(async () => {
  nowMs = startMs;
  folder = await mkdtemp(join(tmpdir(), 'waybill-tokens-'));
  const pair = await generateKeyPair('ES256');
  key = pair.privateKey;
  otherKey = (await generateKeyPair('ES256')).privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
  await writeFile(join(folder, 'jwks.json'), JSON.stringify({ keys: [jwk] }));
});
afterEach(() => rm(folder, { recursive: true }));

const good: Readonly<Record<string, unknown>> = {
  iss: issuer,
  aud: audience,
  client_id: 'billing',
  sub: 'service-account-billing',
  exp: seconds + 60,
};

async function token(payload: Record<string, unknown>, by: CryptoKey = key): Promise<string> {
  const signed = new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'one' });
  return `Bearer ${await signed.sign(by)}`;
}

function authenticator() {
  const issuers = [{ issuer, audience, jwksFile: join(folder, 'jwks.json') }];
  const tokens = createClientTokens({ issuers, rememberedMax: 10, nowMs: () => nowMs });
  const made = createAuthenticator({
    current: () => credentials,
    tokens,
    rememberedMax: 10,
    nowMs: () => nowMs,
  });
  return async (authorization: string) => {
    await made.prepare(authorization);
    return made.producerOf(authorization, []).producer;
  };
}

describe('a client’s access token', () => {
  it('names the producer that the credentials give to the client', async () => {
    const producerOf = authenticator();
    const authorization = await token(good);
    expect(await producerOf(authorization)).toBe('billing');
    expect(await producerOf(authorization)).toBe('billing');
  });

  it('takes `azp` where there is no `client_id`', async () => {
    const { client_id: azp, ...rest } = good;
    expect(await authenticator()(await token({ ...rest, azp }))).toBe('billing');
  });

  it('ends with its `exp`, though it was good before', async () => {
    const producerOf = authenticator();
    const authorization = await token(good);
    expect(await producerOf(authorization)).toBe('billing');
    nowMs += 91_000;
    await expect(producerOf(authorization)).rejects.toThrow('producer key');
  });

  it.each<[string, Record<string, unknown>]>([
    ['of another issuer', { ...good, iss: 'https://evil.example.com' }],
    ['for another audience', { ...good, aud: 'payroll' }],
    ['that has ended', { ...good, exp: seconds - 60 }],
    ['that has not begun', { ...good, nbf: seconds + 600 }],
    ['without an end', { ...good, exp: undefined }],
    ['of a client without a credential', { ...good, client_id: 'stranger' }],
    ['of a client that is named as a person is', { ...good, client_id: undefined, sub: 'billing' }],
  ])('%s is refused', async (_, payload) => {
    await expect(authenticator()(await token(payload))).rejects.toThrow('producer key');
  });

  it('that somebody else signed, or nobody, is refused', async () => {
    const producerOf = authenticator();
    await expect(producerOf(await token(good, otherKey))).rejects.toThrow('producer key');
    const body = Buffer.from(JSON.stringify(good)).toString('base64url');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    await expect(producerOf(`Bearer ${none}.${body}.AAAA`)).rejects.toThrow('producer key');
  });

  it.each(['', '{', '{"keys":[{"kty":"none"}]}'])(
    'is refused while its issuer’s keys cannot be had (%j), and taken once they can',
    async (damaged) => {
      const file = join(folder, 'jwks.json');
      const whole = await readFile(file, 'utf8');
      await writeFile(file, damaged);
      const producerOf = authenticator();
      const authorization = await token(good);
      await expect(producerOf(authorization)).rejects.toThrow('producer key');
      await writeFile(file, whole);
      expect(await producerOf(authorization)).toBe('billing');
    },
  );

  it('that a key signed which the issuer has taken out is refused', async () => {
    const producerOf = authenticator();
    expect(await producerOf(await token(good))).toBe('billing');
    await writeFile(join(folder, 'jwks.json'), '{"keys":[]}');
    await expect(producerOf(await token({ ...good, jti: 'later' }))).rejects.toThrow(
      'producer key',
    );
  });

  it('of a reader is told apart from none', async () => {
    const authorization = await token({ ...good, client_id: 'grafana' });
    await expect(authenticator()(authorization)).rejects.toMatchObject({
      code: 'COLLECTOR_FORBIDDEN',
    });
  });
});
