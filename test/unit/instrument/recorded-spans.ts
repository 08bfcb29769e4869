import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SpanKind, context, propagation, trace } from '@opentelemetry/api';
import { core, node, tracing } from '@opentelemetry/sdk-node';
import { afterEach, beforeEach, expect } from 'vitest';
import { instrumentClient, instrumentServer } from '../../../instrument/instrument.ts';
import type { InstrumentOptions } from '../../../instrument/instrument.ts';

export type RecordedSpan = tracing.ReadableSpan;

export type SpanRecord = { getFinishedSpans(): RecordedSpan[] };

/** Registers an ordinary OpenTelemetry SDK around each test of a file; what it exports is kept in memory. */
export function recordSpans(): SpanRecord {
  let exporter = new tracing.InMemorySpanExporter();
  let provider: node.NodeTracerProvider | undefined;
  beforeEach(() => {
    exporter = new tracing.InMemorySpanExporter();
    provider = new node.NodeTracerProvider({
      spanProcessors: [new tracing.SimpleSpanProcessor(exporter)],
    });
    provider.register({
      propagator: new core.CompositePropagator({
        propagators: [new core.W3CTraceContextPropagator(), new core.W3CBaggagePropagator()],
      }),
    });
  });
  afterEach(async () => {
    await provider?.shutdown();
    trace.disable();
    context.disable();
    propagation.disable();
  });
  return { getFinishedSpans: () => exporter.getFinishedSpans() };
}

/** The one span of a name and kind; waits for it, because a span may end just after its operation's promise. */
export async function spanOf(
  exporter: SpanRecord,
  name: string,
  kind: SpanKind,
): Promise<RecordedSpan> {
  const found = (): RecordedSpan[] =>
    exporter.getFinishedSpans().filter((span) => span.name === name && span.kind === kind);
  await expect.poll(() => found().length, { timeout: 3_000 }).toBeGreaterThan(0);
  const [span, ...more] = found();
  expect(more).toEqual([]);
  if (!span) throw new Error(`no span ${name}`);
  return span;
}

export const clientKind = SpanKind.CLIENT;
export const serverKind = SpanKind.SERVER;

export type Pair = {
  readonly client: Client;
  readonly server: McpServer;
  readonly connect: () => Promise<void>;
};

/** A real client and a real server in one process, both instrumented unless an option is null. */
export function createPair(
  clientOptions: InstrumentOptions | null = {},
  serverOptions: InstrumentOptions | null = {},
): Pair {
  const client = new Client(
    { name: 'test-client', version: '1.0.0' },
    { capabilities: { sampling: {}, elicitation: {}, roots: { listChanged: true } } },
  );
  const server = new McpServer(
    { name: 'test-server', version: '1.0.0' },
    {
      capabilities: { logging: {}, tools: {}, prompts: {}, resources: { subscribe: true } },
      debouncedNotificationMethods: ['notifications/tools/list_changed'],
    },
  );
  if (clientOptions) instrumentClient(client, { numberSpans: false, ...clientOptions });
  if (serverOptions) instrumentServer(server, { numberSpans: false, ...serverOptions });
  return {
    client,
    server,
    connect: async () => {
      const [ours, theirs] = InMemoryTransport.createLinkedPair();
      await server.connect(theirs);
      await client.connect(ours);
    },
  };
}

/** Sends what a peer may send although no type allows it. */
export async function sendRaw(transport: InMemoryTransport, message: object): Promise<void> {
  const name: string = 'send';
  await Reflect.get(transport, name).call(transport, message);
}
