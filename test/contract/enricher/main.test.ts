import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseEnricherConfig } from '../../../enricher/config.ts';
import { startEnricher } from '../../../enricher/main.ts';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { EventLog } from '../../../event-log/event-log.ts';
import { tracesJsonToProtobuf } from '../../../otlp/json-to-protobuf.ts';
import { decodeAuditRecord, encodeRegistryEvent } from '../../../schemas/avro-codec.ts';
import type { AuditRecord, RegistryEventType } from '../../../schemas/record-types.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import { countPrefix, enricherRole } from '../../../schemas/state-keys.ts';
import { headerNames, topics } from '../../../schemas/topics.ts';

const partition = 0;
let folder: string;
let log: EventLog;
let enricher: RunningRole | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-enricher-'));
  log = await openEmbeddedLog({ folder, partitions: 1 });
});

afterEach(async () => {
  await enricher?.stop();
  enricher = undefined;
  await log.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the enricher on the embedded log', () => {
  it('publishes a waiting call by ticks of its own, and then ticks no more', async () => {
    enricher = await start();
    await append(client('01'));
    const [record] = await records(1);
    expect(record?.facts).toMatchObject({ tool: 'add', missing: ['user', 'server', 'hop:server'] });
    const { end } = await log.range(topics.spans, partition);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await log.range(topics.spans, partition)).end).toBe(end);
  });

  it('goes on after a stop: a call that waited is published, a late span finds its call', async () => {
    enricher = await start({ quietMsMax: 60_000 });
    await append(client('01'));
    await untilRead();
    await enricher.stop();
    enricher = await start({ quietMsMax: 60_000 });
    await append(server('01'));
    const [first] = await records(1);
    expect(first).toMatchObject({ revision: 0, facts: { hops: 2, server: 'calculator' } });
    expect(await counts()).toEqual({ accepted: 2, hop: 2, open: 0 });
  });

  it('sets a message aside that nobody can read, and counts what it was said to hold', async () => {
    enricher = await start();
    const headers = { ...spanHeaders, [headerNames.spans]: '7' };
    const value = Buffer.from([0x0a, 0xff, 0xff, 0x01]);
    await log.append([{ topic: topics.spans, partition, key: null, headers, value }]);
    await append(client('01'), server('01'));
    await records(1);
    const [letter] = await log.read({ topic: topics.deadLetters, partition: 0, offset: 0 }, all);
    const told: unknown = JSON.parse(Buffer.from(letter?.value ?? []).toString());
    expect(told).toEqual({
      topic: topics.spans,
      partition,
      offset: 0,
      bytes: 4,
      reason: 'no TracesData',
    });
    expect(await counts()).toEqual({ accepted: 9, dead_letter: 7, hop: 2, open: 0 });
  });

  it('sets a message aside that no engine can take, counts it, and goes on with what stands beside it', async () => {
    const owner = await log.openOwner(enricherRole, partition);
    const key = `t/acme/${'07'.padStart(32, '0')}`;
    // A trace whose state no build can read.
    await owner.commit({ positions: [], appends: [], state: [{ key, value: Buffer.from([99]) }] });
    await owner.close();
    await append(client('01'));
    await append(client('07'), server('07'));
    await append(server('01'));
    enricher = await start();
    const [record] = await records(1);
    expect(record).toMatchObject({ facts: { hops: 2, traceId: '01'.padStart(32, '0') } });
    const letters = await log.read({ topic: topics.deadLetters, partition: 0, offset: 0 }, all);
    const told: unknown[] = letters.map(({ value }) =>
      JSON.parse(Buffer.from(value ?? []).toString()),
    );
    const reason = expect.stringMatching(/^unforeseen Error at enricher\/trace-codec.ts:\d+$/);
    expect(told).toEqual([
      { topic: topics.spans, partition, offset: 1, bytes: expect.any(Number), reason },
    ]);
    expect(await counts()).toEqual({ accepted: 4, dead_letter: 2, hop: 2, open: 0 });
  });

  it('commits as often as its records need, each message whole and once', async () => {
    const traces = ['01', '02', '03', '04', '05'];
    for (const trace of traces) await append(client(trace), server(trace));
    enricher = await start({ commitBytesMax: 1 });
    const found = await records(traces.length);
    expect(new Set(found.map(({ callId }) => callId)).size).toBe(traces.length);
    await untilRead();
    const text = await (await fetch(enricher.addresses['enricherMetrics'] ?? '')).text();
    const commits = Number(/commits_total\{partition="0"\} (\d+)/.exec(text)?.[1]);
    expect(commits).toBeGreaterThanOrEqual(traces.length);
    expect(text).toContain('waybill_enricher_batch_messages{partition="0"} 1');
    expect(await counts()).toEqual({ accepted: 10, hop: 10, open: 0 });
  });

  it('takes what other traces said in parts after a long stop, each said by a marker', async () => {
    const headers = { [headerNames.tenant]: 'acme' };
    const said = {
      topic: topics.joins,
      partition,
      key: 'x',
      headers,
      value: Buffer.from('no join'),
    };
    await log.append(Array.from({ length: 7 }, () => said));
    enricher = await start({ joinsPerMarkerMax: 3, joinPollMs: 20 });
    await untilRead();
    await expect
      .poll(async () => (await log.range(topics.deadLetters, 0)).end, { timeout: 10_000 })
      .toBe(7);
    const messages = await log.read({ topic: topics.spans, partition, offset: 0 }, all);
    const markers = messages.filter(
      ({ headers: { [headerNames.kind]: kind } }) => kind === 'joins',
    );
    expect(markers.map(({ value }) => Buffer.from(value ?? []).toString())).toEqual([
      '3',
      '6',
      '7',
    ]);
  });

  it('applies the registry from the marker on that it appends itself, and remembers it over a stop', async () => {
    await log.append([registryMessage()]);
    enricher = await start();
    await untilRead();
    await append(client('01'), server('01'));
    const [record] = await records(1);
    expect(record?.facts).toMatchObject({ team: 'billing', configVersion: 0 });
    await enricher.stop();
    enricher = await start();
    await append(client('02'), server('02'));
    expect((await records(2))[1]?.facts).toMatchObject({ team: 'billing', configVersion: 0 });
  });

  it('appends no marker for reads of the audit trail', async () => {
    await log.append([registryMessage(), registryMessage('audit_read')]);
    enricher = await start();
    await untilRead();
    await append(client('01'), server('01'));
    await records(1);
    await log.append([registryMessage('audit_read')]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const messages = await log.read({ topic: topics.spans, partition, offset: 0 }, all);
    const markers = messages.filter(({ headers }) => headers[headerNames.kind] === 'registry');
    expect(markers.map(({ value }) => Buffer.from(value ?? []).toString())).toEqual(['0']);
  });

  it('is fenced by a newer owner, and says so', async () => {
    enricher = await start();
    const owner = await log.openOwner(enricherRole, partition);
    await append(client('01'));
    await expect(enricher.failed).rejects.toMatchObject({ code: 'ENRICHER_STOPPED_READING' });
    await owner.close();
  });

  it('is ready while it owns a partition, and owns none while another enricher has them all', async () => {
    enricher = await start();
    const url = (enricher.addresses['enricherMetrics'] ?? '').replace('/metrics', '');
    const status = async (path: string) => (await fetch(url + path)).status;
    await expect.poll(() => status('/readyz')).toBe(200);
    expect(await status('/livez')).toBe(200);
    // Whoever opens the partition later fences it: it can do nothing more.
    const failed = enricher.failed.catch(() => 'fenced');
    const later = await log.openOwner(enricherRole, partition);
    await append(client('01'), server('01'));
    expect(await failed).toBe('fenced');
    expect(await status('/readyz')).toBe(503);
    expect(await status('/livez')).toBe(200);
    await later.close();
  });

  it('serves its metrics', async () => {
    enricher = await start();
    await append(client('01'), server('01'));
    await records(1);
    await untilRead();
    const answer = await fetch(enricher.addresses['enricherMetrics'] ?? '');
    const text = await answer.text();
    expect(text).toContain('waybill_enricher_spans_total{partition="0"} 2');
    expect(text).toContain('waybill_enricher_records_total{partition="0"} 1');
  });
});

