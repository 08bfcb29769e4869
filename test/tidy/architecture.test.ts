import { readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourceFiles } from './source-files.ts';

/** Who may import whom: a room, and the rooms it may import. Anything else is a mistake. */
const table: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  otlp: ['schemas'],
  redaction: ['schemas'],
  integrity: [],
  'event-log': ['schemas'],
  'inner-http': ['schemas', 'registry', 'telemetry'],
  'key-store': ['schemas', 'inner-http'],
  'record-store': ['schemas', 'integrity'],
  registry: ['schemas', 'event-log', 'redaction'],
  telemetry: [],
  collector: ['schemas', 'otlp', 'redaction', 'event-log', 'registry', 'telemetry'],
  enricher: [
    'schemas',
    'otlp',
    'redaction',
    'event-log',
    'registry',
    'key-store',
    'inner-http',
    'telemetry',
  ],
  'key-keeper': ['schemas', 'event-log', 'key-store', 'registry', 'inner-http'],
  signer: ['schemas', 'integrity', 'event-log', 'record-store', 'inner-http', 'telemetry'],
  ledger: [
    'schemas',
    'integrity',
    'anchors',
    'event-log',
    'record-store',
    'registry',
    'key-store',
    'inner-http',
    'signer',
    'telemetry',
  ],
  'query-api': [
    'schemas',
    'event-log',
    'record-store',
    'registry',
    'redaction',
    'integrity',
    'telemetry',
  ],
  'siem-exporter': ['schemas', 'event-log', 'record-store', 'registry', 'telemetry'],
  anchors: ['integrity'],
  verifier: ['integrity'],
  instrument: [],
  dashboards: ['schemas'],
  cli: ['*'],
  demo: ['cli', 'instrument', 'registry', 'schemas'],
  scripts: ['*'],
  test: ['*'],
  bench: ['*'],
};

/** Packages that only the named places may import: the client of each outside system lives in one place. */
const packageHomes: Readonly<Record<string, readonly string[]>> = {
  lmdb: ['event-log/'],
  kafkajs: ['event-log/kafka/kafkajs.ts'],
  '@clickhouse/client': ['record-store/clickhouse.ts'],
  'ffi-rs': ['record-store/', 'event-log/folder-lock.ts'],
  avsc: ['schemas/avro-'],
  fastify: ['collector/', 'query-api/'],
  '@grpc/grpc-js': ['collector/'],
  jose: ['registry/client-tokens.ts'],
  '@opentelemetry/sdk-node': ['telemetry/start-tracing.ts', 'demo/', 'test/'],
  '@modelcontextprotocol/sdk': ['instrument/', 'demo/'],
};

const notRooms = new Set(['node_modules', 'docs', 'deploy', 'coverage', 'waybill-data']);
const files = sourceFiles().filter(({ path }) => path.includes('/'));

describe('architecture', () => {
  it('knows every room', () => {
    const unknown = [...new Set(files.map(({ path }) => roomOf(path)))].filter(
      (room) => !(room in table) && !room.startsWith('.'),
    );
    expect(unknown).toEqual([]);
  });

  it('has no empty room', () => {
    const folders = readdirSync('.', { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .filter((name) => !notRooms.has(name));
    const filled = new Set(files.map(({ path }) => roomOf(path)));
    expect(folders.filter((name) => !filled.has(name))).toEqual([]);
    expect(Object.keys(table).filter((name) => !filled.has(name))).toEqual([]);
  });

  it('has a README in every room', () => {
    const rooms = Object.keys(table).filter((room) => room !== 'scripts');
    expect(rooms.filter((room) => !readdirSync(room).includes('README.md'))).toEqual([]);
  });

  it('imports only along the table', () => {
    const wrong = files.flatMap(({ path, text }) =>
      relativeImports(text)
        .map((specifier) => posix.normalize(posix.join(posix.dirname(path), specifier)))
        .filter((target) => !mayImport(roomOf(path), roomOf(target)))
        .map((target) => `${path} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps the client of each outside system in its one place', () => {
    const wrong = files
      .filter(({ path }) => !path.startsWith('test/') && !path.startsWith('bench/'))
      .flatMap(({ path, text }) =>
        packageImports(text)
          .filter((name) => packageHomes[name]?.every((home) => !path.startsWith(home)))
          .map((name) => `${path} imports ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  it('furnishes every process room alike', () => {
    const processRooms = ['collector', 'enricher', 'ledger', 'query-api', 'siem-exporter'];
    const furniture = ['README.md', 'main.ts', 'config.ts', 'errors.ts', 'metrics.ts'];
    const missing = processRooms.flatMap((room) =>
      furniture
        .filter((name) => !readdirSync(room).includes(name))
        .map((name) => `${room}/${name}`),
    );
    expect(missing).toEqual([]);
  });
});

function roomOf(path: string): string {
  return path.split('/')[0] ?? '';
}

function mayImport(from: string, to: string): boolean {
  const allowed = table[from] ?? [];
  return from === to || allowed.includes('*') || allowed.includes(to);
}

function specifiers(text: string): readonly string[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]|(?:^|\n)import\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function relativeImports(text: string): readonly string[] {
  return specifiers(text).filter((specifier) => specifier.startsWith('.'));
}

function packageImports(text: string): readonly string[] {
  return specifiers(text)
    .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
    .map((specifier) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    );
}
