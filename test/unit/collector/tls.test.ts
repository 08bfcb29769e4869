import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Client, Metadata, credentials, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGrpcReceiver } from '../../../collector/receive-grpc.ts';
import { createHttpReceiver } from '../../../collector/receive-http.ts';
import { client, clientAuthority, impostor } from '../../support/client-certificates.ts';
import { loopbackCertificate, loopbackKey } from '../../support/loopback-certificate.ts';
import { producerKey, testParts } from './receiver-parts.ts';

const cleanups: (() => unknown)[] = [];
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-tls-'));
  await writeFile(join(folder, 'server.pem'), loopbackCertificate);
  await writeFile(join(folder, 'server.key'), loopbackKey, { mode: 0o600 });
  await writeFile(join(folder, 'clients.pem'), clientAuthority);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await rm(folder, { recursive: true });
});

function parts() {
  const tls = {
    certificateFile: join(folder, 'server.pem'),
    keyFile: join(folder, 'server.key'),
    clientAuthorityFile: join(folder, 'clients.pem'),
  };
  return testParts({ config: { tls, headersWaitMsMax: 300 } });
}

async function httpReceiver() {
  const test = parts();
  const app = createHttpReceiver(test.parts);
  cleanups.push(() => {
    app.server.closeAllConnections();
    return app.close();
  });
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  return { ...test, port: Number(url.port) };
}

type Identity = { readonly cert: string; readonly key: string };

function post(port: number, identity: Identity | null, authorization?: string): Promise<number> {
  const options: RequestOptions = {
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: '/v1/traces',
    ca: loopbackCertificate,
    agent: false,
    headers: {
      'content-type': 'application/x-protobuf',
      ...(authorization === undefined ? {} : { authorization }),
    },
    ...identity,
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end('span');
  });
}

describe('OTLP/HTTP over TLS', () => {
  it('takes a key, as it does without TLS', async () => {
    const { port, appended } = await httpReceiver();
    expect(await post(port, null, `Bearer ${producerKey}`)).toBe(200);
    expect(appended[0]?.headers['producer']).toBe('app');
  });

  it('knows a producer by a client certificate that the authority has signed', async () => {
    const { port, appended } = await httpReceiver();
    expect(await post(port, client)).toBe(200);
    expect(appended[0]?.headers['producer']).toBe('mesh');
  });

  it('knows nobody by a certificate that bears the name and is signed by somebody else', async () => {
    const { port, appended } = await httpReceiver();
    expect(await post(port, impostor)).toBe(401);
    expect(await post(port, null)).toBe(401);
    expect(appended).toEqual([]);
  });

  it('lets a key say who sends, where there is one', async () => {
    const { port, appended } = await httpReceiver();
    expect(await post(port, client, `Bearer ${producerKey}`)).toBe(200);
    expect(appended[0]?.headers['producer']).toBe('app');
    expect(await post(port, client, 'Bearer wb_wrong')).toBe(401);
  });

  it('cuts off whoever does not finish a handshake, and takes no plain HTTP', async () => {
    const { port } = await httpReceiver();
    await expect(
      fetch(`http://127.0.0.1:${port}/health`).then((answer) => answer.status),
    ).rejects.toThrow('fetch failed');
    expect(await post(port, client)).toBe(200);
  });

  it('gives renewed files to new connections without a restart', async () => {
    const { port } = await httpReceiver();
    const served = async (): Promise<string> => {
      const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
      await new Promise((resolve) => socket.once('secureConnect', resolve));
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      return fingerprint256;
    };
    const before = await served();
    await writeFile(join(folder, 'next.key'), impostor.key);
    await copyFile(join(folder, 'next.key'), join(folder, 'server.key'));
    await writeFile(join(folder, 'server.pem'), impostor.cert);
    await expect.poll(served, { timeout: 10_000, interval: 200 }).not.toBe(before);
  });
});

describe('OTLP/gRPC over TLS', () => {
  it.each<[string, string, Identity | null, string | undefined]>([
    ['takes', 'a client certificate', client, undefined],
    ['takes', 'a key', null, `Bearer ${producerKey}`],
    ['refuses', 'neither', null, undefined],
    ['refuses', 'an impostor’s certificate', impostor, undefined],
  ])('%s %s', async (what, _, identity, authorization) => {
    const test = parts();
    const grpc = createGrpcReceiver(test.parts);
    const port = await grpc.listen('127.0.0.1', 0);
    const ca = Buffer.from(loopbackCertificate);
    const secure = identity
      ? credentials.createSsl(ca, Buffer.from(identity.key), Buffer.from(identity.cert))
      : credentials.createSsl(ca);
    const caller = new Client(`127.0.0.1:${port}`, secure);
    cleanups.push(
      () => caller.close(),
      () => grpc.close(1_000),
    );
    const metadata = new Metadata();
    if (authorization !== undefined) metadata.set('authorization', authorization);
    const asIs = (bytes: Buffer): Buffer => bytes;
    const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
    const answered = await new Promise<number>((resolve) => {
      caller.makeUnaryRequest(path, asIs, asIs, Buffer.from('span'), metadata, (error) =>
        resolve(error ? error.code : status.OK),
      );
    });
    const taken = what === 'takes';
    expect(answered).toBe(taken ? status.OK : status.UNAUTHENTICATED);
    expect(test.appended).toHaveLength(taken ? 1 : 0);
  });
});
