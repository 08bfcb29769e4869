import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { openKafkaLog } from '../../../event-log/kafka/kafka-log.ts';
import type { EventLog } from '../../../event-log/event-log.ts';
import { schemaRegistrySettings } from '../../../event-log/kafka/schema-registry.ts';
import { encodeRegistryEvent } from '../../../schemas/avro-codec.ts';
import { topics } from '../../../schemas/topics.ts';
import type { FakeSchemaRegistry } from '../../support/kafka/fake-schema-registry.ts';
import { startFakeSchemaRegistry } from '../../support/kafka/fake-schema-registry.ts';
import { readAll } from '../../support/kafka/foreign-spans.ts';
import type { FreshLog } from '../../support/kafka/fresh-log.ts';
import { freshLog } from '../../support/kafka/fresh-log.ts';
import { readValues } from '../../support/kafka/read-values.ts';

describe('a log with a schema registry', () => {
  let fresh: FreshLog;
  let registry: FakeSchemaRegistry;
  let log: EventLog;
  beforeEach(async () => {
    registry = await startFakeSchemaRegistry();
    fresh = await freshLog(inject('brokers'), 1);
  });
  afterEach(async () => {
    await log.close();
    await fresh.destroy();
    await registry.stop();
  });

  const event = (eventId: string): Buffer =>
    encodeRegistryEvent({
      eventId,
      tenant: 'acme',
      type: 'redaction_in_force',
      timeUs: 1,
      actor: null,
      digest: null,
      body: '{}',
    });
  const message = (value: Buffer) => ({
    topic: topics.registry,
    partition: 0,
    key: 'acme',
    headers: {},
    value,
  });

  test('writes frames by append and by commit, and reads them beside what was there before as one', async () => {
    const earlier = await fresh.open();
    await earlier.append([message(event('before'))]);
    await earlier.close();
    const schemaRegistry = schemaRegistrySettings.parse({ url: registry.url });
    const settings = { ...fresh.settings, schemaRegistry };
    const limits = { lagMsMax: Infinity, requiredReaders: [] };
    log = await openKafkaLog({ settings, partitions: 1, limits });
    await log.append([message(event('appended'))]);
    const owner = await log.openOwner('enricher', 0);
    await owner.commit({ positions: [], appends: [message(event('committed'))], state: [] });

    const read = await readAll(log, topics.registry, 0);
    const expected = ['before', 'appended', 'committed'].map(event);
    expect(read.map(({ value }) => Buffer.from(value ?? []))).toEqual(expected);
    const marks = await firstBytes(3);
    expect(marks).toEqual([0xc3, 0, 0]);
  });

  /** Of each value as it lies on the broker. */
  async function firstBytes(count: number): Promise<readonly number[]> {
    const { brokers, topicPrefix } = fresh.settings;
    const values = await readValues(brokers, topicPrefix + topics.registry, count);
    return values.map((value) => value[0] ?? -1);
  }
});
