import { readFileSync } from 'node:fs';

type AvroType = string | readonly AvroType[] | AvroNamed;
type AvroNamed = {
  readonly type: AvroType;
  readonly name?: string;
  readonly doc?: string;
  readonly symbols?: readonly string[];
  readonly items?: AvroType;
  readonly fields?: readonly {
    readonly name: string;
    readonly type: AvroType;
    readonly doc?: string;
  }[];
};

/** JSON schemas by name of every type in an Avro schema file, so that OpenAPI says what the records say. */
export function jsonSchemasOf(file: URL): ReadonlyMap<string, object> {
  const schemas = new Map<string, object>();
  convert(JSON.parse(readFileSync(file, 'utf8')) as AvroType, schemas);
  return schemas;
}

const PRIMITIVES: Readonly<Record<string, object>> = {
  null: { type: 'null' },
  boolean: { type: 'boolean' },
  int: { type: 'integer' },
  long: { type: 'integer' },
  double: { type: 'number' },
  string: { type: 'string' },
  bytes: { type: 'string' },
};

function convert(type: AvroType, schemas: Map<string, object>): object {
  if (typeof type === 'string') return PRIMITIVES[type] ?? schemas.get(type) ?? {};
  if (Array.isArray(type)) return union(type as readonly AvroType[], schemas);
  const named = type as AvroNamed;
  switch (named.type) {
    case 'array':
      return { type: 'array', items: convert(named.items ?? 'null', schemas) };
    case 'enum':
      return remember(named, { type: 'string', enum: named.symbols ?? [] }, schemas);
    case 'record':
      return remember(named, recordSchema(named, schemas), schemas);
    default:
      return convert(named.type, schemas);
  }
}

function union(branches: readonly AvroType[], schemas: Map<string, object>): object {
  return { anyOf: branches.map((branch) => convert(branch, schemas)) };
}

function recordSchema(type: AvroNamed, schemas: Map<string, object>): object {
  const properties = (type.fields ?? []).map(({ name, type: field, doc }) => [
    name,
    { ...convert(field, schemas), ...(doc ? { description: doc } : {}) },
  ]);
  return { type: 'object', properties: Object.fromEntries(properties) as object };
}

function remember(type: AvroNamed, schema: object, schemas: Map<string, object>): object {
  const documented = { ...schema, ...(type.doc ? { description: type.doc } : {}) };
  if (type.name) schemas.set(type.name, documented);
  return documented;
}
