import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { createHttpReceiver } from '../../../collector/receive-http.ts';
import { producerKey, readerKey, testParts } from './receiver-parts.ts';
import type { TestOptions } from './receiver-parts.ts';

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const MIB = 1024 * 1024;

let running: FastifyInstance | undefined;
afterEach(async () => {
  running?.server.closeAllConnections();
  await running?.close();
  running = undefined;
});

function receiver(options: TestOptions = {}) {
  const test = testParts(options);
  running = createHttpReceiver(test.parts);
  return { ...test, app: running };
}

function exportOf(body: string | Buffer, headers: Record<string, string> = {}): InjectOptions {
  return {
    method: 'POST',
    url: '/v1/traces',
    headers: { 'content-type': PROTOBUF, authorization: `Bearer ${producerKey}`, ...headers },
    payload: body,
  };
}

describe('OTLP/HTTP', () => {
  it('answers a full success with an empty protobuf message', async () => {
    const { app, appended } = receiver();
    const answer = await app.inject(exportOf('span'));
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe(PROTOBUF);
    expect(answer.rawPayload).toHaveLength(0);
    expect(appended).toHaveLength(1);
  });

  it('answers JSON with JSON', async () => {
    const { app } = receiver();
    const answer = await app.inject(
      exportOf('span', { 'content-type': 'application/json; charset=utf-8' }),
    );
    expect([answer.statusCode, answer.headers['content-type'], answer.payload]).toEqual([
      200,
      JSON_TYPE,
      '{}',
    ]);
  });

  it('takes log records under the same rules, and tells how many of them were refused', async () => {
    const { app, appended, metrics } = receiver();
    const logs = (body: string, type: string) =>
      app.inject({ ...exportOf(body, { 'content-type': type }), url: '/v1/logs' });
    expect((await logs('record', PROTOBUF)).statusCode).toBe(200);
    expect(appended).toMatchObject([{ topic: 'waybill.spans.v1', headers: { kind: 'logs' } }]);
    expect((await logs('reject2', JSON_TYPE)).json()).toEqual({
      partialSuccess: {
        rejectedLogRecords: '2',
        errorMessage: 'Rejected log records: 2 span_id_zero.',
      },
    });
    expect((await logs('bad', PROTOBUF)).statusCode).toBe(400);
    expect((await app.inject({ method: 'GET', url: '/v1/logs' })).statusCode).toBe(405);
    expect(metrics.render()).toContain('waybill_collector_log_records_accepted_total 1');
  });

  it('answers an empty request with success and appends nothing', async () => {
    const { app, appended } = receiver();
    const answer = await app.inject(exportOf(''));
    expect(answer.statusCode).toBe(200);
    expect(appended).toEqual([]);
  });

  it('tells a partial success with the count and the reason', async () => {
    const { app, metrics } = receiver();
    const json = await app.inject(exportOf('reject3', { 'content-type': JSON_TYPE }));
    expect(json.statusCode).toBe(200);
    expect(json.json()).toEqual({
      partialSuccess: { rejectedSpans: '3', errorMessage: 'Rejected spans: 3 span_id_zero.' },
    });
    const protobuf = await app.inject(exportOf('reject3'));
    // Field 1 of 35 bytes: field 1 varint 3, field 2 a string of 31 bytes.
    const text = 'Rejected spans: 3 span_id_zero.';
    const expected = Buffer.concat([Buffer.from([0x0a, 35, 0x08, 3, 0x12, 31]), Buffer.from(text)]);
    expect(protobuf.rawPayload).toEqual(expected);
    expect(metrics.render()).toContain(
      'waybill_collector_spans_rejected_total{reason="span_id_zero"} 6',
    );
  });

  const gzipped = gzipSync('span');
  it.each<[string, number, InjectOptions]>([
    ['no key', 401, { ...exportOf('span'), headers: { 'content-type': PROTOBUF } }],
    ['a wrong key', 401, exportOf('span', { authorization: 'Bearer wb_wrong' })],
    ['another scheme', 401, exportOf('span', { authorization: `Basic ${producerKey}` })],
    ['a reader key', 403, exportOf('span', { authorization: `Bearer ${readerKey}` })],
    ['bytes that are no OTLP', 400, exportOf('bad')],
    ['another media type', 415, exportOf('span', { 'content-type': 'text/plain' })],
    [
      'a media type with a control character',
      415,
      exportOf('span', { 'content-type': '\u0001/x' }),
    ],
    ['another compression', 415, exportOf('span', { 'content-encoding': 'zstd' })],
    ['gzip', 200, exportOf(gzipped, { 'content-encoding': 'gzip' })],
    ['identity', 200, exportOf('span', { 'content-encoding': 'identity' })],
    ['what is no gzip', 400, exportOf('span', { 'content-encoding': 'gzip' })],
    ['gzip cut off', 400, exportOf(gzipped.subarray(0, -9), { 'content-encoding': 'gzip' })],
    [
      'a gzip bomb',
      413,
      exportOf(gzipSync(Buffer.alloc(100 * MIB)), { 'content-encoding': 'gzip' }),
    ],
    ['a body above the limit', 413, exportOf(Buffer.alloc(17 * MIB))],
    ['a defect of ours', 500, exportOf('bug')],
    ['GET', 405, { ...exportOf(''), method: 'GET' }],
    ['PUT', 405, { ...exportOf('span'), method: 'PUT' }],
    ['metrics', 404, { ...exportOf('span'), url: '/v1/metrics' }],
    ['metrics', 404, { ...exportOf('span'), url: '/v1/metrics' }],
    ['any other path', 404, { ...exportOf('span'), url: '/nowhere' }],
    ['a query string', 200, { ...exportOf('span'), url: '/v1/traces?x=1' }],
  ])('answers %s with %i', async (_, status, request) => {
    const { app } = receiver();
    const answer = await app.inject(request);
    expect(answer.statusCode).toBe(status);
    expect((await app.inject(exportOf('span'))).statusCode).toBe(200);
  });

  it('describes an error as google.rpc.Status in the encoding of the request', async () => {
    const { app } = receiver();
    const json = await app.inject(exportOf('bad', { 'content-type': JSON_TYPE }));
    expect(json.headers['content-type']).toBe(JSON_TYPE);
    expect(json.json()).toMatchObject({
      code: 3,
      details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest' }],
    });
    const protobuf = await app.inject(exportOf('bad'));
    expect(protobuf.headers['content-type']).toBe(PROTOBUF);
    // Status.code (field 1) is INVALID_ARGUMENT, 3; then comes Status.message (field 2).
    expect([...protobuf.rawPayload.subarray(0, 3)]).toEqual([0x08, 3, 0x12]);
  });

  it('says nothing of the inside of a defect', async () => {
    const { app } = receiver();
    const answer = await app.inject(exportOf('bug', { 'content-type': JSON_TYPE }));
    expect(answer.payload).not.toContain('secret-inside');
  });

  it('answers 503 with Retry-After when the log is full or failing, and acknowledges nothing', async () => {
    for (const code of ['EVENT_LOG_FULL', 'EIO']) {
      const failure = Object.assign(new Error('no'), { code });
      const { app } = receiver({ append: () => Promise.reject(failure) });
      const answer = await app.inject(exportOf('span', { 'content-type': JSON_TYPE }));
      expect(answer.statusCode).toBe(503);
      expect(answer.headers['retry-after']).toBe('1');
      expect(JSON.stringify(answer.json())).toContain('"retryDelay":"1s"');
      expect((await app.inject('/readyz')).statusCode).toBe(503);
      expect((await app.inject('/livez')).statusCode).toBe(200);
    }
  });

  it('answers 429 with Retry-After when one producer holds more than its share', async () => {
    const { app } = receiver({ config: { producerHeldBytesMax: 10 } });
    const answer = await app.inject(exportOf('more than ten bytes'));
    expect(answer.statusCode).toBe(429);
    expect(answer.headers['retry-after']).toBe('1');
    expect((await app.inject(exportOf('span'))).statusCode).toBe(200);
  });

  it('answers 429 when a producer is over its rate', async () => {
    const { app } = receiver({ config: { producerBytesPerSecondMax: 1 } });
    expect((await app.inject(exportOf('a span of many bytes'))).statusCode).toBe(200);
    expect((await app.inject(exportOf('span'))).statusCode).toBe(429);
  });

  it('answers 503 when all requests together hold too much, and counts the limit', async () => {
    const { app, metrics } = receiver({ config: { heldBytesMax: 10 } });
    const answer = await app.inject(exportOf('more than ten bytes'));
    expect(answer.statusCode).toBe(503);
    expect(metrics.render()).toContain('limit_hits_total{limit="heldBytesMax"} 1');
  });

  it('releases what it held, whatever the answer', async () => {
    const { app, parts } = receiver();
    for (const body of ['span', 'bad', 'bug', 'reject1']) await app.inject(exportOf(body));
    await app.inject(exportOf(gzipSync(Buffer.alloc(100 * MIB)), { 'content-encoding': 'gzip' }));
    expect(parts.budget.heldBytes()).toBe(0);
  });

  it('gives metrics with help lines, without a key and without a tenant', async () => {
    const { app } = receiver();
    await app.inject(exportOf('span'));
    const { payload } = await app.inject('/metrics');
    expect(payload).toContain('# HELP waybill_collector_spans_accepted_total ');
    expect(payload).toContain('waybill_collector_spans_accepted_total 1\n');
    expect(payload).toContain('requests_total{protocol="http",status="200"} 1');
    expect(payload).not.toContain('acme');
  });
});

