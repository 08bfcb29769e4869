import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import avsc from 'avsc';
import type { AvroSchema } from './avro-fingerprint.ts';
import { schemaFingerprint } from './avro-fingerprint.ts';
import { withTextOf, quickTypeHook } from './avro-strings.ts';
import { AvroError } from './errors.ts';
import { limits } from './limits.ts';
import type { AuditRecord, RegistryEvent } from './record-types.ts';

/** Avro single-object encoding (C3 01, fingerprint, body) under the current schema. Throws `AVRO_INVALID_VALUE`. */
export function encodeAuditRecord(record: AuditRecord): Buffer {
  return encode(auditRecord, record);
}

/**
 * Reads what any known version of the schema wrote; fields that it did not have get their defaults. Throws
 * `AVRO_UNKNOWN_SCHEMA` or `AVRO_UNDECODABLE`, never anything else, whatever the bytes are.
 */
export function decodeAuditRecord(bytes: Uint8Array): AuditRecord {
  return decode(auditRecord, bytes) as AuditRecord;
}

export function encodeRegistryEvent(event: RegistryEvent): Buffer {
  return encode(registryEvent, event);
}

/** As {@link decodeAuditRecord}. */
export function decodeRegistryEvent(bytes: Uint8Array): RegistryEvent {
  return decode(registryEvent, bytes) as RegistryEvent;
}

type Resolver = ReturnType<avsc.Type['createResolver']>;

/** Schemas of one message: the current one writes, each known one can be read. */
type Codec = {
  readonly name: string;
  readonly type: avsc.Type;
  readonly header: Buffer;
  /** Key: the fingerprint as 16 hex digits. */
  readonly earlier: ReadonlyMap<string, { readonly type: avsc.Type; readonly resolver: Resolver }>;
};

const MARKER = Buffer.from([0xc3, 0x01]);
const HEADER_BYTES = 10;

const auditRecord = loadCodec('audit-record');
const registryEvent = loadCodec('registry-event');

function loadCodec(name: string): Codec {
  const folder = join(import.meta.dirname, 'avro');
  const current = readSchema(join(folder, `${name}.avsc`));
  const type = parse(current);
  const earlier = new Map<string, { type: avsc.Type; resolver: Resolver }>();
  for (const file of readdirSync(join(folder, 'history'))) {
    if (!file.startsWith(`${name}.`)) continue;
    const schema = readSchema(join(folder, 'history', file));
    const writer = parse(schema);
    const entry = { type: writer, resolver: type.createResolver(writer) };
    earlier.set(schemaFingerprint(schema).toString('hex'), entry);
  }
  const header = Buffer.concat([MARKER, schemaFingerprint(current)]);
  return { name, type, header, earlier };
}

function readSchema(file: string): AvroSchema {
  return JSON.parse(readFileSync(file, 'utf8')) as AvroSchema;
}

function parse(schema: AvroSchema): avsc.Type {
  return avsc.Type.forSchema(schema as avsc.Schema, {
    omitRecordMethods: true,
    typeHook: quickTypeHook,
  });
}

// One buffer for all encodings of this thread: encoding is synchronous, and the answer is a copy of the part used.
let scratch = Buffer.allocUnsafeSlow(64 * 1024);
const SCRATCH_BYTES_MAX = 4 * limits.recordBytesMax;

function encode(codec: Codec, value: unknown): Buffer {
  let end = encodeBody(codec, value);
  while (end < 0) {
    if (scratch.length === SCRATCH_BYTES_MAX) {
      throw new AvroError('AVRO_INVALID_VALUE', `a ${codec.name} over ${SCRATCH_BYTES_MAX} bytes`);
    }
    scratch = Buffer.allocUnsafeSlow(Math.min(SCRATCH_BYTES_MAX, scratch.length - end + 1024));
    end = encodeBody(codec, value);
  }
  codec.header.copy(scratch);
  const encoded = Buffer.allocUnsafe(end);
  scratch.copy(encoded, 0, 0, end);
  return encoded;
}

/** The end of the encoding, or minus the number of bytes missing. */
function encodeBody(codec: Codec, value: unknown): number {
  try {
    return codec.type.encode(value, scratch, HEADER_BYTES);
  } catch (cause) {
    throw new AvroError('AVRO_INVALID_VALUE', `not a ${codec.name}`, cause);
  }
}

function decode(codec: Codec, bytes: Uint8Array): unknown {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { type, resolver } = writerOf(codec, buffer);
  let decoded: { value: unknown; offset: number };
  try {
    decoded = withTextOf(buffer, () => type.decode(buffer, HEADER_BYTES, resolver));
  } catch (cause) {
    throw new AvroError('AVRO_UNDECODABLE', `the body is no ${codec.name}`, cause);
  }
  if (decoded.offset < 0) throw new AvroError('AVRO_UNDECODABLE', `a truncated ${codec.name}`);
  if (decoded.offset < buffer.length) {
    throw new AvroError('AVRO_UNDECODABLE', `bytes after the end of a ${codec.name}`);
  }
  return decoded.value;
}

type Writer = { readonly type: avsc.Type; readonly resolver?: Resolver };

function writerOf(codec: Codec, buffer: Buffer): Writer {
  if (buffer.length < HEADER_BYTES || buffer[0] !== MARKER[0] || buffer[1] !== MARKER[1]) {
    throw new AvroError('AVRO_UNDECODABLE', 'no single-object encoding');
  }
  if (buffer.compare(codec.header, 0, HEADER_BYTES, 0, HEADER_BYTES) === 0) return codec;
  const fingerprint = buffer.toString('hex', 2, HEADER_BYTES);
  const earlier = codec.earlier.get(fingerprint);
  // With a resolver, avsc decodes by the reader's type.
  if (earlier) return { type: codec.type, resolver: earlier.resolver };
  throw new AvroError('AVRO_UNKNOWN_SCHEMA', `fingerprint ${fingerprint} for ${codec.name}`);
}
