import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { PlayedScene } from '../../../demo/agent-settings.ts';
import { playAll } from '../../../demo/cast.ts';
import { decodeTraces } from '../../../otlp/decode-traces.ts';

type Sent = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: string;
  /** The producer key it came under. */
  readonly key: string;
};

// The parts of OTLP's JSON that are looked at; kinds by their protobuf numbers.
const jsonRequest = z.object({
  resourceSpans: z.array(
    z.object({
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().default(''),
              name: z.string(),
              kind: z
                .number()
                .transform((kind) => ['', 'internal', 'server', 'client'][kind] ?? ''),
            }),
          ),
        }),
      ),
    }),
  ),
});

describe('the cast of the demo', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-cast-'));
  const sent: Sent[] = [];
  const types = new Set<string>();
  let receiver: Server;
  let played: readonly PlayedScene[];

  beforeAll(async () => {
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const type = String(request.headers['content-type']);
      types.add(type);
      sent.push(...(await receive(request, type)));
      response.writeHead(200, { 'content-type': type }).end(type.includes('json') ? '{}' : '');
    };
    receiver = createServer((request, response) => void answer(request, response));
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const address = receiver.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    played = await playAll({
      otlpHttp: `http://127.0.0.1:${port}`,
      producerKey: 'of-applications',
      gatewayKey: 'of-gateways',
      propsFolder: folder,
      tokenSecret: 'secret',
      signal: new AbortController().signal,
      onScene: () => undefined,
    });
  }, 90_000);
  afterAll(() => {
    receiver.closeAllConnections();
    receiver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['refund', 'get_order', ['client', 'server']],
    ['refund over the limit', 'refund_order', ['client', 'server']],
    ['through the gateway', 'get-sum', ['client', 'server', 'client', 'server']],
    ['denied by the gateway', 'get-env', ['client', 'server']],
    ['research with a sub-agent', 'read_text_file', ['client', 'server']],
    ['a question that takes too long', 'trigger-long-running-operation', ['client', 'server']],
    ['the server asks back', 'trigger-sampling-request', ['client', 'server']],
    ['the parent comes minutes later', 'create_entities', ['client']],
    ['nobody asked: a nightly run', 'read_graph', ['client']],
  ])('in "%s" calls %s once, seen as %j one under the other', (scene, tool, kinds) => {
    const trace = played.find((one) => one.scene === scene)?.traceId;
    const spans = sent.filter(
      (span) => span.traceId === trace && span.name === `tools/call ${tool}`,
    );
    expect(chainOf(spans).map(({ kind }) => kind)).toEqual(kinds);
    expect(spans).toHaveLength(kinds.length);
  });

  it("sends a gateway's spans under a gateway's key and all others under an application's", () => {
    const trace = played.find(({ scene }) => scene === 'through the gateway')?.traceId;
    const spans = sent.filter(
      (span) => span.traceId === trace && span.name === 'tools/call get-sum',
    );
    expect(chainOf(spans).map(({ key }) => key)).toEqual([
      'Bearer of-applications',
      'Bearer of-gateways',
      'Bearer of-gateways',
      'Bearer of-applications',
    ]);
  });

  it('speaks both encodings of OTLP over HTTP', () => {
    expect([...types].sort()).toEqual(['application/json', 'application/x-protobuf']);
  });
});

async function receive(request: IncomingMessage, type: string): Promise<readonly Sent[]> {
  const key = String(request.headers['authorization']);
  const body = await buffer(request);
  const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  if (!type.includes('json')) return decodeTraces(bytes).map((span) => ({ ...span, key }));
  const { resourceSpans } = jsonRequest.parse(JSON.parse(bytes.toString()));
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map((span) => ({ ...span, key }));
}

/** Each under the one before; the first's parent is none of them. */
function chainOf(spans: readonly Sent[]): readonly Sent[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const chain: Sent[] = [];
  let next = spans.find(({ parentSpanId }) => !ids.has(parentSpanId));
  while (next) {
    const { spanId } = next;
    chain.push(next);
    next = spans.find(({ parentSpanId }) => parentSpanId === spanId);
  }
  return chain;
}
