import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLedger } from '../../../ledger/main.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import { parseSignerConfig } from '../../../signer/config.ts';
import { startSigner } from '../../../signer/main.ts';
import { openRemoteSigner } from '../../../signer/remote-signer.ts';
import { GROWN_LOG, growth } from '../../support/grown-tree.ts';
import { loopbackCertificate, loopbackKey } from '../../support/loopback-certificate.ts';

const TOKEN = '5a'.repeat(32);
let folder: string;
let signer: RunningRole | undefined;
let other: Server | undefined;
const inFolder = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-signer-'));
  await writeFile(inFolder('ledger.token'), TOKEN, { mode: 0o600 });
});
afterEach(async () => {
  await signer?.stop();
  signer = undefined;
  other?.closeAllConnections();
  other?.close();
  await rm(folder, { recursive: true });
});

const config = () => ({
  port: 0,
  folder: inFolder('signer'),
  clients: [{ name: 'ledger', tokenFile: inFolder('ledger.token') }],
});

async function start(own: Readonly<Record<string, unknown>> = {}): Promise<string> {
  signer = await startSigner(parseSignerConfig({ ...config(), ...own }));
  return signer.addresses['signer'] ?? '';
}

describe('the signer as a process', () => {
  it.each([
    ['no token', '', '{"logId":"a"}', 401, 'UNAUTHENTICATED'],
    ['a token that nobody has', 'Bearer 00', '{"logId":"a"}', 401, 'UNAUTHENTICATED'],
    ['what is no JSON', `Bearer ${TOKEN}`, '{"logId":', 400, 'INVALID'],
    ['a log without a name', `Bearer ${TOKEN}`, '{"logId":""}', 400, 'INVALID'],
    ['a log that no note can name', `Bearer ${TOKEN}`, '{"logId":"records p0"}', 400, 'INVALID'],
    ['a log with a line end', `Bearer ${TOKEN}`, '{"logId":"a\\nlog b"}', 400, 'INVALID'],
    ['more than it takes', `Bearer ${TOKEN}`, ' '.repeat(3 * 1024 * 1024), 413, 'TOO_LARGE'],
  ])('refuses %s', async (_, authorization, body, status, code) => {
    const url = `${await start()}/v1/latest`;
    const response = await fetch(url, { method: 'POST', headers: { authorization }, body });
    expect([response.status, await response.json()]).toEqual([status, { code }]);
  });

  it.each([
    ['a root that is no hash', { root: 'AAAA' }],
    ['a size that is none', { size: -1 }],
    ['more proof than a tree can have', { proof: Array.from({ length: 129 }, () => 'AAAA') }],
    ['what it does not know', { force: true }],
  ])('signs nothing for a request with %s', async (_, change) => {
    const url = await start();
    const root = Buffer.alloc(32).toString('base64');
    const asked = { logId: GROWN_LOG, oldSize: 0, size: 1, root, proof: [], fence: 1, ...change };
    const headers = { authorization: `Bearer ${TOKEN}` };
    const request = { method: 'POST', headers, body: JSON.stringify(asked) };
    expect((await fetch(`${url}/v1/sign`, request)).status).toBe(400);
    expect(await openRemoteSigner({ url, token: TOKEN }).latest(GROWN_LOG)).toBeUndefined();
  });

  it('is asked under TLS, or on this machine', async () => {
    expect(() => parseSignerConfig({ ...config(), host: '0.0.0.0' })).toThrow(
      /SIGNER_CONFIG_INVALID: tls: signatures leave this machine under TLS only/,
    );
    await writeFile(inFolder('tls.crt'), loopbackCertificate);
    await writeFile(inFolder('tls.key'), loopbackKey);
    const tls = { certificateFile: inFolder('tls.crt'), keyFile: inFolder('tls.key') };
    const url = await start({ tls });
    const trusting = openRemoteSigner({ url, token: TOKEN, authority: loopbackCertificate });
    expect(await trusting.sign(growth(0, 3))).toMatchObject({ kind: 'signed' });
    await expect(openRemoteSigner({ url, token: TOKEN }).latest(GROWN_LOG)).rejects.toMatchObject({
      code: 'SIGNER_UNREACHABLE',
      retryable: true,
    });
  });

  it('shows what it answered, and that it can sign', async () => {
    const url = await start();
    const remote = openRemoteSigner({ url, token: TOKEN });
    await remote.sign(growth(0, 3));
    await remote.sign(growth(0, 9));
    const operations = signer?.addresses['signerMetrics'] ?? '';
    const text = await (await fetch(operations)).text();
    expect(text).toContain('waybill_signer_answers_total{answer="signed"} 1');
    expect(text).toContain('waybill_signer_answers_total{answer="conflict"} 1');
    expect((await fetch(operations.replace('/metrics', '/readyz'))).status).toBe(200);
    expect(await readFile(inFolder('signer/signed.log'), 'utf8')).toContain(GROWN_LOG);
  });

  it('is refused a ledger that has a folder of its own besides', async () => {
    const both = { signerFolder: 'a', signer: { url: 'http://127.0.0.1:1', tokenFile: 'b' } };
    await expect(startLedger({ ...ledger, ...both })).rejects.toThrow(
      'signerFolder: either this or signer signs',
    );
    const afar = { signer: { url: 'http://10.0.0.1:1', tokenFile: 'b' } };
    await expect(startLedger({ ...ledger, ...afar })).rejects.toThrow(
      'signatures come over TLS only',
    );
  });
});

const ledger = {
  logDirectory: 'log',
  masterKeyFile: 'master.key',
  traceKeysFolder: 'traces',
  store: { url: 'http://127.0.0.1:1', passwordFile: 'password' },
};

describe('what asks a signer', () => {
  async function answering(status: number, body: unknown): Promise<string> {
    other = createServer((request, response) => {
      request.resume();
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await new Promise<void>((resolve) => other?.listen(0, '127.0.0.1', () => resolve()));
    const address = other.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }

  it.each([
    ['is no JSON', 200, 'signed'],
    ['is of another kind than its status', 409, { kind: 'signed', note: 'x' }],
    ['is no note', 200, { kind: 'signed', note: 'x' }],
    ['refuses it', 401, { code: 'UNAUTHENTICATED' }],
  ])('gives up at an answer that %s', async (_, status, body) => {
    const remote = openRemoteSigner({ url: await answering(status, body), token: TOKEN });
    await expect(remote.sign(growth(0, 3))).rejects.toMatchObject({
      code: 'SIGNER_REFUSED',
      retryable: false,
    });
  });

  it('takes no signature of another tree than it asked for', async () => {
    const url = await start();
    const signed = await openRemoteSigner({ url, token: TOKEN }).sign(growth(0, 3));
    const remote = openRemoteSigner({ url: await answering(200, signed), token: TOKEN });
    await expect(remote.sign(growth(0, 4))).rejects.toThrow(/SIGNER_REFUSED: What was signed/);
    await expect(remote.sign(growth(0, 3, { logId: 'records/p1/e0' }))).rejects.toMatchObject({
      code: 'SIGNER_REFUSED',
    });
  });

  it.each([
    ['cannot write', 503, { code: 'SIGNER_STATE' }],
    ['is behind a gateway that is lost', 502, 'bad gateway'],
  ])('tries again where the signer %s', async (_, status, body) => {
    const remote = openRemoteSigner({ url: await answering(status, body), token: TOKEN });
    await expect(remote.sign(growth(0, 3))).rejects.toMatchObject({
      code: 'SIGNER_UNREACHABLE',
      retryable: true,
    });
  });
});
