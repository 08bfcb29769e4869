import type { AvroSchema } from '../../schemas/avro-fingerprint.ts';
import { schemaFingerprint } from '../../schemas/avro-fingerprint.ts';
import { avroTopics, readAvroSchema } from '../../schemas/avro-topics.ts';
import type { Topic } from '../../schemas/topics.ts';
import type { LogMessage } from '../event-log.ts';
import type { SchemaRegistry } from './schema-registry.ts';
import { openSchemaRegistry } from './schema-registry.ts';
import type { KafkaSettings } from './settings.ts';

/**
 * How Avro values lie on Kafka. Inside, they are in single-object encoding (C3 01, the schema's fingerprint of 8 bytes, body). With a schema
 * registry they are written as Confluent's clients write them (00, the schema's id of 4 bytes, body); both are read.
 */
export interface AvroFrames {
  toWire(topic: Topic, value: Uint8Array | null): Uint8Array | null;
  /** Asks the registry for an id that was not seen before. */
  fromWire(topic: Topic, messages: readonly LogMessage[]): Promise<readonly LogMessage[]>;
}

const SINGLE_OBJECT_BYTES = 10;
const FRAME_BYTES = 5;
const FRAME_MARK = 0;

/** As the settings say. Throws as the registry does. */
export async function openFrames({
  schemaRegistry,
  topicPrefix,
}: Pick<KafkaSettings, 'schemaRegistry' | 'topicPrefix'>): Promise<AvroFrames> {
  if (schemaRegistry === undefined) return singleObjectFrames;
  return openConfluentFrames(openSchemaRegistry(schemaRegistry), (topic) => topicPrefix + topic);
}

/** Without a registry, single-object encoding on the topics too. */
const singleObjectFrames: AvroFrames = {
  toWire: (_, value) => value,
  fromWire: (_, messages) => Promise.resolve(messages),
};

/** Registers the schemas that this version writes, under each topic's subject `<topic>-value`. Throws as the registry does. */
async function openConfluentFrames(
  registry: SchemaRegistry,
  nameOf: (topic: Topic) => string,
): Promise<AvroFrames> {
  const written = new Map<Topic, { readonly single: Buffer; readonly frame: Buffer }>();
  /** Id → what single-object encoding begins with. */
  const singles = new Map<number, Buffer>();
  for (const [topic, name] of avroTopics) {
    const schema = readAvroSchema(name);
    const id = await registry.register(`${nameOf(topic)}-value`, schema);
    const frame = Buffer.alloc(FRAME_BYTES);
    frame.writeUInt32BE(id, 1);
    written.set(topic, { single: singleOf(schema), frame });
    singles.set(id, singleOf(schema));
  }

  async function single(id: number): Promise<Buffer | undefined> {
    const known = singles.get(id);
    if (known) return known;
    const schema = await registry.schemaOf(id);
    const found = schema === undefined ? undefined : singleOf(schema);
    if (found) singles.set(id, found);
    return found;
  }

  async function unframe(value: Uint8Array): Promise<Uint8Array> {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const head = await single(bytes.readUInt32BE(1));
    // An id that the registry has not: the reader of the value says that it cannot be read.
    return head ? Buffer.concat([head, bytes.subarray(FRAME_BYTES)]) : value;
  }

  return {
    toWire(topic, value) {
      const known = written.get(topic);
      if (known === undefined || value === null || !beginsWith(value, known.single)) return value;
      return Buffer.concat([known.frame, value.subarray(SINGLE_OBJECT_BYTES)]);
    },
    async fromWire(topic, messages) {
      if (!avroTopics.has(topic)) return messages;
      const unframed = messages.map(async (message) =>
        isFramed(message.value) ? { ...message, value: await unframe(message.value) } : message,
      );
      return Promise.all(unframed);
    },
  };
}

function isFramed(value: Uint8Array | null): value is Uint8Array {
  return value !== null && value.length > FRAME_BYTES && value[0] === FRAME_MARK;
}

function beginsWith(value: Uint8Array, head: Buffer): boolean {
  return head.compare(value, 0, head.length) === 0;
}

function singleOf(schema: AvroSchema): Buffer {
  return Buffer.concat([Buffer.from([0xc3, 0x01]), schemaFingerprint(schema)]);
}
