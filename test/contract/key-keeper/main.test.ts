import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseEnricherConfig } from '../../../enricher/config.ts';
import { startEnricher } from '../../../enricher/main.ts';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import { parseKeyKeeperConfig } from '../../../key-keeper/config.ts';
import { startKeyKeeper } from '../../../key-keeper/main.ts';
import {
  openRemoteTraceKeyMaker,
  openRemoteTraceKeys,
} from '../../../key-store/remote-trace-keys.ts';
import { openPayload } from '../../../key-store/seal-payload.ts';
import { tracesJsonToProtobuf } from '../../../otlp/json-to-protobuf.ts';
import { decodeAuditRecord } from '../../../schemas/avro-codec.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import { headerNames, topics } from '../../../schemas/topics.ts';
import { client } from '../../support/client-certificates.ts';
import { loopbackCertificate, loopbackKey } from '../../support/loopback-certificate.ts';
import { eventually } from '../../support/pipeline.ts';

const tokens = { enricher: 'e1'.repeat(32), ledger: '1d'.repeat(32) };
const acme = (trace: string) => ({ tenant: 'acme', traceId: trace.padStart(32, '0') });

let folder: string;
let keeper: RunningRole | undefined;
const running = new AbortController();
const inFolder = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-key-keeper-'));
  const secret = { mode: 0o600 };
  await writeFile(inFolder('master.key'), 'ab'.repeat(32), secret);
  await writeFile(inFolder('enricher.token'), tokens.enricher, secret);
  await writeFile(inFolder('ledger.token'), tokens.ledger, secret);
});

afterEach(async () => {
  await keeper?.stop();
  keeper = undefined;
  await rm(folder, { recursive: true, force: true });
});

