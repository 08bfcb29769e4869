import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { generateRecords } from '../../../bench/generated-records.ts';
import { openKafkaLog } from '../../../event-log/kafka/kafka-log.ts';
import { schemaRegistrySettings } from '../../../event-log/kafka/schema-registry.ts';
import { encodeAuditRecord, encodeRegistryEvent } from '../../../schemas/avro-codec.ts';
import { topics } from '../../../schemas/topics.ts';
import { readByFastavro } from '../../support/kafka/fastavro.ts';
import type { FakeSchemaRegistry } from '../../support/kafka/fake-schema-registry.ts';
import { startFakeSchemaRegistry } from '../../support/kafka/fake-schema-registry.ts';
import type { FreshLog } from '../../support/kafka/fresh-log.ts';
import { freshLog } from '../../support/kafka/fresh-log.ts';
import { readValues } from '../../support/kafka/read-values.ts';

const schemaText = (name: string): string => readFileSync(`schemas/avro/${name}.avsc`, 'utf8');

describe('fastavro, which knows our published schemas and nothing else of ours', () => {
  let fresh: FreshLog;
  let registry: FakeSchemaRegistry;
  beforeEach(async () => {
    registry = await startFakeSchemaRegistry();
    fresh = await freshLog(inject('brokers'), 1);
  });
  afterEach(async () => {
    await fresh.destroy();
    await registry.stop();
  });

  test.each(['single-object encoding', 'Confluent’s framing'])(
    'reads what lies in our topics in %s',
    async (framing) => {
      const url = framing === 'single-object encoding' ? undefined : registry.url;
      const records = generateRecords({
        seed: 11,
        count: 30,
        startUs: 1_790_000_000_000_000,
        stepUs: 1_000,
        tenants: ['acme'],
        revisedOneIn: 5,
        payloadChars: 50,
      });
      const event = {
        eventId: 'e-1',
        tenant: 'acme',
        type: 'redaction_in_force',
        timeUs: 1_790_000_000_000_000,
        actor: null,
        digest: 'ab',
        body: '{"größe":"😀"}',
      } as const;
      const schemaRegistry = url === undefined ? undefined : schemaRegistrySettings.parse({ url });
      const log = await openKafkaLog({
        settings: { ...fresh.settings, schemaRegistry },
        partitions: 1,
        limits: { lagMsMax: Infinity, requiredReaders: [] },
      });
      const place = { partition: 0, key: 'k', headers: {} };
      await log.append([
        ...records.map((record) => ({
          ...place,
          topic: topics.records,
          value: encodeAuditRecord(record),
        })),
        { ...place, topic: topics.registry, value: encodeRegistryEvent(event) },
      ]);
      await log.close();

      const stored = await valuesOf(topics.records, records.length);
      const schema = schemaText('audit-record');
      const read = readByFastavro(stored.map((value) => ({ schema, value })));
      expect(read).toHaveLength(records.length);
      for (const [at, record] of records.entries()) {
        const { recordId, tenant, revision, facts } = record;
        expect(read[at]).toMatchObject({ recordId, tenant, revision });
        const { user, tool, timeUs, costNano, outcome } = facts;
        expect(read[at]).toMatchObject({ facts: { user, tool, timeUs, costNano, outcome } });
      }
      const [event0] = await valuesOf(topics.registry, 1);
      const value = event0 ?? Buffer.alloc(0);
      const [told] = readByFastavro([{ schema: schemaText('registry-event'), value }]);
      expect(told).toMatchObject(event);
    },
  );

  function valuesOf(topic: string, count: number): Promise<readonly Buffer[]> {
    const { brokers, topicPrefix } = fresh.settings;
    return readValues(brokers, topicPrefix + topic, count);
  }
});
