import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';

export type StoreRequest = { readonly isInsert: boolean };

/** What becomes of a request: it is not taken, or it is carried out and said to have failed. */
export type StoreFate =
  | 'answered'
  /** 503, and nothing is done. */
  | 'refused'
  /** The connection ends, and nothing is done. */
  | 'lost'
  /** Carried out, then 500. */
  | 'failed-after'
  /** Carried out, then the connection ends. */
  | 'lost-after';

export type StoreWeather = {
  fate?: (request: StoreRequest) => StoreFate;
  /** Before a request is passed on. */
  delayMs?: number;
};

/** Stands between roles and ClickHouse's HTTP port. */
export type StoreProxy = { readonly url: string; weather: StoreWeather; stop(): Promise<void> };

type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

export async function startStoreProxy(upstream: string): Promise<StoreProxy> {
  const proxy: Pick<StoreProxy, 'weather'> = { weather: {} };
  const agent = new Agent({ keepAlive: true });

  async function answer(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(asked);
    const isInsert = /INSERT/iu.test(`${decodeURIComponent(asked.url ?? '')} ${headOf(body)}`);
    const { fate, delayMs } = proxy.weather;
    const fated = fate?.({ isInsert }) ?? 'answered';
    if (delayMs !== undefined) await wait(delayMs);
    if (fated === 'lost') return void response.destroy();
    if (fated === 'refused') return void response.writeHead(503).end('Code: 0. The store is away.');
    const given = await pass(asked, body);
    if (fated === 'lost-after') return void response.destroy();
    if (fated === 'failed-after') return void response.writeHead(500).end('It broke afterwards.');
    response.writeHead(given.status, given.headers).end(given.body);
  }

  async function pass(asked: IncomingMessage, body: Buffer): Promise<Answer> {
    const headers = { ...asked.headers, 'content-length': String(body.length) };
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = request(new URL(asked.url ?? '/', upstream), {
      method: asked.method,
      headers: withoutHop(headers),
      agent,
    });
    sent.on('response', resolve).on('error', reject).end(body);
    const given = await promise;
    const told = { ...withoutHop(given.headers) };
    return { status: given.statusCode ?? 502, headers: told, body: await buffer(given) };
  }

  const server = createServer((asked, response) => {
    answer(asked, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function headOf(body: Buffer): string {
  return body.toString('latin1', 0, 64);
}

/** What holds between two neighbours only. */
function withoutHop(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { connection: _, 'transfer-encoding': __, 'keep-alive': ___, ...kept } = headers;
  return kept;
}