describe('OTLP/HTTP on a socket', () => {
  it('answers 413 to 100 MB without keeping them, announced or not', async () => {
    const { app, parts } = receiver();
    const { port } = await listen(app);
    for (const announced of [true, false]) {
      expect(await postLarge(port, 100 * MIB, announced)).toBe(413);
    }
    expect(parts.budget.heldBytes()).toBe(0);
  });

  it('survives a sender that goes away in the middle of its body', async () => {
    const { app, parts } = receiver();
    const { port } = await listen(app);
    const socket = connect(port, '127.0.0.1');
    socket.write(rawHead(1000) + 'x'.repeat(100));
    await eventually(() => parts.budget.heldBytes() === 100);
    socket.destroy();
    await eventually(() => parts.budget.heldBytes() === 0);
    expect((await app.inject(exportOf('span'))).statusCode).toBe(200);
  });

  it('cuts off a body that does not arrive in time', async () => {
    const { app, appended } = receiver({
      config: { requestWaitMsMax: 300, headersWaitMsMax: 200 },
    });
    const { port } = await listen(app);
    const socket = connect(port, '127.0.0.1');
    socket.write(rawHead(1000) + 'x');
    const [line] = (await readAll(socket)).split('\r\n');
    expect(line).toBe('HTTP/1.1 408 Request Timeout');
    expect(appended).toEqual([]);
  });

  it('closes connections above the limit', async () => {
    const { app } = receiver({ config: { connectionsMax: 1 } });
    const { port } = await listen(app);
    const first = connect(port, '127.0.0.1');
    await new Promise((resolve) => first.once('connect', resolve));
    expect(await readAll(connect(port, '127.0.0.1'))).toBe('');
    first.destroy();
  });

  it('refuses headers above the limit', async () => {
    const { app } = receiver({ config: { headerBytesMax: 1000 } });
    const { port } = await listen(app);
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(2000)}\r\n\r\n`);
    expect((await readAll(socket)).slice(0, 12)).toBe('HTTP/1.1 431');
  });
});

async function listen(app: FastifyInstance): Promise<{ readonly port: number }> {
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  return { port: Number(url.port) };
}

function rawHead(length: number): string {
  return (
    'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n' +
    `Authorization: Bearer ${producerKey}\r\nContent-Length: ${length}\r\n\r\n`
  );
}

function postLarge(port: number, bytes: number, announced: boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': PROTOBUF,
      authorization: `Bearer ${producerKey}`,
      ...(announced ? { 'content-length': bytes } : {}),
    };
    const options = { port, host: '127.0.0.1', method: 'POST', path: '/v1/traces', headers };
    const request = httpRequest(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    request.on('error', reject);
    const piece = Buffer.alloc(MIB);
    const writeNext = (left: number): void => {
      if (left === 0) request.end();
      else request.write(piece, () => writeNext(left - 1));
    };
    writeNext(bytes / MIB);
  });
}

function readAll(socket: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
  });
}

async function eventually(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('It did not happen within 2 s.');
}