describe('the key keeper', () => {
  it('makes a key once, whoever asks first, and has it after a restart', async () => {
    await start();
    const homes = [acme('01'), acme('02'), acme('01')];
    const [first, second, again] = await keys('enricher').keysFor(homes);
    expect(first).toHaveLength(32);
    expect(first).not.toEqual(second);
    expect(again).toEqual(first);
    const url = await stop();
    await start({ port: Number(new URL(url).port) });
    expect(await keys('ledger').keysFor(homes)).toEqual([first, second, first]);
    const other = { tenant: 'umbra', traceId: acme('01').traceId };
    expect((await keys('ledger').keysFor([other]))[0]).not.toEqual(first);
    expect(await keys('ledger').find(acme('03'))).toBeUndefined();
  });

  it('gives more traces than one request may name', async () => {
    await start();
    const homes = Array.from({ length: 12_001 }, (_, at) => acme(at.toString(16)));
    const made = await keys('enricher').keysFor(homes);
    expect(new Set(made.map((key) => Buffer.from(key ?? []).toString('hex'))).size).toBe(12_001);
    expect(await keys('ledger').keysFor(homes)).toEqual(made);
  });

  it('destroys keys for who may, for good, and for nobody else', async () => {
    await start();
    const home = acme('01');
    await keys('enricher').keysFor([home]);
    await expect(keys('enricher').destroy([home])).rejects.toMatchObject({
      code: 'KEY_STORE_REFUSED',
    });
    expect(await keys('ledger').destroy([home])).toBe(1);
    expect(await keys('ledger').find(home)).toBeNull();
    expect(await keys('enricher').keysFor([home])).toEqual([null]);
    const maker = openRemoteTraceKeyMaker(address('enricher'), running.signal);
    maker.keyFor(home);
    await expect(maker.flush()).rejects.toMatchObject({ code: 'KEY_STORE_KEYS_DIFFER' });
    expect(maker.keyFor(home)).toBeNull();
  });

  it('takes the first of two keys that are made for one trace, and tells the second maker', async () => {
    await start();
    const [one, two] = [maker(), maker()];
    const key = one.keyFor(acme('01'));
    expect(two.keyFor(acme('01'))).not.toEqual(key);
    two.keyFor(acme('02'));
    await one.flush();
    await expect(two.flush()).rejects.toMatchObject({
      code: 'KEY_STORE_KEYS_DIFFER',
      retryable: true,
    });
    expect(Buffer.from(two.keyFor(acme('01')) ?? [])).toEqual(key);
    await two.flush();
    expect(Buffer.from((await keys('ledger').keysFor([acme('01')]))[0] ?? [])).toEqual(key);
  });

  it('is waited for while it is away, and no longer than it is wanted', async () => {
    const port = Number(new URL(await startedUrl()).port);
    const late = openRemoteTraceKeys({ ...address('ledger'), retryFirstMs: 10 }, running.signal);
    await stop();
    const asked = late.keysFor([acme('01')]);
    await start({ port });
    expect((await asked)[0]).toHaveLength(32);
    await stop();
    const giveUp = new AbortController();
    const never = openRemoteTraceKeys({ ...address('ledger'), retryFirstMs: 10 }, giveUp.signal);
    const refused = expect(never.keysFor([acme('02')])).rejects.toMatchObject({
      code: 'KEY_STORE_UNREACHABLE',
    });
    giveUp.abort();
    await refused;
  });

  it.each([
    ['no token', '', '{"homes":[]}', 401, 'UNAUTHENTICATED'],
    ['a token that nobody has', 'Bearer 00', '{"homes":[]}', 401, 'UNAUTHENTICATED'],
    ['what is no JSON', `Bearer ${tokens.ledger}`, '{"homes":[', 400, 'INVALID'],
    [
      'a trace id that is none',
      `Bearer ${tokens.ledger}`,
      '{"homes":[["acme","x"]]}',
      400,
      'INVALID',
    ],
    [
      'a key of another length',
      `Bearer ${tokens.ledger}`,
      `{"homes":[["acme","${'0'.repeat(32)}"]],"offered":["AAAA"]}`,
      400,
      'INVALID',
    ],
    [
      'more than it takes',
      `Bearer ${tokens.ledger}`,
      ' '.repeat(3 * 1024 * 1024),
      413,
      'TOO_LARGE',
    ],
  ])('refuses %s', async (_, authorization, body, status, code) => {
    await start();
    const url = `${keeper?.addresses['keyKeeper']}/v1/keys/take`;
    const response = await fetch(url, { method: 'POST', headers: { authorization }, body });
    expect([response.status, await response.json()]).toEqual([status, { code }]);
  });

  it('has its keys leave the machine under TLS only', async () => {
    expect(parseKeyKeeperConfig({ ...config(), kafka: {}, partitions: 4 })).toBeDefined();
    expect(() => parseKeyKeeperConfig({ ...config(), host: '0.0.0.0' })).toThrow(
      /KEY_KEEPER_CONFIG_INVALID: tls: keys leave this machine under TLS only/,
    );
    await writeFile(inFolder('tls.crt'), loopbackCertificate);
    await writeFile(inFolder('tls.key'), loopbackKey);
    await start({ tls: { certificateFile: inFolder('tls.crt'), keyFile: inFolder('tls.key') } });
    const trusting = { ...address('ledger'), authority: loopbackCertificate };
    const [key] = await openRemoteTraceKeys(trusting, running.signal).keysFor([acme('01')]);
    expect(key).toHaveLength(32);
    const distrusting = { ...address('ledger'), retryFirstMs: 10 };
    const giveUp = AbortSignal.timeout(200);
    await expect(
      openRemoteTraceKeys(distrusting, giveUp).keysFor([acme('01')]),
    ).rejects.toMatchObject({ code: 'KEY_STORE_UNREACHABLE' });
  });

  it('serves a renewed certificate without a restart, and the last good one while its files are damaged', async () => {
    const tls = { certificateFile: inFolder('tls.crt'), keyFile: inFolder('tls.key') };
    await writeFile(tls.certificateFile, loopbackCertificate);
    await writeFile(tls.keyFile, loopbackKey);
    await start({ tls });
    const first = await shownCertificate();
    await writeFile(tls.certificateFile, 'damaged');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await shownCertificate()).toBe(first);
    await writeFile(tls.keyFile, client.key);
    await writeFile(tls.certificateFile, client.cert);
    await eventually(shownCertificate, (shown) => shown !== first, 10_000);
    expect(await shownCertificate()).toBe(new X509Certificate(client.cert).fingerprint256);
  });

  it('that is away makes who waits for it not ready, until it answers', async () => {
    const port = Number(new URL(await startedUrl()).port);
    await stop();
    const log = await openEmbeddedLog({ folder: inFolder('log'), partitions: 1 });
    const enricher = await startEnricher(
      parseEnricherConfig({
        logDirectory: inFolder('log'),
        partitions: 1,
        keyKeeper: { url: address('enricher').url, tokenFile: inFolder('enricher.token') },
      }),
    );
    const readiness = async (): Promise<string> => {
      const url = new URL('/readyz', enricher.addresses['enricherMetrics']);
      return (await fetch(url)).text();
    };
    try {
      await log.append([spansOf('01')]);
      const waiting = 'not ready: the key keeper does not answer\n';
      await eventually(readiness, (said) => said === waiting);
      await start({ port });
      await eventually(readiness, (said) => said === 'ready\n');
    } finally {
      await enricher.stop();
      await log.close();
    }
  });

  it('writes no key as it is', async () => {
    await start();
    const [key] = await keys('ledger').keysFor([acme('01')]);
    const file = await readFile(join(folder, 'traces', '00000000.keys'));
    expect(file.includes(Buffer.from(key ?? []))).toBe(false);
  });

  it('has an enricher that made other keys make its batch again, so that each payload opens', async () => {
    await start();
    const [there] = await keys('ledger').keysFor([acme('01')]);
    const log = await openEmbeddedLog({ folder: inFolder('log'), partitions: 1 });
    const enricher = await startEnricher(
      parseEnricherConfig({
        logDirectory: inFolder('log'),
        partitions: 1,
        keyKeeper: { url: address('enricher').url, tokenFile: inFolder('enricher.token') },
      }),
    );
    try {
      await log.append([spansOf('01'), spansOf('02')]);
      const from = { topic: topics.records, partition: 0, offset: 0 };
      const all = { messagesMax: 100, bytesMax: 1e9, waitMsMax: 0 };
      const messages = await eventually(
        () => log.read(from, all),
        ({ length }) => length === 2,
      );
      const [, made] = await keys('ledger').keysFor([acme('01'), acme('02')]);
      for (const [at, key] of [there, made].entries()) {
        const record = decodeAuditRecord(messages[at]?.value ?? Buffer.alloc(0));
        expect(record.facts.traceId).toBe(acme(`0${at + 1}`).traceId);
        const opened = openPayload(record.payload, record.recordId, key ?? Buffer.alloc(32));
        const texts = opened?.map(({ value }) => value.toString());
        expect(texts).toContain('{"sum":7}');
      }
    } finally {
      await enricher.stop();
      await log.close();
    }
  });
});

