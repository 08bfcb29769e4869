import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCollectorProcess } from '../../../bench/collector-process.ts';
import type { CollectorProcess } from '../../../bench/collector-process.ts';
import { createRequestTemplate } from '../../../bench/load/mcp-request.ts';
import { seededRandom } from '../../../bench/load/seeded-random.ts';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import { decodeTraces } from '../../../otlp/decode-traces.ts';
import { topics } from '../../../schemas/topics.ts';

const MIB = 1024 * 1024;
const CASES = 600;
const MEMORY_BYTES_MAX = 700 * MIB;

type Hostile = {
  readonly body: Buffer;
  readonly headers: Record<string, string>;
  readonly statuses: readonly number[];
};

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json' };
const GZIP = { 'content-encoding': 'gzip' };

let directory = '';
let collector: CollectorProcess | undefined;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'waybill-hostile-'));
  collector = await startCollectorProcess({ directory });
});
afterAll(async () => {
  await collector?.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('hostile requests', () => {
  it('get the right status, cost no more memory than allowed, and hurt nobody else', async () => {
    if (!collector) throw new Error('The collector has not started.');
    const random = seededRandom(20_261_121);
    const unexpected: string[] = [];
    for (let at = 0; at < CASES; at += 1) {
      const kind = kinds[at % kinds.length];
      if (!kind) continue;
      const hostile = kind.make(random);
      const status = await post(collector, hostile.body, hostile.headers);
      if (!hostile.statuses.includes(status)) unexpected.push(`${kind.name} ${at}: ${status}`);
      if (at % 50 === 0) expect(await post(collector, goodRequest(at), PROTOBUF)).toBe(200);
    }
    expect(unexpected).toEqual([]);
    expect(collector.memoryBytesPeak()).toBeLessThan(MEMORY_BYTES_MAX);

    const counted = await acceptedSpans(collector);
    expect(await collector.stop()).toBe(0);
    expect(await spansInLog(collector.logDirectory)).toBe(counted);
  });
});

/** `statuses` are all that the protocol allows for such a body: damage may leave a message that is whole. */
const kinds: readonly {
  readonly name: string;
  readonly make: (random: () => number) => Hostile;
}[] = [
  { name: 'flipped bits', make: (random) => either(flipped(random), PROTOBUF) },
  { name: 'cut off', make: (random) => either(cut(random), PROTOBUF) },
  { name: 'random bytes', make: (random) => either(noise(random, random() % 4096), PROTOBUF) },
  {
    name: 'a length beyond the end',
    make: () => refused(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x7f, 0x0a]), PROTOBUF),
  },
  { name: 'an endless varint', make: () => refused(Buffer.alloc(64, 0xff), PROTOBUF) },
  { name: 'nested values', make: (random) => either(nested(100 + (random() % 20_000)), PROTOBUF) },
  {
    name: 'noise as gzip',
    make: (random) => refused(noise(random, 512), { ...PROTOBUF, ...GZIP }),
  },
  {
    name: 'gzip cut off',
    make: () => refused(gzipSync(goodRequest(1)).subarray(0, -12), { ...PROTOBUF, ...GZIP }),
  },
  {
    name: 'noise in gzip',
    make: (random) => either(gzipSync(noise(random, 4096)), { ...PROTOBUF, ...GZIP }),
  },
  {
    name: 'a gzip bomb',
    make: () => ({ body: bomb, headers: { ...PROTOBUF, ...GZIP }, statuses: [413] }),
  },
  { name: 'broken JSON', make: () => refused(Buffer.from('{"resourceSpans":['), JSON_TYPE) },
  {
    name: 'JSON of another kind',
    make: () => refused(Buffer.from('{"resourceSpans":{"a":1}}'), JSON_TYPE),
  },
  {
    name: 'deep JSON',
    make: (random) => refused(Buffer.from('['.repeat(10_000 + (random() % 90_000))), JSON_TYPE),
  },
  { name: 'JSON that is no text', make: (random) => refused(noise(random, 300), JSON_TYPE) },
];

const bomb = gzipSync(Buffer.alloc(64 * MIB));

function either(body: Buffer, headers: Record<string, string>): Hostile {
  return { body, headers, statuses: [200, 400] };
}

function refused(body: Buffer, headers: Record<string, string>): Hostile {
  return { body, headers, statuses: [400] };
}

function goodRequest(seed: number): Buffer {
  return createRequestTemplate(3, seed).bytes;
}

function flipped(random: () => number): Buffer {
  const body = Buffer.from(goodRequest(random() % 1000));
  const flips = 1 + (random() % 8);
  for (let at = 0; at < flips; at += 1) {
    const place = random() % body.length;
    body[place] = (body[place] ?? 0) ^ (1 << (random() % 8));
  }
  return body;
}

function cut(random: () => number): Buffer {
  const body = goodRequest(random() % 1000);
  return body.subarray(0, random() % body.length);
}

function noise(random: () => number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random() & 0xff));
}

/** A chain of length-delimited fields 1 in one another, as deep as asked. */
function nested(depth: number): Buffer {
  let body = Buffer.alloc(0);
  for (let level = 0; level < depth && body.length < 60_000; level += 1) {
    body = Buffer.concat([Buffer.from([0x0a]), varint(body.length), body]);
  }
  return body;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

async function post(
  to: CollectorProcess,
  body: Buffer,
  headers: Record<string, string>,
): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${to.otlpHttpPort}/v1/traces`, {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${to.producerKey}` },
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function acceptedSpans(of: CollectorProcess): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${of.otlpHttpPort}/metrics`);
  return Number(/^waybill_collector_spans_accepted_total (\d+)$/m.exec(await answer.text())?.[1]);
}

async function spansInLog(folder: string): Promise<number> {
  const log = await openEmbeddedLog({ folder });
  let found = 0;
  for (let partition = 0; partition < log.partitions; partition += 1) {
    const from = { topic: topics.spans, partition, offset: 0 };
    const messages = await log.read(from, {
      messagesMax: 100_000,
      bytesMax: 100 * MIB,
      waitMsMax: 0,
    });
    for (const { value } of messages) found += value ? decodeTraces(value).length : 0;
  }
  await log.close();
  return found;
}
