import { readFileSync, readdirSync } from 'node:fs';

type AvroType = string | readonly AvroType[] | AvroNamed;
type AvroNamed = {
  readonly type: string;
  readonly name?: string;
  readonly doc?: string;
  readonly symbols?: readonly string[];
  readonly items?: AvroType;
  readonly fields?: readonly {
    readonly name: string;
    readonly type: AvroType;
    readonly doc: string;
  }[];
};

const PRIMITIVES: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  double: 'number',
  string: 'string',
  bytes: 'Uint8Array',
};

/** TypeScript types of every named type in `schemas/avro/*.avsc`, so that the two cannot drift. */
export function renderRecordTypes(folder = 'schemas/avro'): string {
  const declarations = new Map<string, string>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.avsc'))) {
    render(JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as AvroType, declarations);
  }
  const header = '// Generated from schemas/avro by `npm run generate`; do not edit.\n';
  return [header, ...declarations.values()].join('\n');
}

function render(type: AvroType, out: Map<string, string>): string {
  if (typeof type === 'string') return PRIMITIVES[type] ?? type;
  if (Array.isArray(type)) return type.map((branch: AvroType) => render(branch, out)).join(' | ');
  const named = type as AvroNamed;
  if (named.type === 'array') return `readonly ${wrap(render(named.items ?? 'null', out))}[]`;
  if (named.type === 'enum') return renderEnum(named, out);
  if (named.type === 'record') return renderRecord(named, out);
  return PRIMITIVES[named.type] ?? named.type;
}

function wrap(text: string): string {
  return text.includes('|') ? `(${text})` : text;
}

function renderEnum(type: AvroNamed, out: Map<string, string>): string {
  const name = type.name ?? '';
  const symbols = (type.symbols ?? []).map((symbol) => `'${symbol}'`);
  out.set(
    name,
    `/** ${type.doc ?? ''} */\nexport const ${name}Values = [${symbols.join(', ')}] as const;\n` +
      `export type ${name} = (typeof ${name}Values)[number];\n`,
  );
  return name;
}

function renderRecord(type: AvroNamed, out: Map<string, string>): string {
  const name = type.name ?? '';
  out.set(name, '');
  const lines = (type.fields ?? []).map(
    (field) => `  /** ${field.doc} */\n  readonly ${field.name}: ${render(field.type, out)};`,
  );
  out.set(name, `/** ${type.doc ?? ''} */\nexport type ${name} = {\n${lines.join('\n')}\n};\n`);
  return name;
}
