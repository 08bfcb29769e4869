import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { EventLog } from '../../../event-log/event-log.ts';
import { openKafkaLog } from '../../../event-log/kafka/kafka-log.ts';
import {
  openSchemaRegistry,
  schemaRegistrySettings,
} from '../../../event-log/kafka/schema-registry.ts';
import type { AvroSchema } from '../../../schemas/avro-fingerprint.ts';
import { encodeRegistryEvent } from '../../../schemas/avro-codec.ts';
import { topics } from '../../../schemas/topics.ts';
import { readByFastavro } from '../../support/kafka/fastavro.ts';
import { readAll } from '../../support/kafka/foreign-spans.ts';
import type { FreshLog } from '../../support/kafka/fresh-log.ts';
import { freshLog } from '../../support/kafka/fresh-log.ts';
import { readValues } from '../../support/kafka/read-values.ts';
import type { SchemaRegistryServer } from '../../support/schema-registry/start.ts';
import { startSchemaRegistry } from '../../support/schema-registry/start.ts';

const schemaText = (path: string): string => readFileSync(`schemas/avro/${path}.avsc`, 'utf8');

describe('a real schema registry', () => {
  let server: SchemaRegistryServer;
  let fresh: FreshLog;
  const opened: EventLog[] = [];

  beforeAll(async () => {
    server = await startSchemaRegistry();
  }, 120_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    fresh = await freshLog(inject('brokers'), 1);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((log) => log.close()));
    await fresh.destroy();
  });

  async function open(): Promise<EventLog> {
    const schemaRegistry = schemaRegistrySettings.parse({ url: server.url });
    const settings = { ...fresh.settings, schemaRegistry };
    const limits = { lagMsMax: Infinity, requiredReaders: [] };
    const log = await openKafkaLog({ settings, partitions: 1, limits });
    opened.push(log);
    return log;
  }

  async function ask(path: string): Promise<unknown> {
    const response = await fetch(`${server.url}${path}`);
    expect(response.status).toBe(200);
    return response.json();
  }

  const event = {
    eventId: 'e-1',
    tenant: 'acme',
    type: 'redaction_in_force',
    timeUs: 1_790_000_000_000_000,
    actor: null,
    digest: null,
    body: '{"größe":"😀"}',
  } as const;

  test('keeps our schema under the id that our frames bear, and who never wrote reads them by it', async () => {
    const value = encodeRegistryEvent(event);
    const place = { topic: topics.registry, partition: 0, key: 'acme', headers: {} };
    await (await open()).append([{ ...place, value }]);
    const read = await readAll(await open(), topics.registry, 0);
    expect(read.map((message) => Buffer.from(message.value ?? []))).toEqual([value]);

    const { topicPrefix, brokers } = fresh.settings;
    const topic = `${topicPrefix}${topics.registry}`;
    const [frame = Buffer.alloc(5)] = await readValues(brokers, topic, 1);
    // Confluent's wire format: a zero, the id in four bytes, the value.
    expect(frame[0]).toBe(0);
    const { schema } = (await ask(`/schemas/ids/${frame.readUInt32BE(1)}`)) as { schema: string };
    expect(await ask('/subjects')).toContain(`${topic}-value`);
    const [byOthers] = readByFastavro([{ schema, value: frame }]);
    expect(byOthers).toMatchObject({ eventId: 'e-1', body: '{"größe":"😀"}' });
  });

  test('takes each later version of what we write, and one that breaks readers is refused for good', async () => {
    const registry = openSchemaRegistry(schemaRegistrySettings.parse({ url: server.url }));
    await fetch(`${server.url}/config`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ compatibility: 'BACKWARD' }),
    });
    const subject = `${fresh.settings.topicPrefix}evolving-value`;
    const parse = (path: string) => JSON.parse(schemaText(path)) as AvroSchema & object;
    const first = await registry.register(subject, parse('history/audit-record.v1'));
    const now = await registry.register(subject, parse('audit-record'));
    expect(now).not.toBe(first);
    expect(await registry.register(subject, parse('audit-record'))).toBe(now);
    const record = parse('audit-record') as { readonly fields: readonly object[] };
    const broken = { ...record, fields: [...record.fields, { name: 'must', type: 'string' }] };
    await expect(registry.register(subject, broken)).rejects.toMatchObject({
      code: 'EVENT_LOG_SCHEMAS_REFUSED',
    });
    expect(await registry.schemaOf(0x7f_ff_ff)).toBeUndefined();
  });
});