const all = { messagesMax: 100, bytesMax: 1e6, waitMsMax: 0 };
const spanHeaders = {
  [headerNames.tenant]: 'acme',
  [headerNames.producer]: 'app',
  [headerNames.trust]: 'application',
};

async function start(config: Readonly<Record<string, unknown>> = {}): Promise<RunningRole> {
  const defaults = {
    logDirectory: folder,
    partitions: 1,
    quietMsMax: 300,
    tickMs: 50,
    registryPollMs: 50,
  };
  return startEnricher(parseEnricherConfig({ ...defaults, ...config }));
}

/** All records, once there are so many. */
async function records(count: number): Promise<readonly AuditRecord[]> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const messages = await log.read({ topic: topics.records, partition, offset: 0 }, all);
    if (messages.length >= count || Date.now() > deadline) {
      expect(messages.length).toBe(count);
      return messages.map(({ value }) => decodeAuditRecord(value ?? Buffer.alloc(0)));
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function untilRead(): Promise<void> {
  const deadline = Date.now() + 10_000;
  const { end } = await log.range(topics.spans, partition);
  const position = async () =>
    (await log.inspect(enricherRole, partition)).position(topics.spans, partition);
  while ((await position()) < Math.max(end, 1) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await position()).toBeGreaterThanOrEqual(end);
}

async function counts(): Promise<Readonly<Record<string, number>>> {
  const view = await log.inspect(enricherRole, partition);
  const found = [...view.scanState(`${countPrefix}acme/app/`)];
  return Object.fromEntries(
    found.map(([key, value]) => [key.split('/').at(-1), Number(Buffer.from(value).toString())]),
  );
}

async function append(...spans: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  const value = Buffer.concat(
    spans.map((span) =>
      tracesJsonToProtobuf({
        resourceSpans: [
          {
            resource: { attributes: [text('service.name', 'calculator')] },
            scopeSpans: [{ spans: [span] }],
          },
        ],
      }),
    ),
  );
  const headers = { ...spanHeaders, [headerNames.spans]: String(spans.length) };
  await log.append([{ topic: topics.spans, partition, key: null, headers, value }]);
}

function client(trace: string): Readonly<Record<string, unknown>> {
  return { ...span(trace), spanId: '00000000000000c1', kind: 3 };
}

function server(trace: string): Readonly<Record<string, unknown>> {
  return { ...span(trace), spanId: '00000000000000d1', parentSpanId: '00000000000000c1', kind: 2 };
}

function span(trace: string): Readonly<Record<string, unknown>> {
  return {
    traceId: trace.padStart(32, '0'),
    name: 'tools/call add',
    startTimeUnixNano: `${Date.now() - 20}000000`,
    endTimeUnixNano: `${Date.now()}000000`,
    attributes: [
      text('mcp.method.name', 'tools/call'),
      text('gen_ai.tool.name', 'add'),
      text('gen_ai.agent.name', 'clerk'),
    ],
  };
}

function text(key: string, value: string): Readonly<Record<string, unknown>> {
  return { key, value: { stringValue: value } };
}

function registryMessage(type: RegistryEventType = 'registry_applied') {
  const teams = [{ id: 'billing', name: 'Billing', costCenter: null, members: [] }];
  const body = { teams, agents: [{ name: 'clerk', team: 'billing', owner: null }], servers: [] };
  return {
    topic: topics.registry,
    partition: 0,
    key: 'acme',
    headers: { [headerNames.tenant]: 'acme' },
    value: encodeRegistryEvent({
      eventId: '00000000-0000-0000-0000-000000000001',
      tenant: 'acme',
      type,
      timeUs: 0,
      actor: null,
      digest: null,
      body: JSON.stringify(body),
    }),
  };
}
