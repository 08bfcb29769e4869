/** A parsed Avro schema: a name, a union, or an object with `type`. */
export type AvroSchema = string | readonly AvroSchema[] | { readonly [key: string]: unknown };

/**
 * CRC-64-AVRO (the Rabin fingerprint) of a schema's Parsing Canonical Form, as the 8 little-endian bytes that single-object
 * encoding puts before a message. Source: Avro 1.12 specification, "Schema Fingerprints".
 */
export function schemaFingerprint(schema: AvroSchema): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(crc64Avro(Buffer.from(canonicalForm(schema), 'utf8')));
  return bytes;
}

const EMPTY = 0xc15d213aa4d7a795n;

export function crc64Avro(bytes: Uint8Array): bigint {
  let crc = EMPTY;
  for (const byte of bytes) crc = (crc >> 8n) ^ (TABLE[Number(crc & 0xffn) ^ byte] ?? 0n);
  return crc;
}

const TABLE: readonly bigint[] = Array.from({ length: 256 }, (_, index) => {
  let crc = BigInt(index);
  for (let bit = 0; bit < 8; bit += 1) crc = (crc >> 1n) ^ (crc & 1n ? EMPTY : 0n);
  return crc;
});

/** Parsing Canonical Form: only what matters to a parser, in a fixed order, full names, no white space. */
export function canonicalForm(schema: AvroSchema): string {
  return canonical(schema, '');
}

function canonical(schema: AvroSchema, namespace: string): string {
  if (typeof schema === 'string') return JSON.stringify(fullName(schema, namespace));
  if (isUnion(schema)) return `[${schema.map((branch) => canonical(branch, namespace)).join(',')}]`;
  return canonicalObject(schema, namespace);
}

function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema);
}

const NAMED = new Set(['record', 'enum', 'fixed', 'error']);

function canonicalObject(schema: { readonly [key: string]: unknown }, enclosing: string): string {
  const type = schema['type'];
  if (typeof type !== 'string') return canonical(type as AvroSchema, enclosing);
  if (PRIMITIVES.has(type)) return JSON.stringify(type);
  const parts: string[] = [];
  let namespace = enclosing;
  if (NAMED.has(type)) {
    const own = typeof schema['namespace'] === 'string' ? schema['namespace'] : enclosing;
    const name = fullName(String(schema['name']), own);
    namespace = name.slice(0, Math.max(0, name.lastIndexOf('.')));
    parts.push(`"name":${JSON.stringify(name)}`);
  }
  parts.push(`"type":${JSON.stringify(type)}`, ...canonicalRest(schema, namespace));
  return `{${parts.join(',')}}`;
}

function canonicalRest(
  schema: { readonly [key: string]: unknown },
  namespace: string,
): readonly string[] {
  const parts: string[] = [];
  if (schema['fields']) {
    const fields = schema['fields'] as readonly { name: string; type: AvroSchema }[];
    const texts = fields.map(
      ({ name, type }) => `{"name":${JSON.stringify(name)},"type":${canonical(type, namespace)}}`,
    );
    parts.push(`"fields":[${texts.join(',')}]`);
  }
  if (schema['symbols']) parts.push(`"symbols":${JSON.stringify(schema['symbols'])}`);
  for (const key of ['items', 'values'])
    if (schema[key]) parts.push(`"${key}":${canonical(schema[key] as AvroSchema, namespace)}`);
  if (schema['size'] !== undefined) parts.push(`"size":${Number(schema['size'])}`);
  return parts;
}

const PRIMITIVES = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
]);

function fullName(name: string, namespace: string): string {
  return PRIMITIVES.has(name) || name.includes('.') || namespace === ''
    ? name
    : `${namespace}.${name}`;
}
