import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { Type } from 'protobufjs';
import { logsType, tracesType } from '../support/otlp-proto.ts';
import { listenOnLoopback } from './listen-on-loopback.ts';
import type { OtlpLogs, OtlpTraces } from './otlp-capture.ts';

/** What came in since the receiver was started, request after request. */
export type Receiver = {
  readonly url: string;
  readonly traces: readonly OtlpTraces[];
  readonly logs: readonly OtlpLogs[];
  /** What could not be read, and paths that nobody serves: shown, because a silent loss would pass for an emitter's silence. */
  readonly problems: readonly string[];
  /** When the last request came, in ms of `Date.now()`. */
  readonly lastMs: () => number;
  readonly close: () => Promise<void>;
};

/** Takes OTLP/HTTP on loopback, protobuf or JSON, in any usual compression, and keeps traces and logs as OTLP/JSON says them. */
export async function receiveOtlp(): Promise<Receiver> {
  const traces: OtlpTraces[] = [];
  const logs: OtlpLogs[] = [];
  const problems: string[] = [];
  let last = Date.now();
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    last = Date.now();
    const path = request.url ?? '';
    const type = request.headers['content-type'] ?? '';
    if (path.endsWith('/v1/traces')) traces.push(decode(body, type, tracesType) as OtlpTraces);
    else if (path.endsWith('/v1/logs')) logs.push(decode(body, type, logsType) as OtlpLogs);
    else if (!path.endsWith('/v1/metrics')) problems.push(`${request.method} ${path}`);
    const json = type.includes('json');
    response.setHeader('content-type', json ? 'application/json' : 'application/x-protobuf');
    response.end(json ? '{}' : '');
  };
  const server = createServer((request, response) => {
    take(request, response).catch((error: unknown) => {
      problems.push(`${request.url}: ${String(error)}`);
      response.statusCode = 400;
      response.end();
    });
  });
  const { url, close } = await listenOnLoopback(server);
  return { url, traces, logs, problems, lastMs: () => last, close };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  switch (request.headers['content-encoding']) {
    case 'gzip':
      return gunzipSync(body);
    case 'deflate':
      return inflateSync(body);
    case 'br':
      return brotliDecompressSync(body);
    case 'zstd':
      return zstdDecompressSync(body);
    case undefined:
    default:
      return body;
  }
}

function decode(body: Buffer, contentType: string, type: Type): unknown {
  if (contentType.includes('json')) return JSON.parse(body.toString());
  return hexIds(type.toObject(type.decode(body), { longs: String, bytes: Buffer }));
}

const idFields = new Set(['traceId', 'spanId', 'parentSpanId']);

/** OTLP/JSON: ids in hex, other bytes in base64. */
function hexIds(value: unknown, field = ''): unknown {
  if (value instanceof Uint8Array) {
    return Buffer.from(value).toString(idFields.has(field) ? 'hex' : 'base64');
  }
  if (Array.isArray(value)) return value.map((item) => hexIds(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hexIds(item, key)]));
}
