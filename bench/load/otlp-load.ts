import { once } from 'node:events';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { createRequestTemplate } from './mcp-request.ts';
import type { RequestTemplate } from './mcp-request.ts';

/**
 * A load of OTLP/HTTP protobuf requests over raw keep-alive sockets, one request outstanding a connection: cheap enough to
 * stand beside what it measures on two cores. Run as a program, it reads {@link LoadOptions} from its arguments and prints
 * one {@link LoadResult} as JSON.
 */
export type LoadOptions = {
  readonly host: string;
  readonly port: number;
  readonly key: string;
  readonly spansPerRequest: number;
  readonly connections: number;
  readonly seconds: number;
  readonly seed: number;
  /** Requests a second over all connections; 0 sends as fast as answers come. */
  readonly requestsPerSecondMax?: number;
};

export type LoadResult = {
  readonly requests: number;
  /** Spans of requests answered 200. */
  readonly acknowledgedSpans: number;
  readonly seconds: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly latencyMsP50: number;
  readonly latencyMsP99: number;
  readonly cpuSeconds: number;
  readonly requestBytes: number;
};

export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const rate = options.requestsPerSecondMax ?? 0;
  const run: Run = {
    statuses: new Map(),
    latencies: [],
    endAt: 0,
    paceMs: rate > 0 ? (options.connections * 1000) / rate : 0,
  };
  const opening = Array.from({ length: options.connections }, (_, at) =>
    openSender(options, at, run),
  );
  const senders = await Promise.all(opening);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  run.endAt = startedAt + options.seconds * 1000;
  await Promise.all(senders.map((sender) => sender.send()));
  return summarise(options, run, performance.now() - startedAt, process.cpuUsage(cpuBefore));
}

type Run = {
  readonly statuses: Map<string, number>;
  readonly latencies: number[];
  endAt: number;
  readonly paceMs: number;
};

/** A connection with its request; `send` repeats it, made fresh, until the run's end. */
type Sender = { send(): Promise<void> };

const READ_BYTES = 4096;

async function openSender(options: LoadOptions, at: number, run: Run): Promise<Sender> {
  const template = createRequestTemplate(options.spansPerRequest, options.seed * 1000 + at);
  const head = requestHead(options, template);
  const whole = Buffer.concat([head, template.bytes]);
  const ended = Promise.withResolvers<void>();
  let sentAt = 0;
  const next = (): void => {
    sentAt = performance.now();
    if (sentAt >= run.endAt) {
      ended.resolve();
      socket.end();
      return;
    }
    template.refresh(Date.now());
    template.bytes.copy(whole, head.length);
    socket.write(whole);
  };
  const onread = (length: number, buffer: Uint8Array): boolean => {
    const tookMs = performance.now() - sentAt;
    onAnswer(buffer, length, run, tookMs);
    if (run.paceMs - tookMs > 1) setTimeout(next, run.paceMs - tookMs);
    else next();
    return true;
  };
  const { host, port } = options;
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  const socket = connect({ host, port, noDelay: true, onread: { buffer, callback: onread } });
  socket.once('error', ended.reject);
  socket.once('close', () => ended.reject(new Error('The server closed the connection.')));
  await once(socket, 'connect');
  return {
    send: () => {
      next();
      return ended.promise;
    },
  };
}

/** Our answers are small and come in one piece; anything else ends the run, for the figures would be wrong. */
function onAnswer(buffer: Uint8Array, length: number, run: Run, tookMs: number): void {
  const answer = Buffer.from(buffer.buffer, buffer.byteOffset, length);
  const status = answer.toString('latin1', 9, 12);
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0 || !answer.subarray(0, 9).equals(ANSWER_START)) {
    throw new Error(`Not one whole answer: ${answer.toString('latin1', 0, 80)}`);
  }
  run.statuses.set(status, (run.statuses.get(status) ?? 0) + 1);
  run.latencies.push(tookMs);
}

const ANSWER_START = Buffer.from('HTTP/1.1 ');

function requestHead(options: LoadOptions, template: RequestTemplate): Buffer {
  return Buffer.from(
    `POST /v1/traces HTTP/1.1\r\nHost: ${options.host}:${options.port}\r\n` +
      `Authorization: Bearer ${options.key}\r\nContent-Type: application/x-protobuf\r\n` +
      `User-Agent: waybill-load\r\nContent-Length: ${template.bytes.length}\r\n\r\n`,
  );
}

function summarise(
  options: LoadOptions,
  run: Run,
  tookMs: number,
  cpu: NodeJS.CpuUsage,
): LoadResult {
  const sorted = Float64Array.from(run.latencies).sort();
  const quantile = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return {
    requests: run.latencies.length,
    acknowledgedSpans: (run.statuses.get('200') ?? 0) * options.spansPerRequest,
    seconds: tookMs / 1000,
    statuses: Object.fromEntries(run.statuses),
    latencyMsP50: quantile(0.5),
    latencyMsP99: quantile(0.99),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    requestBytes: createRequestTemplate(options.spansPerRequest, options.seed).bytes.length,
  };
}

function optionsFromArguments(): LoadOptions {
  const { values } = parseArgs({
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string' },
      key: { type: 'string' },
      spans: { type: 'string', default: '3' },
      connections: { type: 'string', default: '64' },
      seconds: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      rate: { type: 'string', default: '0' },
    },
  });
  return {
    host: values.host,
    port: Number(values.port),
    key: values.key ?? '',
    spansPerRequest: Number(values.spans),
    connections: Number(values.connections),
    seconds: Number(values.seconds),
    seed: Number(values.seed),
    requestsPerSecondMax: Number(values.rate),
  };
}

if (import.meta.main) console.log(JSON.stringify(await runLoad(optionsFromArguments())));
