import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FakeHec } from '../support/fake-hec.ts';
import { startFakeHec } from '../support/fake-hec.ts';
import { otlpJson, postTraces } from '../support/otlp-json.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { eventually, startPipeline } from '../support/pipeline.ts';
import type { OwnSpan, OwnSpanReceiver } from '../support/receive-own-spans.ts';
import { receiveOwnSpans } from '../support/receive-own-spans.ts';

const canaries = {
  card: '4242424242424242',
  mail: 'traced.canary@example.com',
  session: 'traced-session-77c1',
  tool: 'traced-tool-name-41',
  asked: 'traced-parameter-93',
};
const traceId = '7ace0000000000000000000000000001';
/** W3C Trace Context: version, trace, parent, sampled. */
const asking = { trace: '7ace00000000000000000000000000aa', span: '7ace0000000000aa' };

let dataDir = '';
let pipeline: Pipeline;
let receiver: OwnSpanReceiver;
let hec: FakeHec;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'waybill-own-traces-'));
  receiver = await receiveOwnSpans();
  hec = await startFakeHec({ token: 'a-token' });
  const tokenFile = join(dataDir, 'hec.token');
  await writeFile(tokenFile, 'a-token');
  pipeline = await startPipeline({
    dataDir: join(dataDir, 'data'),
    moreArguments: ['--splunk-hec-url', hec.url, '--splunk-hec-token-file', tokenFile],
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '200',
      // Of the operator's shell; the roles' own names stand above it.
      OTEL_SERVICE_NAME: 'somebody-else',
    },
  });
  const body = otlpJson({
    spans: [
      {
        traceId,
        spanId: '7ace000000000001',
        name: `tools/call ${canaries.tool}`,
        kind: 3,
        startMs: Date.now() - 50,
        endMs: Date.now(),
        attributes: {
          'mcp.method.name': 'tools/call',
          'gen_ai.tool.name': canaries.tool,
          'user.email': canaries.mail,
          'mcp.session.id': canaries.session,
          'gen_ai.tool.call.arguments': JSON.stringify({ card: canaries.card }),
        },
      },
    ],
  });
  expect((await postTraces(pipeline, body)).status).toBe(200);
  await eventually(
    () => pipeline.ask<{ records: readonly unknown[] }>(`/v1/records?trace=${traceId}`),
    ({ records }) => records.length === 1,
  );
}, 90_000);

afterAll(async () => {
  await pipeline.stop();
  await hec.close();
  await receiver.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function told(name: string): Promise<OwnSpan> {
  const find = (): OwnSpan | undefined => receiver.spans.find((span) => span.name === name);
  const found = await eventually(async () => Promise.resolve(find()), Boolean);
  if (!found) throw new Error(`nothing was told of ${name}`);
  return found;
}

function numberOf({ attributes }: OwnSpan, key: string): number {
  const told = attributes.find((one) => one.key === key)?.value;
  return told && 'intValue' in told ? Number(told.intValue) : Number.NaN;
}

describe('own traces', () => {
  it.each([
    ['waybill-collector', 'waybill.collector.request'],
    ['waybill-enricher', 'waybill.enricher.batch'],
    ['waybill-ledger', 'waybill.ledger.batch'],
    ['waybill-ledger', 'waybill.ledger.sign'],
    ['waybill-ledger', 'waybill.auditor.round'],
    ['waybill-query-api', 'waybill.query-api GET /v1/records'],
    ['waybill-siem-exporter', 'waybill.siem-exporter.push'],
  ])('of %s tell of %s', async (service, name) => {
    const span = await told(name);
    expect(span).toMatchObject({ service, scope: 'waybill.own.telemetry' });
    expect(span.status.code ?? 0).toBe(0);
  });

  it('break a batch down into its parts', async () => {
    for (const [whole, parts] of [
      ['waybill.enricher.batch', ['waybill.enricher.attribute', 'waybill.enricher.commit']],
      [
        'waybill.ledger.batch',
        [
          'waybill.ledger.read',
          'waybill.ledger.seal',
          'waybill.ledger.commit',
          'waybill.ledger.insert',
        ],
      ],
    ] as const) {
      const { spanId, traceId: trace } = await told(whole);
      const inside = receiver.spans.filter(({ parentSpanId }) => parentSpanId === spanId);
      expect(new Set(inside.map(({ name }) => name))).toEqual(new Set(parts));
      expect(inside).toHaveLength(parts.length);
      expect(new Set(inside.map((part) => part.traceId))).toEqual(new Set([trace]));
    }
  });

  it('count what went through', async () => {
    const request = await told('waybill.collector.request');
    expect(numberOf(request, 'waybill.accepted')).toBe(1);
    expect(numberOf(request, 'waybill.rejected')).toBe(0);
    const batches = receiver.spans.filter(({ name }) => name === 'waybill.enricher.batch');
    const sum = batches.reduce((all, span) => all + numberOf(span, 'waybill.spans'), 0);
    expect(sum).toBe(1);
  });

  it('go on from the trace of whoever asks the query API', async () => {
    const url = `${pipeline.queryApi}/v1/records?trace=${canaries.asked}`;
    const response = await fetch(url, {
      headers: {
        authorization: `Bearer ${pipeline.auditorKey}`,
        traceparent: `00-${asking.trace}-${asking.span}-01`,
      },
    });
    await response.arrayBuffer();
    const span = await eventually(
      async () => Promise.resolve(receiver.spans.find((one) => one.traceId === asking.trace)),
      Boolean,
    );
    expect(span).toMatchObject({ parentSpanId: asking.span, service: 'waybill-query-api' });
  });

  it('hold no value, no identity, no key and no parameter', () => {
    const all = receiver.bodies.join('\n');
    expect(receiver.bodies.length).toBeGreaterThan(3);
    const keys = [pipeline.producerKey, pipeline.gatewayKey, pipeline.auditorKey];
    const shown = [...Object.values(canaries), traceId, ...keys, 'somebody-else'].filter((value) =>
      all.includes(value),
    );
    expect(shown).toEqual([]);
    expect(all).not.toMatch(/p_[0-9a-f]{32}|s_[0-9a-f]{32}|command_args|process\.owner/);
  });

  it('sent to the own collector become no call, and come to an end by themselves', async () => {
    const { producerKey, otlpHttp } = pipeline;
    const taken: number[] = [];
    receiver.forward = async (body) => {
      taken.push((await postTraces({ otlpHttp, producerKey }, body)).status);
    };
    await pipeline.ask('/v1/records');
    const quiet = async (): Promise<boolean> => {
      const before = receiver.bodies.length;
      await wait(2_500);
      return receiver.bodies.length === before;
    };
    await eventually(quiet, Boolean, 25_000);
    receiver.forward = undefined;
    expect(taken.length).toBeGreaterThan(0);
    expect(new Set(taken)).toEqual(new Set([200]));
    type Producer = { readonly buckets: Readonly<Record<string, number>> };
    const { producers } = await pipeline.ask<{ producers: readonly Producer[] }>(
      '/v1/reconciliation',
    );
    const [buckets] = producers.map((producer) => producer.buckets);
    const { housekeeping, ...others } = buckets ?? {};
    expect(others).toEqual({ hop: 1, open: 0 });
    expect(housekeeping).toBeGreaterThan(0);
  });
});
