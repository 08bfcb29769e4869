import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'waybill-consumer-'));

/** A third party's program: two lines of ours, and the rest is the SDKs' ordinary use. */
const program = `
import { instrumentClient, instrumentServer } from '@waybill/instrument';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { node, tracing } from '@opentelemetry/sdk-node';

const exporter = new tracing.InMemorySpanExporter();
new node.NodeTracerProvider({ spanProcessors: [new tracing.SimpleSpanProcessor(exporter)] }).register();
const client = new Client({ name: 'c', version: '1' });
const server = new McpServer({ name: 's', version: '1' });
instrumentClient(client);
instrumentServer(server);
server.registerTool('look', {}, () => ({ content: [] }));
const [ours, theirs] = InMemoryTransport.createLinkedPair();
await server.connect(theirs);
await client.connect(ours);
await client.callTool({ name: 'look' });
await new Promise((resolve) => setTimeout(resolve, 50));
console.log(JSON.stringify(exporter.getFinishedSpans().map((span) => span.kind + ' ' + span.name)));
`;

describe('the packed instrumentation', () => {
  beforeAll(() => {
    const tarball = execFileSync(process.execPath, ['scripts/pack-instrument.ts', folder], {
      encoding: 'utf8',
    }).trim();
    const installed = join(folder, 'node_modules/@waybill/instrument');
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
    for (const scope of ['@modelcontextprotocol', '@opentelemetry', '@types', 'zod']) {
      symlinkSync(resolve('node_modules', scope), join(folder, 'node_modules', scope));
    }
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'consumer.mjs'), program);
    writeFileSync(join(folder, 'consumer.ts'), program);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('runs from node_modules without a build of the consumer', () => {
    const printed = execFileSync(process.execPath, ['consumer.mjs'], {
      cwd: folder,
      encoding: 'utf8',
    });
    const spans: unknown = JSON.parse(printed);
    expect(spans).toEqual(expect.arrayContaining(['2 tools/call look', '1 tools/call look']));
  });

  it('has types that a strict consumer compiles against', () => {
    const options =
      '--noEmit --strict --skipLibCheck --module nodenext --target es2022 --types node';
    const compile = (): string =>
      execFileSync(
        process.execPath,
        [resolve('node_modules/typescript/bin/tsc'), ...options.split(' '), 'consumer.ts'],
        { cwd: folder, encoding: 'utf8' },
      );
    expect(compile).not.toThrow();
  }, 60_000);

  it('depends on nothing but the two packages it instruments for', () => {
    const file = join(folder, 'node_modules/@waybill/instrument/package.json');
    const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).toHaveProperty('peerDependencies', {
      '@modelcontextprotocol/sdk': expect.any(String),
      '@opentelemetry/api': expect.any(String),
    });
  });
});
