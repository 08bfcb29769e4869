import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer as createSecureServer } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { HecEvent } from '../../../siem-exporter/hec.ts';
import { bodyOf, batchesOf } from '../../../siem-exporter/hec.ts';
import type { HecSettings } from '../../../siem-exporter/hec-client.ts';
import { connectHec } from '../../../siem-exporter/hec-client.ts';
import { loopbackCertificate, loopbackKey } from '../../support/loopback-certificate.ts';

const directory = mkdtempSync(join(tmpdir(), 'hec-client-'));
const file = (name: string, content: string): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};
const tokenFile = file('token', 'a-token\n');
const caFile = file('ca.pem', loopbackCertificate);

const servers: Server[] = [];
afterEach(() => servers.splice(0).map((server) => server.close()));

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function secureReceiver(): Server {
  return createSecureServer(
    { cert: loopbackCertificate, key: loopbackKey },
    (request, response) => {
      request.resume();
      request.on('end', () => response.end('{"text":"Success","code":0}'));
    },
  );
}

function eventOf(leafIndex: number, bytes: number): HecEvent {
  const json = JSON.stringify({ event: 'x'.repeat(bytes) });
  return { leafIndex, recordId: `r${leafIndex}`, tenant: 'acme', json, bytes: json.length };
}

async function sendOnce(url: string, changes: Partial<HecSettings> = {}) {
  const settings = {
    url,
    tokenFile,
    caFile: null,
    requestWaitMsMax: 500,
    ack: null,
    connectionsMax: 1,
    ...changes,
  };
  const sender = await connectHec(settings, Date.now);
  try {
    return (await sender.send([eventOf(0, 10)], new AbortController().signal)).verdict;
  } finally {
    sender.close();
  }
}

describe('the client', () => {
  it('speaks TLS with a receiver of an authority that it was told to trust', async () => {
    const port = await portOf(secureReceiver());
    const verdict = await sendOnce(`https://127.0.0.1:${port}`, { caFile });
    expect(verdict).toMatchObject({ kind: 'accepted' });
  });

  it('holds, and sends no token, where the certificate is not trusted', async () => {
    const port = await portOf(secureReceiver());
    const verdict = await sendOnce(`https://127.0.0.1:${port}`);
    expect(verdict).toEqual({ kind: 'hold', reason: 'tls' });
  });

  it('tries again where nobody listens', async () => {
    const server = createServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    const verdict = await sendOnce(`http://127.0.0.1:${port}`);
    expect(verdict).toEqual({ kind: 'retry', reason: 'network', afterMs: null });
  });

  it('gives up on a reply that never ends', async () => {
    const endless = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
      const timer = setInterval(() => socket.write(chunk), 1);
      socket.on('close', () => clearInterval(timer));
    });
    const verdict = await sendOnce(`http://127.0.0.1:${await portOf(endless)}`);
    expect(verdict).toMatchObject({ kind: 'retry' });
  });

  it.each([
    ['is not there', join(directory, 'nowhere')],
    ['is empty', file('empty', '\n')],
    ['holds more than a token', file('two-lines', 'a\nInjected: header')],
  ])('holds when the token file %s', async (_, missing) => {
    const verdict = await sendOnce('http://127.0.0.1:9', { tokenFile: missing });
    expect(verdict).toEqual({ kind: 'hold', reason: 'token_unreadable' });
  });
});

describe('a batch', () => {
  it('keeps the order, and both limits but for a single event above them', () => {
    const sizes = [10, 10, 500, 10, 10, 10, 10];
    const events = sizes.map((bytes, at) => eventOf(at, bytes));
    const batches = batchesOf(events, { eventsMax: 3, bytesMax: 100 });
    expect(batches.map((batch) => batch.map(({ leafIndex }) => leafIndex))).toEqual([
      [0, 1],
      [2],
      [3, 4, 5],
      [6],
    ]);
  });

  it('is compressed where that pays', async () => {
    expect(await bodyOf([eventOf(0, 100)])).toMatchObject({ encoding: null });
    const large = await bodyOf([eventOf(0, 5_000)]);
    expect(large.encoding).toBe('gzip');
    expect(large.bytes.length).toBeLessThan(200);
  });
});
