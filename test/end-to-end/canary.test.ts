import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedLog } from '../../event-log/embedded.ts';
import { openStore } from '../../record-store/clickhouse.ts';
import { startEngine } from '../../record-store/engine.ts';
import { readPassword } from '../../record-store/passwords.ts';
import { tables } from '../../schemas/tables.ts';
import { topics } from '../../schemas/topics.ts';
import type { TestSpan } from '../support/otlp-json.ts';
import { otlpJson, postTraces } from '../support/otlp-json.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { eventually, startPipeline } from '../support/pipeline.ts';
import { foundInFile } from '../support/scan-file.ts';

/**
 * Canaries: values that must never lie on a disk in the clear. Each is unique, so that one that is found tells where it came
 * from. The cards pass Luhn (the networks' published test numbers); the secrets have their issuers' published shapes.
 */
const canaries = {
  cardPlain: '4242424242424242',
  cardSpaced: '5555 5555 5555 4444',
  cardAmex: '378282246310005',
  githubToken: 'ghp_wayb1llCanaryWayb1llCanaryWayb1llCa1',
  awsKey: 'AKIAWAYBILLCANARY042',
  bearer: 'canary-bearer-7f3e9a1c55',
  password: 'canary-pass-0c8d1e7b',
  session: 'canary-session-55ab90ef-1188',
  userMail: 'carla.canary@example.com',
  baggageUser: 'bruno.canary@example.com',
} as const;

const needles = Object.values(canaries);
const traceId = 'ca0a7e00000000000000000000000001';
const now = Date.now();

const hostileSpan: TestSpan = {
  traceId,
  spanId: 'ca0a7e0000000001',
  name: `tools/call pay ${canaries.cardPlain}`,
  kind: 3,
  startMs: now - 1000,
  endMs: now - 500,
  traceState: `vendor=${canaries.githubToken}`,
  status: { code: 2, message: `declined ${canaries.cardSpaced}` },
  attributes: {
    'mcp.method.name': 'tools/call',
    'gen_ai.tool.name': 'pay',
    'user.email': canaries.userMail,
    'mcp.session.id': canaries.session,
    'gen_ai.tool.call.arguments': JSON.stringify({
      card: canaries.cardPlain,
      nested: JSON.stringify({ password: canaries.password }),
      note: `key ${canaries.awsKey}`,
    }),
    'http.request.header.authorization': `Bearer ${canaries.bearer}`,
    baggage: `userId=${canaries.baggageUser},tenant=x`,
    structured: { deep: [{ card: canaries.cardAmex }] },
    number: Number(canaries.cardPlain),
    'url.full': `https://api.example.com/pay?access_token=${canaries.bearer}&q=1`,
    [`key-${canaries.cardPlain}`]: 'in a key',
  },
  events: [
    {
      name: `exception ${canaries.githubToken}`,
      attributes: {
        'exception.message': `card ${canaries.cardSpaced} refused`,
        'exception.stacktrace': `at pay(${canaries.cardPlain})\n at auth(${canaries.awsKey})`,
      },
    },
  ],
  links: [
    {
      traceId,
      spanId: 'ca0a7e0000000009',
      attributes: { why: `Authorization: Bearer ${canaries.bearer}` },
    },
  ],
};

/** A span that is refused: its values must not reach a dead letter either. */
const refusedSpan: TestSpan = { ...hostileSpan, spanId: '0000000000000000' };

let dataDir = '';
let pipeline: Pipeline;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'waybill-canary-'));
  pipeline = await startPipeline({ dataDir });
  const body = otlpJson({
    scope: { name: 'canary', version: canaries.githubToken },
    resource: { 'service.name': 'canary', 'process.command_args': [`--token=${canaries.awsKey}`] },
    spans: [hostileSpan, refusedSpan],
  });
  expect((await postTraces(pipeline, body)).status).toBe(200);
  await postTraces({ ...pipeline, producerKey: canaries.bearer }, body);
  await postTraces(pipeline, `{"resourceSpans": "${canaries.cardPlain}"`);
  await eventually(
    () => pipeline.ask<{ records: readonly unknown[] }>(`/v1/records?trace=${traceId}`),
    ({ records }) => records.length === 1,
  );
}, 90_000);

afterAll(async () => {
  await pipeline.stop();
  await rm(dataDir, { recursive: true, force: true });
});

describe('canaries', () => {
  it('lie in no answer of the query API', async () => {
    const list = await pipeline.ask<{ records: readonly { callId: string }[] }>(
      `/v1/records?trace=${traceId}`,
    );
    const detail = await pipeline.ask(`/v1/records/${list.records[0]?.callId ?? ''}`);
    const text = JSON.stringify([list, detail]);
    // The directory gives auditors the name back; everything else stays hidden.
    expect(found(text).filter((name) => name !== canaries.userMail)).toEqual([]);
  });

  it('lie in no message of the event log, uncompressed', async () => {
    await pipeline.stop();
    const log = await openEmbeddedLog({ folder: join(dataDir, 'log') });
    try {
      let messages = 0;
      for (const topic of Object.values(topics)) {
        for (let partition = 0; partition < log.partitions; partition += 1) {
          const { start } = await log.range(topic, partition).catch(() => ({ start: -1 }));
          if (start < 0) continue;
          const limits = { messagesMax: 10_000, bytesMax: 1e8, waitMsMax: 0 };
          for (const message of await log.read({ topic, partition, offset: start }, limits)) {
            messages += 1;
            const text = Buffer.from(message.value ?? []).toString('latin1');
            expect(found(text + JSON.stringify(message.headers) + message.key)).toEqual([]);
          }
        }
      }
      expect(messages).toBeGreaterThan(3);
    } finally {
      await log.close();
    }
  });

  it('lie in no row of any table, uncompressed', async () => {
    await pipeline.stop();
    const engine = await startEngine({
      folder: join(dataDir, 'store'),
      keysFolder: join(dataDir, 'keys'),
    });
    const { username, passwordFile } = engine.credentials.migrator;
    const password = await readPassword(passwordFile);
    const store = openStore({ url: engine.url, username, password });
    try {
      for (const { name } of tables) {
        const rows = await store.query({ sql: `SELECT * FROM waybill.${name}` });
        if (['records', 'leaves', 'payloads'].includes(name)) expect(rows).not.toEqual([]);
        expect(found(JSON.stringify(rows))).toEqual([]);
      }
    } finally {
      await store.close();
      await engine.stop();
    }
  });

  it('lie in no byte of any file on the disk', async () => {
    await pipeline.stop();
    const files = await readdir(dataDir, { recursive: true, withFileTypes: true });
    const leaks: string[] = [];
    let scanned = 0;
    for (const file of files.filter((entry) => entry.isFile())) {
      const path = join(file.parentPath, file.name);
      scanned += 1;
      for (const name of await foundInFile(path, found)) leaks.push(`${path}: ${name}`);
    }
    expect(scanned).toBeGreaterThan(10);
    expect(leaks).toEqual([]);
  });
});

function found(text: string): readonly string[] {
  return needles.filter((needle) => text.includes(needle));
}
