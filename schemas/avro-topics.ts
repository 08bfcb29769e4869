import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AvroSchema } from './avro-fingerprint.ts';
import type { Topic } from './topics.ts';
import { topics } from './topics.ts';

/** The topics whose values are Avro, and the name of the schema that writes them. */
export const avroTopics: ReadonlyMap<Topic, string> = new Map([
  [topics.records, 'audit-record'],
  [topics.registry, 'registry-event'],
  [topics.reads, 'registry-event'],
]);

export function readAvroSchema(name: string): AvroSchema {
  const file = join(import.meta.dirname, 'avro', `${name}.avsc`);
  return JSON.parse(readFileSync(file, 'utf8')) as AvroSchema;
}
