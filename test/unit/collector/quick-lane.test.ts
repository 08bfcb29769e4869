import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { array, assert, asyncProperty, integer, shuffledSubarray } from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { createHttpReceiver } from '../../../collector/receive-http.ts';
import { readPlainHead } from '../../../collector/plain-head.ts';
import { headerNames } from '../../../schemas/topics.ts';
import { producerKey, readerKey, testParts } from './receiver-parts.ts';
import type { TestOptions } from './receiver-parts.ts';

let running: FastifyInstance | undefined;
afterEach(async () => {
  running?.server.closeAllConnections();
  await running?.close();
  running = undefined;
});

async function receiver(options: TestOptions = {}) {
  const test = testParts(options);
  running = createHttpReceiver(test.parts);
  const url = new URL(await running.listen({ host: '127.0.0.1', port: 0 }));
  return { ...test, app: running, port: Number(url.port) };
}

type Fields = Readonly<Record<string, string>>;

function request(body: string, fields: Fields = {}, line = 'POST /v1/traces HTTP/1.1'): string {
  const all: Fields = {
    Host: 'x',
    'Content-Type': 'application/x-protobuf',
    Authorization: `Bearer ${producerKey}`,
    'Content-Length': String(body.length),
    ...fields,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line}\r\n${lines.join('')}\r\n${body}`;
}

const health = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n';
const last = 'GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

/** Sends the pieces, each a packet of its own, and gives the statuses of the answers once the server closes. */
async function statusesOf(port: number, pieces: readonly string[]): Promise<readonly number[]> {
  const text = await exchange(port, pieces);
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /gu)].map((match) => Number(match[1]));
}

async function exchange(port: number, pieces: readonly string[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const answer = readAll(socket);
  for (const piece of pieces) {
    await new Promise((resolve) => socket.write(piece, resolve));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return answer;
}

function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
  });
}

function connectionsOf(server: FastifyInstance['server'] | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    server?.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

describe('the quick lane', () => {
  it('answers each of several requests that came in one packet, in their order', async () => {
    const { port, appended } = await receiver();
    const packet = request('span') + request('bad') + request('reject2') + request('span') + last;
    expect(await statusesOf(port, [packet])).toEqual([200, 400, 200, 200, 200]);
    // Two spans, and a dead letter for what was refused.
    expect(appended).toHaveLength(3);
  });

  it('lets a connection go over to Node’s server in the middle, and loses no byte of it', async () => {
    const { port, appended } = await receiver();
    const chunked = request('', { 'Content-Length': '' }).replace(
      'Content-Length: \r\n',
      'Transfer-Encoding: chunked\r\n',
    );
    const pieces = [request('span'), `${chunked}4\r\nspan\r\n0\r\n\r\n`, request('span'), last];
    expect(await statusesOf(port, pieces)).toEqual([200, 200, 200, 200]);
    // Node takes the next request before it has answered the last: two may share a message.
    const spans = appended.map(({ headers }) => Number(headers[headerNames.spans]));
    expect(spans.reduce((sum, count) => sum + count, 0)).toBe(3);
  });

  it('gives the same answers however the bytes are cut into packets', async () => {
    const { port } = await receiver();
    const parts = [
      request('span'),
      request('bad'),
      request('s'.repeat(20_000)),
      request('span', { Authorization: 'Bearer wb_wrong' }),
      request('span', { 'Content-Type': 'application/json' }),
      health,
    ];
    const expected = [200, 400, 200, 401, 200, 200];
    const cuts = array(integer({ min: 1, max: 20_000 }), { maxLength: 12 });
    const order = shuffledSubarray([0, 1, 2, 3, 4, 5]);
    await assert(
      asyncProperty(order, cuts, async (indexes, places) => {
        const text = indexes.map((index) => parts[index] ?? '').join('') + last;
        const edges = [0, ...places.filter((at) => at < text.length).sort((a, b) => a - b)];
        const pieces = edges.map((at, index) => text.slice(at, edges[index + 1]));
        const wanted = [...indexes.map((index) => expected[index]), 200];
        expect(
          await statusesOf(
            port,
            pieces.filter((piece) => piece !== ''),
          ),
        ).toEqual(wanted);
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it('answers what it owes to a peer that has said its last', async () => {
    const { port, appended } = await receiver();
    const socket = connect(port, '127.0.0.1');
    socket.end(request('span'));
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n/u);
    expect(appended).toHaveLength(1);
  });

  it.each([
    ['after an answer', [request('span')]],
    ['as its first request', []],
  ])(
    'answers a request that is not plain to a peer that has said its last, %s',
    async (_, before) => {
      const { port } = await receiver();
      const socket = connect(port, '127.0.0.1');
      socket.end([...before, request('span', { 'X-A': 'ü' })].join(''));
      const statuses = [...(await readAll(socket)).matchAll(/HTTP\/1\.1 (\d{3}) /gu)];
      expect(statuses.map((match) => match[1])).toEqual([...before.map(() => '200'), '200']);
    },
  );

  it('takes the rest of a refused body for no request', async () => {
    const { port, appended } = await receiver({ config: { producerHeldBytesMax: 500 } });
    const inner = request('span');
    const pieces = [request('x'.repeat(600) + inner).slice(0, -inner.length), inner];
    expect(await statusesOf(port, pieces)).toEqual([429]);
    expect(appended).toEqual([]);
  });

  it('takes the rest of a body that was too slow for no request', async () => {
    const { port, appended } = await receiver({
      config: { requestWaitMsMax: 50 },
    });
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const answer = readAll(socket);
    socket.write(request('x', { 'Content-Length': '900' }));
    await once(socket, 'data');
    socket.end(request('span'));
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /u);
    expect(appended).toEqual([]);
  });

  it('gives back what it held of a request behind one that was being answered when the connection broke', async () => {
    const append = Promise.withResolvers<void>();
    const { port, parts } = await receiver({ append: () => append.promise });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    const half = request('half', { 'Content-Length': '100' });
    await new Promise((resolve) => socket.write(request('span') + half, resolve));
    await expect.poll(() => parts.budget.heldBytes()).toBe('span'.length);
    socket.resetAndDestroy();
    const taken = running?.server;
    await expect.poll(() => connectionsOf(taken)).toBe(0);
    append.resolve();
    await expect.poll(() => parts.budget.heldBytes()).toBe(0);
  });

  it('closes a connection that never says anything within the time for headers', async () => {
    const { port } = await receiver({ config: { headersWaitMsMax: 100 } });
    expect(await readAll(connect(port, '127.0.0.1'))).toBe('');
  });

  it('closes an idle connection after the time that it may idle', async () => {
    const { port } = await receiver({ config: { keepAliveMsMax: 100 } });
    expect(await statusesOf(port, [request('span')])).toEqual([200]);
  });

  it('refuses a body for which there is no room, and reads no further', async () => {
    const { port, parts } = await receiver({ config: { producerHeldBytesMax: 10 } });
    expect(await statusesOf(port, [request('more than ten bytes')])).toEqual([429]);
    expect(parts.budget.heldBytes()).toBe(0);
  });

  it('counts a body that broke off', async () => {
    const { port, metrics, parts } = await receiver();
    const socket = connect(port, '127.0.0.1');
    socket.end(request('span', { 'Content-Length': '100' }));
    await readAll(socket);
    expect(metrics.render()).toContain('errors_total{code="COLLECTOR_REQUEST_ABORTED"} 1');
    expect(parts.budget.heldBytes()).toBe(0);
  });

  it('says Date and the media type, as Node’s server does', async () => {
    const { port } = await receiver();
    const text = await exchange(port, [request('span'), last]);
    expect(text).toMatch(/\r\ndate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/u);
    expect(text).toMatch(/\r\ncontent-type: application\/x-protobuf\r\ncontent-length: 0\r\n/u);
  });

  it.each<[string, number, string]>([
    ['two lengths', 400, request('span', { 'content-length': '5' })],
    ['a length and chunks', 400, request('span', { 'Transfer-Encoding': 'chunked' })],
    ['a length with a sign', 400, request('span', { 'Content-Length': '+4' })],
    ['a space before the colon', 400, request('span', { 'X-A ': 'b' })],
    ['a folded line', 400, request('span', { 'X-A': 'b\r\n c: d' })],
    ['a bare line feed', 400, request('span', { 'X-A': 'b\nContent-Length: 9' })],
    ['a bare line feed before a field', 400, request('span', { 'X-A': '\nContent-Length: 9' })],
    ['a length behind a vertical tab', 400, request('span', { 'Content-Length': '\v4' })],
    ['no host', 400, request('span').replace('Host: x\r\n', '')],
    ['no key', 401, request('span').replace(/Authorization.*\r\n/u, '')],
    ['a reader’s key', 403, request('span', { Authorization: `Bearer ${readerKey}` })],
    ['another method', 405, request('span', {}, 'PUT /v1/traces HTTP/1.1')],
  ])('leaves %s to Node’s server, which says %i', async (_, status, text) => {
    const { port, appended } = await receiver();
    expect((await statusesOf(port, [text, last]))[0]).toBe(status);
    expect(appended).toEqual([]);
  });
});

describe('a plain head', () => {
  const plain = request('').slice(0, -4);

  it('is read', () => {
    expect(readPlainHead(plain)).toEqual({
      authorization: `Bearer ${producerKey}`,
      encoding: 'protobuf',
      contentLength: 0,
    });
  });

  it.each(['__proto__: 1', 'constructor: 1', 'X:\t a \t', 'X:'])(
    'is one with the further line %j',
    (line) => {
      expect(readPlainHead(`${plain}\r\n${line}`)).toBeDefined();
    },
  );

  it.each([
    'Expect: 100-continue',
    'Connection: close',
    'Connection: upgrade',
    'Upgrade: h2c',
    'Transfer-Encoding: identity',
    'Content-Encoding: gzip',
    'Host: y',
    'Authorization: x',
    'Content-Type: application/json',
    'Trailer: x',
    ': x',
    'no colon',
    'X: \u0001',
    'X: ü',
    'X: \nTransfer-Encoding: chunked',
    'X: a\n',
    'X: a\r',
    'X: \u00a0',
    'X: \v',
    '',
  ])('is not one with the further line %j', (line) => {
    expect(readPlainHead(`${plain}\r\n${line}`)).toBeUndefined();
  });
});
