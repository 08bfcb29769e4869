import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseEnricherConfig } from '../../../enricher/config.ts';
import { startEnricher } from '../../../enricher/main.ts';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { EventLog } from '../../../event-log/event-log.ts';
import { tracesJsonToProtobuf } from '../../../otlp/json-to-protobuf.ts';
import { decodeAuditRecord } from '../../../schemas/avro-codec.ts';
import { partitionOfKey } from '../../../schemas/partition.ts';
import type { AuditRecord } from '../../../schemas/record-types.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import { headerNames, topics } from '../../../schemas/topics.ts';

const PARTITIONS = 2;
let folder: string;
let log: EventLog;
let enricher: RunningRole | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-joins-'));
  log = await openEmbeddedLog({ folder, partitions: PARTITIONS });
});

afterEach(async () => {
  await enricher?.stop();
  enricher = undefined;
  await log.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a call whose spans lie in two traces of two partitions', () => {
  it('is one record in the partition of the trace that caused it, and over a stop between the two', async () => {
    const [asking, answering] = [traceOf(0), traceOf(1)];
    await start();
    // The proxy begins a trace of its own, and links to the request that it answers.
    const link = { traceId: asking, spanId: '00000000000000c1' };
    await append(answering, { spanId: '00000000000000b1', kind: 3, links: [link] });
    await append(answering, {
      spanId: '00000000000000b2',
      parentSpanId: '00000000000000b1',
      kind: 2,
    });
    await until(async () => (await log.range(topics.joins, 0)).end > 0);
    await enricher?.stop();
    await start();
    await append(asking, { spanId: '00000000000000c1', kind: 3 });
    await until(async () => (await current()).some(({ facts }) => facts.hops === 3));
    const calls = await current();
    expect(calls.map(({ facts }) => [facts.traceId, facts.hops, facts.missing])).toEqual([
      [asking, 3, ['user', 'agent']],
    ]);
    const [message] = await log.read({ topic: topics.joins, partition: 1, offset: 0 }, all);
    expect(JSON.parse(Buffer.from(message?.value ?? []).toString())).toMatchObject({
      kind: 'taken',
    });
  });

  it('is not kept from its own trace by what nobody can read', async () => {
    const headers = { [headerNames.tenant]: 'acme' };
    const bad = { topic: topics.joins, partition: 0, key: null, headers };
    await log.append([{ ...bad, value: Buffer.from('{"kind":"spans"') }]);
    await start();
    await append(traceOf(0), { spanId: '00000000000000c1', kind: 3 });
    await until(async () => (await current()).length === 1);
    const [letter] = await log.read({ topic: topics.deadLetters, partition: 0, offset: 0 }, all);
    expect(JSON.parse(Buffer.from(letter?.value ?? []).toString())).toMatchObject({
      topic: topics.joins,
      offset: 0,
      reason: 'no join',
    });
  });
});

const all = { messagesMax: 1000, bytesMax: 1e7, waitMsMax: 0 };

async function start(): Promise<void> {
  const config = { logDirectory: folder, partitions: PARTITIONS, quietMsMax: 300, tickMs: 50 };
  enricher = await startEnricher(parseEnricherConfig({ ...config, joinPollMs: 20 }));
}

/** A trace id of a partition. */
function traceOf(partition: number): string {
  for (let number = 1; ; number += 1) {
    const id = number.toString(16).padStart(32, '0');
    if (partitionOfKey(Buffer.from(id), PARTITIONS) === partition) return id;
  }
}

async function append(traceId: string, span: Readonly<Record<string, unknown>>): Promise<void> {
  const attributes = [
    { key: 'mcp.method.name', value: { stringValue: 'tools/call' } },
    { key: 'gen_ai.tool.name', value: { stringValue: 'add' } },
  ];
  const nowNano = `${Date.now()}000000`;
  const times = { startTimeUnixNano: nowNano, endTimeUnixNano: nowNano };
  const whole = { traceId, name: 'tools/call add', ...times, attributes, ...span };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'calc' } }] };
  const value = tracesJsonToProtobuf({
    resourceSpans: [{ resource, scopeSpans: [{ spans: [whole] }] }],
  });
  const headers = {
    [headerNames.tenant]: 'acme',
    [headerNames.producer]: 'app',
    [headerNames.trust]: 'application',
    [headerNames.spans]: '1',
  };
  const partition = partitionOfKey(Buffer.from(traceId), PARTITIONS);
  await log.append([{ topic: topics.spans, partition, key: null, headers, value }]);
}

/** The last revision of each call that is no other's. */
async function current(): Promise<readonly AuditRecord[]> {
  const calls = new Map<string, AuditRecord>();
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    for (const { value } of await log.read({ topic: topics.records, partition, offset: 0 }, all)) {
      const record = decodeAuditRecord(value ?? Buffer.alloc(0));
      calls.set(record.callId, record);
    }
  }
  return [...calls.values()].filter(({ mergedInto }) => mergedInto === null);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await holds()) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await holds()).toBe(true);
}
