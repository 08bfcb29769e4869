import { readFileSync, readdirSync } from 'node:fs';
import avsc from 'avsc';
import { assert, property, string, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateRecords } from '../../../bench/generated-records.ts';
import {
  decodeAuditRecord,
  decodeRegistryEvent,
  encodeAuditRecord,
  encodeRegistryEvent,
} from '../../../schemas/avro-codec.ts';
import { AvroError } from '../../../schemas/errors.ts';
import type { RegistryEvent } from '../../../schemas/record-types.ts';

const records = generateRecords({
  count: 60,
  seed: 1,
  startUs: 1_790_000_000_000_000,
  stepUs: 1_000,
  tenants: ['default', 'other'],
  revisedOneIn: 10,
  payloadChars: 330,
});
const [first] = records;
const registryEvent: RegistryEvent = {
  eventId: 'e',
  tenant: 't',
  type: 'registry_applied',
  timeUs: 1_790_000_000_000_000,
  actor: null,
  digest: null,
  body: '{"ü":"😀"}',
};

describe('Avro codec', () => {
  it('gives back what it was given', () => {
    for (const record of records) {
      expect(decodeAuditRecord(encodeAuditRecord(record))).toEqual(record);
    }
    expect(records.some((record) => record.supersedes !== null)).toBe(true);
  });

  it('gives back a registry event', () => {
    expect(decodeRegistryEvent(encodeRegistryEvent(registryEvent))).toEqual(registryEvent);
  });

  it('begins with the marker of single-object encoding', () => {
    expect(encodeAuditRecord(must(first)).subarray(0, 2)).toEqual(Buffer.from([0xc3, 0x01]));
  });

  it('grows its buffer for a large record and refuses one beyond all limits', () => {
    const big = { ...must(first), findings: Array.from({ length: 9_000 }, () => 'x'.repeat(40)) };
    expect(decodeAuditRecord(encodeAuditRecord(big))).toEqual(big);
    const huge = { ...must(first), findings: ['x'.repeat(3_000_000)] };
    expect(code(() => encodeAuditRecord(huge))).toBe('AVRO_INVALID_VALUE');
    expect(decodeAuditRecord(encodeAuditRecord(must(first)))).toEqual(first);
  });

  it('gives back strings of every length and script, at the edges of its quick paths too', () => {
    const texts = [
      '',
      'é',
      '😀',
      '\u007f',
      '\u0080',
      'x'.repeat(63),
      'x'.repeat(64),
      'x'.repeat(65),
    ];
    const findings = [
      ...texts,
      ...texts.map((text) => `${text}ß`),
      'é'.repeat(32),
      'y'.repeat(9_000),
    ];
    const record = { ...must(first), findings };
    expect(decodeAuditRecord(encodeAuditRecord(record))).toEqual(record);
    assert(
      property(string({ unit: 'grapheme', maxLength: 90 }), (text) => {
        const event = { ...registryEvent, body: text, actor: text };
        expect(decodeRegistryEvent(encodeRegistryEvent(event))).toEqual(event);
      }),
      { numRuns: 500, seed: 5 },
    );
  });

  it('writes what another Avro implementation of strings writes', () => {
    // Avro specification, "Data Serialization": a string is its length in bytes, zig-zag, and its UTF-8.
    const bytes = encodeRegistryEvent({ ...registryEvent, eventId: 'foo', tenant: 'ü' });
    expect(bytes.subarray(10, 17)).toEqual(Buffer.from([0x06, 0x66, 0x6f, 0x6f, 0x04, 0xc3, 0xbc]));
  });

  it('makes no room for more items than a message has bytes', () => {
    const bytes = encodeAuditRecord({ ...must(first), outcomeEvidence: [] });
    const hostile = Buffer.concat([bytes.subarray(0, 10), Buffer.alloc(4_000, 0xfe)]);
    expect(code(() => decodeAuditRecord(hostile))).toBe('AVRO_UNDECODABLE');
    // A flipped byte can become the length of a list or of a string.
    for (let at = 10; at < bytes.length; at += 1) {
      for (const value of [0xff, 0x80, 0x7f, 0x01]) {
        const flipped = Buffer.from(bytes);
        flipped[at] = value;
        expect([undefined, 'AVRO_UNDECODABLE']).toContain(code(() => decodeAuditRecord(flipped)));
      }
    }
  });

  it('refuses a fingerprint that it does not know', () => {
    const bytes = encodeAuditRecord(must(first));
    bytes.writeUInt8(bytes.readUInt8(5) ^ 1, 5);
    expect(code(() => decodeAuditRecord(bytes))).toBe('AVRO_UNKNOWN_SCHEMA');
  });

  it('refuses the other message', () => {
    const bytes = encodeAuditRecord(must(first));
    expect(code(() => decodeRegistryEvent(bytes))).toBe('AVRO_UNKNOWN_SCHEMA');
  });

  it('answers every truncated or random body with its own error', () => {
    const bytes = encodeAuditRecord(must(first));
    for (let length = 0; length < bytes.length; length += 1) {
      expect(code(() => decodeAuditRecord(bytes.subarray(0, length)))).toBe('AVRO_UNDECODABLE');
    }
    assert(
      property(uint8Array({ maxLength: 400 }), (body) => {
        const hostile = Buffer.concat([bytes.subarray(0, 10), body]);
        const thrown = code(() => decodeAuditRecord(hostile));
        expect([undefined, 'AVRO_UNDECODABLE']).toContain(thrown);
      }),
      { numRuns: 500, seed: 7 },
    );
    expect(code(() => decodeAuditRecord(Buffer.concat([bytes, Buffer.from([0])])))).toBe(
      'AVRO_UNDECODABLE',
    );
  });
});

describe('schema evolution', () => {
  const folder = 'schemas/avro';
  const earlier = readdirSync(`${folder}/history`);

  it('has a first version of every schema', () => {
    const current = readdirSync(folder).filter((file) => file.endsWith('.avsc'));
    expect(earlier).toEqual(
      expect.arrayContaining(current.map((file) => file.replace('.avsc', '.v1.avsc'))),
    );
  });

  it.each(earlier)('reads %s, and is read by it', (file) => {
    const before = parse(`${folder}/history/${file}`);
    const now = parse(`${folder}/${file.replace(/\.v\d+\.avsc$/, '.avsc')}`);
    expect(() => now.createResolver(before)).not.toThrow();
    expect(() => before.createResolver(now)).not.toThrow();
  });

  it('documents every field and every type', () => {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.avsc'))) {
      expect(undocumented(JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')))).toEqual([]);
    }
  });
});

function parse(file: string): avsc.Type {
  return avsc.Type.forSchema(JSON.parse(readFileSync(file, 'utf8')) as avsc.Schema);
}

/** Names of records, enums and their fields that have no `doc`. */
function undocumented(node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  const inner = Object.values(node).flatMap(undocumented);
  const named = 'name' in node && !('doc' in node && String(node.doc).length > 0);
  return named ? [String(node.name), ...inner] : inner;
}

function code(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof AvroError) return error.code;
    throw error;
  }
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a generated record was expected');
  return value;
}
