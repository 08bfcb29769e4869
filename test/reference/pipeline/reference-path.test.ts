import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { topics } from '../../../schemas/topics.ts';
import type { Deployment } from '../../support/kafka/deployment.ts';
import { startDeployment } from '../../support/kafka/deployment.ts';
import { openForeignTopics, readAll } from '../../support/kafka/foreign-spans.ts';
import type { RoleProcess } from '../../support/kafka/roles.ts';
import { otlpJson } from '../../support/otlp-json.ts';
import type { TestSpan } from '../../support/otlp-json.ts';
import type { OtelCollector } from '../../support/otel-collector/start.ts';
import { startOtelCollector } from '../../support/otel-collector/start.ts';
import { eventually } from '../../support/pipeline.ts';

const CALLS = 12;
const EMAIL = 'mary.reference@example.com';
const CARD = '4111 1111 1111 1111';

/** Each way in: what an upstream collector is told beyond its configuration, and how Waybill is told to read what it writes. */
const ways = {
  partitioned: { encoding: 'otlp_proto', settings: {} },
  mixed: {
    encoding: 'otlp_proto',
    settings: {
      'exporters::kafka::partition_traces_by_id': 'false',
      'exporters::kafka::record_partitioner::sticky_key::hasher': 'sarama_compat',
      'exporters::kafka::producer::compression': 'snappy',
    },
  },
  foreignHash: {
    encoding: 'otlp_proto',
    settings: {
      'exporters::kafka::record_partitioner::sticky_key::hasher': 'sarama_compat',
      'exporters::kafka::producer::compression': 'gzip',
    },
  },
  json: {
    encoding: 'otlp_json',
    settings: {
      'exporters::kafka::traces::encoding': 'otlp_json',
      'exporters::kafka::partition_traces_by_id': 'false',
      'exporters::kafka::producer::compression': 'lz4',
    },
  },
} as const;
type Way = keyof typeof ways;
const wayNames = Object.keys(ways) as Way[];

type Answer = {
  readonly records: readonly {
    readonly traceId: string;
    readonly tool: string;
    readonly outcome: string;
    readonly hops: number;
    readonly server: string;
  }[];
};

describe('the reference path: OpenTelemetry Collector, Kafka, collector, enricher, ledger, ClickHouse over HTTP, query API', () => {
  let deployment: Deployment;
  let queryApi: RoleProcess;
  let foreign: Awaited<ReturnType<typeof openForeignTopics>>;
  const upstream = new Map<Way | 'otlp', OtelCollector>();

  beforeAll(async () => {
    const brokers = inject('brokers');
    deployment = await startDeployment(brokers, 2);
    const topicOf = (way: Way): string => `${deployment.fresh.settings.topicPrefix}otel.${way}`;
    foreign = await openForeignTopics(brokers, wayNames.map(topicOf));
    const foreignTopics = wayNames.map((way) => ({
      topic: topicOf(way),
      encoding: ways[way].encoding,
      tenant: 'default',
      producer: `otel-${way}`,
      trust: 'gateway',
    }));
    await deployment.start('key-keeper', 'keys');
    const [collector, api] = await Promise.all([
      deployment.start('collector', 'collector', [
        `foreignTopics=${JSON.stringify(foreignTopics)}`,
      ]),
      deployment.start('query-api', 'query-api'),
      deployment.start('enricher', 'enricher'),
      deployment.start('ledger', 'ledger'),
    ]);
    queryApi = api;
    for (const way of wayNames) {
      const environment = { KAFKA_BROKERS: brokers.join(','), KAFKA_TOPIC: topicOf(way) };
      const file = 'deploy/otel-collector/to-kafka.yaml';
      upstream.set(way, await startOtelCollector(file, environment, ways[way].settings));
    }
    const environment = {
      WAYBILL_OTLP_ENDPOINT: collector.addresses['otlpHttp'] ?? '',
      WAYBILL_PRODUCER_KEY: deployment.gatewayKey,
    };
    const file = 'deploy/otel-collector/to-waybill.yaml';
    upstream.set('otlp', await startOtelCollector(file, environment));
  });
  afterAll(async () => {
    for (const collector of upstream.values()) await collector.stop();
    await foreign.close();
    await deployment.stop();
  });

  const cases = [...wayNames, 'otlp' as const].map((way, index) => ({ way, index }));

  test.each(cases)(
    'gives one record a call, with its three hops, by the way called $way',
    async ({ way, index }) => {
      const expected = Array.from({ length: CALLS }, (_, call) => traceIdOf(index, call));
      for (const stage of [0, 1, 2]) {
        for (let call = 0; call < CALLS; call += 1) {
          await send(upstream.get(way), [spanOf(index, call, stage)]);
        }
      }
      const answer = await eventually(
        () => ask<Answer>(`/v1/records?kind=call&tool=pay_${way}&limit=100`),
        ({ records }) => records.filter(({ hops }) => hops === 3).length >= CALLS,
        60_000,
      );
      expect(answer.records.map(({ traceId }) => traceId).toSorted()).toEqual(expected);
      for (const record of answer.records) {
        expect(record).toMatchObject({ hops: 3, outcome: 'success', server: 'payments' });
      }
    },
  );

  test('and nothing of it in the clear in our topics, nor anything refused', async () => {
    const log = await deployment.openLog();
    for (let partition = 0; partition < log.partitions; partition += 1) {
      for (const { value } of await readAll(log, topics.spans, partition)) {
        const bytes = Buffer.from(value ?? []);
        expect(bytes.includes(EMAIL) || bytes.includes(CARD)).toBe(false);
      }
    }
    expect(await readAll(log, topics.deadLetters, 0)).toEqual([]);
    await log.close();
  });

  async function ask<T>(path: string): Promise<T> {
    const headers = { authorization: `Bearer ${deployment.auditorKey}` };
    const response = await fetch(`${queryApi.addresses['queryApi']}${path}`, { headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }
});

async function send(to: OtelCollector | undefined, spans: readonly TestSpan[]): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const body = otlpJson({ resource: { 'service.name': 'reference' }, spans });
  const response = await fetch(`${to?.otlpHttp}/v1/traces`, { method: 'POST', headers, body });
  expect(response.status).toBe(200);
}

const startMs = Date.now() - 10_000;
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
const traceIdOf = (way: number, call: number): string => hex(way + 1, 8) + hex(call, 24);

/** Stage 0 is the server's view, which ends first; 1 the gateway's; 2 the client's. */
function spanOf(way: number, call: number, stage: number): TestSpan {
  const idOf = (at: number): string => hex(way + 1, 4) + hex(call, 6) + hex(at + 1, 6);
  return {
    traceId: traceIdOf(way, call),
    spanId: idOf(stage),
    ...(stage < 2 ? { parentSpanId: idOf(stage + 1) } : {}),
    name: `tools/call pay_${[...wayNames, 'otlp'][way]}`,
    kind: stage === 0 ? 2 : 3,
    startMs: startMs + 30 - 10 * stage,
    endMs: startMs + 100 + 10 * stage,
    attributes: {
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': `pay_${[...wayNames, 'otlp'][way]}`,
      'mcp.server.name': 'payments',
      'user.email': EMAIL,
      'gen_ai.tool.call.arguments': `{"card":"${CARD}"}`,
    },
  };
}
