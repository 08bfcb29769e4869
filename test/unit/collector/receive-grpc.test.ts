import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Client, Metadata, credentials, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { createGrpcReceiver } from '../../../collector/receive-grpc.ts';
import { producerKey, readerKey, testParts } from './receiver-parts.ts';
import type { TestOptions } from './receiver-parts.ts';

const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const MIB = 1024 * 1024;
const asIs = (bytes: Buffer): Buffer => bytes;

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function receiver(options: TestOptions = {}, channel: Record<string, number> = {}) {
  const test = testParts(options);
  const grpc = createGrpcReceiver(test.parts);
  const port = await grpc.listen('127.0.0.1', 0);
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.max_send_message_length': -1,
    ...channel,
  });
  cleanups.push(
    () => client.close(),
    () => grpc.close(1_000),
  );
  return { ...test, client, grpc, port };
}

type Answer = { readonly code: number; readonly body?: Buffer; readonly error?: ServiceError };

function exportTraces(
  client: Client,
  body: Buffer | string,
  authorization: string | undefined = `Bearer ${producerKey}`,
  path = EXPORT,
): Promise<Answer> {
  const metadata = new Metadata();
  if (authorization) metadata.set('authorization', authorization);
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, asIs, asIs, Buffer.from(body), metadata, (error, answer) => {
      if (error) resolve({ code: error.code, error });
      else resolve({ code: status.OK, body: answer ?? Buffer.alloc(0) });
    });
  });
}

function details(answer: Answer): Buffer {
  return Buffer.concat(
    (answer.error?.metadata.get('grpc-status-details-bin') ?? []).map((value) =>
      Buffer.from(value),
    ),
  );
}

describe('OTLP/gRPC', () => {
  it('appends, and answers an empty message', async () => {
    const { client, appended } = await receiver();
    expect(await exportTraces(client, 'span')).toEqual({ code: status.OK, body: Buffer.alloc(0) });
    expect(appended.map(({ value }) => String(value))).toEqual(['span']);
  });

  it('takes log records by their own service', async () => {
    const { client, appended } = await receiver();
    const path = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
    const answer = await exportTraces(client, 'record', undefined, path);
    expect(answer).toEqual({ code: status.OK, body: Buffer.alloc(0) });
    expect(appended.map(({ headers }) => headers['kind'])).toEqual(['logs']);
  });

  it('takes gzip', async () => {
    const { client, appended } = await receiver({}, { 'grpc.default_compression_algorithm': 2 });
    expect((await exportTraces(client, 'x'.repeat(500))).code).toBe(status.OK);
    expect(appended[0]?.value).toHaveLength(500);
  });

  it('tells a partial success', async () => {
    const { client } = await receiver();
    const { body } = await exportTraces(client, 'reject2');
    expect([...(body ?? Buffer.alloc(0)).subarray(0, 4)]).toEqual([0x0a, 35, 0x08, 2]);
  });

  it.each<[string, number, string, string | undefined]>([
    ['a wrong key', status.UNAUTHENTICATED, 'span', 'Bearer wb_wrong'],
    ['a reader key', status.PERMISSION_DENIED, 'span', `Bearer ${readerKey}`],
    ['bytes that are no OTLP', status.INVALID_ARGUMENT, 'bad', undefined],
    ['a defect of ours', status.INTERNAL, 'bug', undefined],
  ])('answers %s with code %i', async (_, code, body, key) => {
    const { client } = await receiver();
    const answer = await exportTraces(client, body, key);
    expect(answer.code).toBe(code);
    expect(answer.error?.details).not.toContain('secret-inside');
    expect((await exportTraces(client, 'span')).code).toBe(status.OK);
  });

  it('answers no key with UNAUTHENTICATED before it takes the message', async () => {
    const { client, parts } = await receiver();
    expect((await exportTraces(client, Buffer.alloc(MIB), '')).code).toBe(status.UNAUTHENTICATED);
    expect(parts.budget.heldBytes()).toBe(0);
  });

  it('answers another service with UNIMPLEMENTED', async () => {
    const { client } = await receiver();
    const metrics = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
    expect((await exportTraces(client, 'x', undefined, metrics)).code).toBe(status.UNIMPLEMENTED);
  });

  it('answers a message above the limit with RESOURCE_EXHAUSTED that is not to be retried', async () => {
    const { client } = await receiver();
    const answer = await exportTraces(client, Buffer.alloc(17 * MIB));
    expect(answer.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(details(answer).toString()).not.toContain('RetryInfo');
    expect((await exportTraces(client, 'span')).code).toBe(status.OK);
  });

  it('answers a gzip bomb with RESOURCE_EXHAUSTED', async () => {
    const { client } = await receiver({}, { 'grpc.default_compression_algorithm': 2 });
    expect(gzipSync(Buffer.alloc(100 * MIB)).length).toBeLessThan(MIB);
    const answer = await exportTraces(client, Buffer.alloc(100 * MIB));
    expect(answer.code).toBe(status.RESOURCE_EXHAUSTED);
  });

  it('answers a failing log with UNAVAILABLE and when to come again', async () => {
    const { client } = await receiver({ append: () => Promise.reject(new Error('disk')) });
    const answer = await exportTraces(client, 'span');
    expect(answer.code).toBe(status.UNAVAILABLE);
    // RetryInfo.retry_delay (field 1, 2 bytes) holds Duration.seconds (field 1) = 1, at the end of the status.
    expect(details(answer).toString('latin1')).toContain(
      'google.rpc.RetryInfo\x12\x04\x0a\x02\x08\x01',
    );
  });

  it('answers a producer over its share with RESOURCE_EXHAUSTED and when to come again', async () => {
    const { client } = await receiver({ config: { producerHeldBytesMax: 3 } });
    const answer = await exportTraces(client, 'span');
    expect(answer.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(details(answer).toString()).toContain('google.rpc.RetryInfo');
  });

  it('ends a call whose message does not arrive in time', async () => {
    const { client, appended } = await receiver({ config: { requestWaitMsMax: 50 } });
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${producerKey}`);
    const ended = new Promise<number>((resolve) => {
      const call = client.makeClientStreamRequest(EXPORT, asIs, asIs, metadata, (error) =>
        resolve(error?.code ?? status.OK),
      );
      call.write(Buffer.from('span'));
    });
    expect(await ended).toBe(status.DEADLINE_EXCEEDED);
    expect(appended).toEqual([]);
  });

  it('survives peers that speak something else or leave at once', async () => {
    const { client, port } = await receiver();
    for (const said of [
      'GET / HTTP/1.1\r\n\r\n',
      '\u0016\u0003\u0001',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nxxxxxxxxxxxx',
    ]) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => socket.destroy());
      socket.write(said);
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.resetAndDestroy();
    }
    expect((await exportTraces(client, 'span')).code).toBe(status.OK);
  });

  it('closes connections above the limit', async () => {
    const { port } = await receiver({ config: { connectionsMax: 1 } });
    const first = connect(port, '127.0.0.1');
    await once(first, 'connect');
    const second = connect(port, '127.0.0.1');
    await once(second.resume(), 'close');
    first.destroy();
  });

  it('finishes calls under way when it closes, and can be closed twice', async () => {
    let release = (): void => undefined;
    const append = (): Promise<void> => new Promise((resolve) => (release = resolve));
    const { client, grpc } = await receiver({ append });
    const answer = exportTraces(client, 'span');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closing = grpc.close(5_000);
    release();
    expect((await answer).code).toBe(status.OK);
    await closing;
    await grpc.close(5_000);
  });
});
