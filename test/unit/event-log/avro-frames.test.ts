import avsc from 'avsc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFrames } from '../../../event-log/kafka/avro-frames.ts';
import { schemaRegistrySettings } from '../../../event-log/kafka/schema-registry.ts';
import { decodeRegistryEvent, encodeRegistryEvent } from '../../../schemas/avro-codec.ts';
import type { Topic } from '../../../schemas/topics.ts';
import { topics } from '../../../schemas/topics.ts';
import type { FakeSchemaRegistry } from '../../support/kafka/fake-schema-registry.ts';
import { startFakeSchemaRegistry } from '../../support/kafka/fake-schema-registry.ts';

const event = {
  eventId: 'e1',
  tenant: 'acme',
  type: 'redaction_in_force',
  timeUs: 1,
  actor: null,
  digest: null,
  body: '{}',
} as const;

const message = (value: Uint8Array | null, topic: Topic = topics.registry) => ({
  topic,
  partition: 0,
  offset: 0,
  appendTimeMs: 0,
  key: null,
  headers: {},
  value,
});

describe('Avro on Kafka', () => {
  let registry: FakeSchemaRegistry;
  beforeEach(async () => {
    registry = await startFakeSchemaRegistry();
  });
  afterEach(async () => {
    await registry.stop();
  });

  const open = () => {
    const schemaRegistry = schemaRegistrySettings.parse({ url: `${registry.url}/` });
    return openFrames({ schemaRegistry, topicPrefix: 'east.' });
  };
  const idOf = (subject: string): number => registry.subjects.get(subject) ?? 0;

  it('is framed as 00, the id in four bytes, and the bare body, which another reader with the schema of that id reads', async () => {
    const frames = await open();
    const wire = Buffer.from(frames.toWire(topics.registry, encodeRegistryEvent(event)) ?? []);
    expect([...registry.subjects.keys()].toSorted()).toEqual([
      'east.waybill.reads.v1-value',
      'east.waybill.records.v1-value',
      'east.waybill.registry.v1-value',
    ]);
    expect(wire[0]).toBe(0);
    expect(wire.readUInt32BE(1)).toBe(idOf('east.waybill.registry.v1-value'));
    const schema = registry.schemas.find((each) => each.includes('RegistryEvent')) ?? '';
    const type = avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema);
    expect(type.fromBuffer(wire.subarray(5))).toMatchObject({ eventId: 'e1', tenant: 'acme' });
  });

  it('is read as it was before framing, and so is what lies there in single-object encoding', async () => {
    const frames = await open();
    const single = encodeRegistryEvent(event);
    const wire = frames.toWire(topics.registry, single);
    const read = await frames.fromWire(topics.registry, [message(wire), message(single)]);
    expect(read.map(({ value }) => Buffer.from(value ?? []).equals(single))).toEqual([true, true]);
  });

  it('asks once for an id that another version registered', async () => {
    const writer = await open();
    const wire = writer.toWire(topics.registry, encodeRegistryEvent(event));
    // This reader has registered nothing under that id: the registry gave its schemas others.
    const before = registry.asked.length;
    const frames = await open();
    const other = Buffer.from(wire ?? []);
    const added = {
      schema: JSON.stringify({ ...JSON.parse(registry.schemas[1] ?? ''), doc: 'x' }),
    };
    const posted = await fetch(`${registry.url}/subjects/x/versions`, {
      method: 'POST',
      body: JSON.stringify(added),
    });
    const { id } = (await posted.json()) as { id: number };
    other.writeUInt32BE(id, 1);
    const [first] = await frames.fromWire(topics.registry, [message(other)]);
    await frames.fromWire(topics.registry, [message(other)]);
    expect(decodeRegistryEvent(first?.value ?? Buffer.alloc(0))).toEqual(event);
    expect(registry.asked.slice(before).filter((line) => line.startsWith('GET'))).toEqual([
      `GET /schemas/ids/${id}`,
    ]);
  });

  it('leaves alone what is no Avro, what is deleted, and an id that nobody knows', async () => {
    const frames = await open();
    const spans = Buffer.from([0, 0, 0, 0, 1, 2, 3]);
    expect(frames.toWire(topics.spans, spans)).toBe(spans);
    expect(frames.toWire(topics.registry, null)).toBeNull();
    expect(await frames.fromWire(topics.spans, [message(spans, topics.spans)])).toMatchObject([
      { value: spans },
    ]);
    expect(await frames.fromWire(topics.registry, [message(spans)])).toMatchObject([
      { value: spans },
    ]);
  });

  it('tells a registry that is away from one that refuses', async () => {
    registry.deny(503);
    await expect(open()).rejects.toMatchObject({ code: 'EVENT_LOG_SCHEMAS_UNAVAILABLE' });
    registry.deny(409);
    await expect(open()).rejects.toMatchObject({ code: 'EVENT_LOG_SCHEMAS_REFUSED' });
    registry.deny(undefined);
    const schemaRegistry = schemaRegistrySettings.parse({ url: 'http://127.0.0.1:1' });
    await expect(openFrames({ schemaRegistry, topicPrefix: '' })).rejects.toMatchObject({
      code: 'EVENT_LOG_SCHEMAS_UNAVAILABLE',
    });
  });
});
