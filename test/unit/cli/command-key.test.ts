import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyFilesOf, makeFirstKeys, writeSecret } from '../../../cli/first-start.ts';
import { run } from '../../../cli/main.ts';
import { paintFor } from '../../../cli/render/paint.ts';
import { loadCredentials, watchCredentials } from '../../../registry/credential-file.ts';
import { authenticate } from '../../../registry/credentials.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-keys-'));
  await makeFirstKeys(folder);
});
afterEach(() => rm(folder, { recursive: true }));

async function waybill(...argv: string[]) {
  const said: string[] = [];
  const code = await run([...argv, '--data-dir', folder], {
    out: (line) => said.push(line),
    note: (line) => said.push(line),
    progress: () => undefined,
    paint: paintFor(false),
    environment: {},
  });
  return { code, text: said.join('\n') };
}

async function key(name: string): Promise<string> {
  return `Bearer ${(await readFile(join(folder, 'keys', `${name}.key`), 'utf8')).trim()}`;
}

async function whoIs(authorization: string, nowMs = Date.now()) {
  const credentials = await loadCredentials(keyFilesOf(folder).credentialsFile);
  return authenticate(credentials, authorization, nowMs);
}

const HOUR_MS = 3_600_000;

describe('waybill key', () => {
  it('creates a producer’s key in a file of its owner’s, and prints it nowhere', async () => {
    const { code, text } = await waybill('key', 'create', 'billing', '--producer', 'billing-agent');
    expect(code).toBe(0);
    const file = join(folder, 'keys', 'billing.key');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(text).not.toContain((await key('billing')).slice(7));
    expect(await whoIs(await key('billing'))).toMatchObject({
      tenant: 'default',
      producer: 'billing-agent',
      trust: 'application',
    });
  });

  it('creates a key that ends by itself', async () => {
    await waybill('key', 'create', 'guest', '--role', 'auditor', '--expires', '2h');
    const authorization = await key('guest');
    expect(await whoIs(authorization, Date.now() + 1.9 * HOUR_MS)).toMatchObject({
      role: 'auditor',
    });
    expect(await whoIs(authorization, Date.now() + 2.1 * HOUR_MS)).toBeUndefined();
  });

  it('rotates: the successor may the same, and the old key holds for the overlap', async () => {
    const old = await key('gateway');
    expect((await waybill('key', 'rotate', 'gateway', '--overlap', '1h')).code).toBe(0);
    const successor = await key('gateway.2');
    expect(await whoIs(successor)).toMatchObject({ producer: 'gateway', trust: 'gateway' });
    expect(await whoIs(old)).toMatchObject({ producer: 'gateway' });
    expect(await whoIs(old, Date.now() + 1.1 * HOUR_MS)).toBeUndefined();
    expect(await whoIs(successor, Date.now() + 1.1 * HOUR_MS)).toBeDefined();
    await waybill('key', 'rotate', 'gateway.2');
    expect(await whoIs(await key('gateway.3'))).toMatchObject({ producer: 'gateway' });
  });

  it('does not make a key without end of one that was made for a time', async () => {
    await waybill('key', 'create', 'week', '--role', 'auditor', '--expires', '7d');
    const refused = await waybill('key', 'rotate', 'week');
    expect(refused.code).toBe(2);
    expect(refused.text).toContain('--expires');
    expect((await waybill('key', 'rotate', 'week', '--expires', '7d')).code).toBe(0);
    const successor = await key('week.2');
    expect(await whoIs(successor, Date.now() + 6 * 24 * HOUR_MS)).toMatchObject({
      role: 'auditor',
    });
    expect(await whoIs(successor, Date.now() + 8 * 24 * HOUR_MS)).toBeUndefined();
  });

  it.each([
    ['x', '--producer', 'my agent'],
    ['x', '--producer', ''],
    ['x', '--role', 'auditor', '--tenant', 'acme corp'],
    ['app.v2', '--role', 'auditor'],
  ])('refuses what no role could read again: %s %s %s', async (...argv) => {
    const before = await readdir(join(folder, 'keys'));
    expect(await waybill('key', 'create', ...argv)).toMatchObject({ code: 2 });
    expect(await readdir(join(folder, 'keys'))).toEqual(before);
    await expect(loadCredentials(keyFilesOf(folder).credentialsFile)).resolves.toHaveLength(3);
  });

  it('leaves all as it was where the successor’s name is too long', async () => {
    const id = 'a'.repeat(64);
    await waybill('key', 'create', id, '--role', 'auditor');
    expect(await waybill('key', 'rotate', id)).toMatchObject({ code: 1 });
    await expect(loadCredentials(keyFilesOf(folder).credentialsFile)).resolves.toHaveLength(4);
    expect(await readdir(join(folder, 'keys'))).not.toContain(`${id}.2.key`);
  });

  it('of two that create one at once gives its key to one alone', async () => {
    const file = join(folder, 'keys', 'twice.key');
    const both = await Promise.allSettled(
      ['one', 'two'].map((key) => writeSecret(file, key, 'new')),
    );
    const won = both.findIndex(({ status }) => status === 'fulfilled');
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect((await readFile(file, 'utf8')).trim()).toBe(['one', 'two'][won]);
    expect((await readdir(join(folder, 'keys'))).filter((name) => name.includes('.new'))).toEqual(
      [],
    );
  });

  it('revokes, and a running role refuses the key within a moment', async () => {
    const authorization = await key('producer');
    const watch = await watchCredentials(keyFilesOf(folder).credentialsFile, {
      pollMs: 10,
      onProblem: () => undefined,
    });
    expect(authenticate(watch.current(), authorization, Date.now())).toBeDefined();
    expect((await waybill('key', 'revoke', 'producer')).code).toBe(0);
    await expect
      .poll(() => authenticate(watch.current(), authorization, Date.now()), { timeout: 5_000 })
      .toBeUndefined();
    watch.stop();
  });

  it('lets a certificate or a token’s client stand in place of a key', async () => {
    const spiffe = 'URI:spiffe://acme/agents/billing';
    await waybill('key', 'create', 'mesh', '--producer', 'billing', '--certificate', spiffe);
    const issuer = 'https://id.example.com';
    await waybill(
      'key',
      'create',
      'oauth',
      '--producer=billing',
      '--client=billing',
      `--issuer=${issuer}`,
    );
    const credentials = await loadCredentials(keyFilesOf(folder).credentialsFile);
    expect(credentials.slice(-2)).toMatchObject([
      { certificate: spiffe, producer: 'billing' },
      { client: { issuer, clientId: 'billing' }, producer: 'billing' },
    ]);
    expect((await waybill('keys')).text).toContain(`certificate ${spiffe}`);
    const rotated = await waybill('key', 'rotate', 'mesh');
    expect(rotated).toMatchObject({ code: 1 });
    expect(rotated.text).toContain('has no key of ours');
  });

  it('lists what is in force, without keys and hashes', async () => {
    const { text } = await waybill('keys');
    expect(text).toContain('send as gateway (gateway)');
    const json = await waybill('keys', '--json');
    expect(Object.keys((JSON.parse(json.text) as { keys: object[] }).keys[0] ?? {})).not.toContain(
      'sha256',
    );
  });

  it.each([
    [1, 'there is no key nobody; there are: producer, gateway', ['revoke', 'nobody']],
    [1, 'There is a file', ['create', 'producer', '--producer', 'x']],
    [1, 'there is a key gateway already', ['create', 'gateway', '--role', 'auditor', '--key-file']],
    [2, 'there is no action "renew"', ['renew', 'producer']],
    [2, 'say --producer NAME', ['create', 'x']],
    [2, 'say --producer NAME', ['create', 'x', '--producer', 'a', '--role', 'auditor']],
    [2, 'there is no role "root"', ['create', 'x', '--role', 'root']],
    [2, 'there is no trust class "god"', ['create', 'x', '--producer', 'x', '--trust', 'god']],
    [2, 'belong together', ['create', 'x', '--producer', 'x', '--client', 'y']],
    [2, 'is no name', ['create', 'x', '--producer', 'x', '--certificate', 'CN=root, DNS:a']],
    [2, 'is no age', ['create', 'x', '--producer', 'x', '--expires', 'soon']],
    [2, 'a key id has letters', ['create', '../x', '--producer', 'x']],
  ])('ends with %i and says that %s', async (code, expected, argv) => {
    const file = argv.at(-1) === '--key-file' ? [join(folder, 'other.key')] : [];
    const before = await loadCredentials(keyFilesOf(folder).credentialsFile);
    const answer = await waybill('key', ...argv, ...file);
    expect(answer).toMatchObject({ code });
    expect(answer.text).toContain(expected);
    expect(await loadCredentials(keyFilesOf(folder).credentialsFile)).toEqual(before);
    expect(await readdir(folder)).not.toContain('other.key');
  });
});
