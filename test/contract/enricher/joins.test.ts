import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseEnricherConfig } from '../../../enricher/config.ts';
import { createEngine } from '../../../enricher/engine.ts';
import { readJoins } from '../../../enricher/joins/follow-joins.ts';
import { readMessage } from '../../../enricher/read-message.ts';
import { startEnricher } from '../../../enricher/main.ts';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { EventLog } from '../../../event-log/event-log.ts';
import { tracesJsonToProtobuf } from '../../../otlp/json-to-protobuf.ts';
import { decodeAuditRecord, encodeAuditRecord } from '../../../schemas/avro-codec.ts';
import { partitionOfKey } from '../../../schemas/partition.ts';
import type { AuditRecord } from '../../../schemas/record-types.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import { headerNames, topics } from '../../../schemas/topics.ts';
import { memoryState } from '../../unit/enricher/memory-state.ts';
import { engineOptions } from '../../unit/enricher/run-engine.ts';

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

describe('a session that was opened in one partition and is used in the other', () => {
  it('names its user there, a grade lower, over a stop between the two, and alike when it is read anew', async () => {
    const user = { key: 'jwt.sub', value: { stringValue: 'p_ana' } };
    const session = { key: 'mcp.session.id', value: { stringValue: 's_1' } };
    const open = { attributes: [method('initialize'), session, user] };
    const call = { attributes: [method('tools/call'), tool, session] };
    const gateway = { [headerNames.trust]: 'gateway' };
    await start();
    await append(traceOf(1), { spanId: '00000000000000b1', kind: 2, ...call }, gateway);
    await until(async () => (await callsOf()).length === 1);
    await append(traceOf(0), { spanId: '00000000000000c1', kind: 2, ...open }, gateway);
    await enricher?.stop();
    await start();
    await until(async () => (await callsOf()).some(({ facts }) => facts.user === 'p_ana'));
    await append(traceOf(1, 1), { spanId: '00000000000000d1', kind: 2, ...call }, gateway);
    await until(async () => (await callsOf()).length === 2);
    const told = (await callsOf()).map(({ revision, facts }) => ({ revision, ...facts }));
    const inherited = { user: 'p_ana', userGrade: 'declared' };
    expect(told.toSorted((one, next) => one.revision - next.revision)).toMatchObject([
      { revision: 0, ...inherited },
      { revision: 1, ...inherited },
    ]);
    await enricher?.stop();
    expect(await readAnew()).toEqual(await recordBytes());
  });
});

const all = { messagesMax: 1000, bytesMax: 1e7, waitMsMax: 0 };

async function start(): Promise<void> {
  const config = { logDirectory: folder, partitions: PARTITIONS, quietMsMax: 300, tickMs: 50 };
  enricher = await startEnricher(parseEnricherConfig({ ...config, joinPollMs: 20 }));
}

/** A trace id of a partition. */
function traceOf(partition: number, skip = 0): string {
  let left = skip;
  for (let number = 1; ; number += 1) {
    const id = number.toString(16).padStart(32, '0');
    if (partitionOfKey(Buffer.from(id), PARTITIONS) !== partition) continue;
    if (left === 0) return id;
    left -= 1;
  }
}

const tool = { key: 'gen_ai.tool.name', value: { stringValue: 'add' } };

function method(name: string) {
  return { key: 'mcp.method.name', value: { stringValue: name } };
}

async function append(
  traceId: string,
  span: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const attributes = [method('tools/call'), tool];
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
    ...more,
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

async function callsOf(): Promise<readonly AuditRecord[]> {
  return (await current()).filter(({ kind }) => kind === 'call');
}

async function recordBytes(): Promise<readonly string[]> {
  const bytes: string[] = [];
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    for (const { value } of await log.read({ topic: topics.records, partition, offset: 0 }, all)) {
      bytes.push(Buffer.from(value ?? []).toString('hex'));
    }
  }
  return bytes;
}

/** What engines that begin with nothing make of the same partitions. */
async function readAnew(): Promise<readonly string[]> {
  const bytes: string[] = [];
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const state = memoryState();
    const engine = createEngine({ ...engineOptions, quietMsMax: 300, partition }, state);
    let taken = 0;
    for (const message of await log.read({ topic: topics.spans, partition, offset: 0 }, all)) {
      const read = readMessage(message);
      const { offset, appendTimeMs } = message;
      if (read.kind === 'joins') {
        const { joins } = await readJoins({ log, partition }, taken, read.end);
        taken = Math.max(taken, read.end);
        engine.step({ kind: 'joins', offset, appendTimeMs, joins }).forEach(keep);
      } else if (read.kind === 'engine') engine.step(read.message).forEach(keep);
      state.apply(engine.drain());
    }
  }
  return bytes;
  function keep(record: AuditRecord): void {
    bytes.push(encodeAuditRecord(record).toString('hex'));
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await holds()) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await holds()).toBe(true);
}