/** Fingerprint of the certificate that new connections are shown. */
function shownCertificate(): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const port = Number(new URL(lastUrl).port);
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
    resolve(socket.getPeerCertificate().fingerprint256);
    socket.destroy();
  });
  socket.once('error', reject);
  return promise;
}

function config(): Readonly<Record<string, unknown>> {
  return {
    port: 0,
    masterKeyFile: inFolder('master.key'),
    traceKeysFolder: inFolder('traces'),
    clients: [
      { name: 'enricher', tokenFile: inFolder('enricher.token') },
      { name: 'ledger', tokenFile: inFolder('ledger.token'), mayDestroy: true },
    ],
  };
}

async function start(own: Readonly<Record<string, unknown>> = {}): Promise<void> {
  keeper = await startKeyKeeper(parseKeyKeeperConfig({ ...config(), ...own }));
  lastUrl = keeper.addresses['keyKeeper'] ?? '';
}

let lastUrl = '';

async function startedUrl(): Promise<string> {
  await start();
  return lastUrl;
}

/** Gives the address that it had. */
async function stop(): Promise<string> {
  await keeper?.stop();
  keeper = undefined;
  return lastUrl;
}

function address(client: keyof typeof tokens) {
  return { url: lastUrl, token: tokens[client] };
}

function keys(client: keyof typeof tokens) {
  return openRemoteTraceKeys(address(client), running.signal);
}

function maker() {
  return openRemoteTraceKeyMaker(address('enricher'), running.signal);
}

function spansOf(trace: string) {
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const span = {
    traceId: acme(trace).traceId,
    spanId: '00000000000000d1',
    kind: 2,
    name: 'tools/call add',
    startTimeUnixNano: `${Date.now() - 20}000000`,
    endTimeUnixNano: `${Date.now()}000000`,
    attributes: [
      text('mcp.method.name', 'tools/call'),
      text('gen_ai.tool.name', 'add'),
      text('gen_ai.tool.call.result', '{"sum":7}'),
    ],
  };
  const value = tracesJsonToProtobuf({
    resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ spans: [span] }] }],
  });
  const headers = {
    [headerNames.tenant]: 'acme',
    [headerNames.producer]: 'app',
    [headerNames.trust]: 'application',
    [headerNames.spans]: '1',
  };
  return { topic: topics.spans, partition: 0, key: null, headers, value };
}
