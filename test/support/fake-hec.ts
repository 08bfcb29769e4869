import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** What the receiver does with a request instead of simply taking it. */
export type Fault =
  | { readonly kind: 'none' }
  /** Answers so, and takes nothing. */
  | {
      readonly kind: 'refuse';
      readonly status: number;
      readonly code?: number;
      readonly retryAfter?: string;
    }
  /** Never answers. `taken`: it had indexed the events before. */
  | { readonly kind: 'stall'; readonly taken: boolean }
  /** Resets the connection. `taken`: it had indexed the events before, so that they will come twice. */
  | { readonly kind: 'reset'; readonly taken: boolean }
  /** Indexes those before the number and refuses the request for that one (code 6). */
  | { readonly kind: 'partial'; readonly at: number }
  /** Answers 200 with an early warning that its queue is filling (code 24). */
  | { readonly kind: 'warn' };

export type Envelope = {
  readonly time: number;
  readonly host: string;
  readonly source: string;
  readonly sourcetype: string;
  readonly index?: string;
  readonly event: Readonly<Record<string, unknown>> & {
    readonly metadata: { readonly uid: string };
  };
};

export type FakeHecOptions = {
  readonly token?: string;
  /** The fault for the n-th POST of events, from 0. */
  readonly fault?: (request: number) => Fault;
  /** Events refused for good, with this code (12, 13, 15, or 6). */
  readonly refuses?: (event: Envelope) => number | undefined;
  /** Bodies above it are answered as Enterprise (413) or Cloud (400, code 6, event 0) do. */
  readonly bodyBytesMax?: number;
  readonly tooLarge?: 'enterprise' | 'cloud';
  /** Acknowledge after so many questions; each answer "true" is given once. */
  readonly ackAfterPolls?: number;
};

export type FakeHec = {
  readonly url: string;
  /** Every event indexed, in order, duplicates too. */
  readonly indexed: readonly Envelope[];
  readonly requests: readonly {
    readonly events: number;
    readonly headers: IncomingMessage['headers'];
  }[];
  readonly options: { current: FakeHecOptions };
  close(): Promise<void>;
};

/** A receiver that answers as Splunk's HTTP Event Collector does, and fails on demand. */
export async function startFakeHec(options: FakeHecOptions = {}): Promise<FakeHec> {
  const state: State = {
    options: { current: options },
    indexed: [],
    requests: [],
    acks: new Map(),
  };
  const server = createServer((request, response) => {
    readAll(request).then(
      (body) => answer(state, request, response, body),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    indexed: state.indexed,
    requests: state.requests,
    options: state.options,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type State = {
  readonly options: { current: FakeHecOptions };
  readonly indexed: Envelope[];
  readonly requests: { events: number; headers: IncomingMessage['headers'] }[];
  /** Ack id → questions so far; forgotten once answered with true. */
  readonly acks: Map<number, number>;
};

function answer(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): void {
  const { token = 'token' } = state.options.current;
  const { authorization } = request.headers;
  if (authorization === undefined) return reply(response, 401, 2);
  if (!authorization.startsWith('Splunk ')) return reply(response, 401, 3);
  if (authorization !== `Splunk ${token}`) return reply(response, 403, 4);
  if (request.url === '/services/collector/ack') return answerAcks(state, response, body);
  if (request.url !== '/services/collector/event') return reply(response, 404);
  return takeEvents(state, request, response, body);
}

function takeEvents(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): void {
  const { options, requests } = state;
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'gzip') return reply(response, 415);
  const plain = encoding === 'gzip' ? gunzipSync(body) : body;
  const number = requests.length;
  const events = plain
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Envelope);
  requests.push({ events: events.length, headers: request.headers });
  if (events.length === 0) return reply(response, 400, 5);
  const { bodyBytesMax = Infinity, tooLarge = 'enterprise' } = options.current;
  if (plain.length > bodyBytesMax) {
    return tooLarge === 'cloud' ? reply(response, 400, 6, { event: 0 }) : reply(response, 413);
  }
  return applyFault(state, response, events, options.current.fault?.(number) ?? { kind: 'none' });
}

function applyFault(
  state: State,
  response: ServerResponse,
  events: readonly Envelope[],
  fault: Fault,
): void {
  switch (fault.kind) {
    case 'refuse':
      return reply(response, fault.status, fault.code, { retryAfter: fault.retryAfter });
    case 'stall':
      if (fault.taken) state.indexed.push(...events);
      return undefined;
    case 'reset':
      if (fault.taken) state.indexed.push(...events);
      response.destroy();
      return undefined;
    case 'partial': {
      const at = Math.min(fault.at, events.length - 1);
      state.indexed.push(...events.slice(0, at));
      return reply(response, 400, 6, { event: at });
    }
    case 'warn':
      state.indexed.push(...events);
      return reply(response, 200, 24);
    case 'none':
      break;
  }
  return index(state, response, events);
}

// As HEC does, it stops at the first event that it cannot take; what stands before it has been taken.
function index(state: State, response: ServerResponse, events: readonly Envelope[]): void {
  const { refuses, ackAfterPolls } = state.options.current;
  for (const [at, event] of events.entries()) {
    const code = refuses?.(event);
    if (code !== undefined) return reply(response, 400, code, { event: at });
    state.indexed.push(event);
  }
  if (ackAfterPolls === undefined) return reply(response, 200, 0);
  const ackId = state.requests.length - 1;
  state.acks.set(ackId, 0);
  return reply(response, 200, 0, { ackId });
}

function answerAcks(state: State, response: ServerResponse, body: Buffer): void {
  const { acks } = JSON.parse(body.toString('utf8')) as { readonly acks: readonly number[] };
  const answers = acks.map((ackId) => {
    const polls = state.acks.get(ackId);
    if (polls === undefined) return [ackId, false] as const;
    const done = polls + 1 >= (state.options.current.ackAfterPolls ?? 1);
    if (done) state.acks.delete(ackId);
    else state.acks.set(ackId, polls + 1);
    return [ackId, done] as const;
  });
  response.end(JSON.stringify({ acks: Object.fromEntries(answers) }));
}

function reply(
  response: ServerResponse,
  status: number,
  code?: number,
  more: {
    readonly event?: number;
    readonly ackId?: number;
    readonly retryAfter?: string | undefined;
  } = {},
): void {
  if (more.retryAfter !== undefined) response.setHeader('Retry-After', more.retryAfter);
  response.statusCode = status;
  const fields = {
    text: 'text of the reply',
    code,
    ...(more.event === undefined ? {} : { 'invalid-event-number': more.event }),
    ...(more.ackId === undefined ? {} : { ackId: more.ackId }),
  };
  response.end(code === undefined ? '<html>no HEC</html>' : JSON.stringify(fields));
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
