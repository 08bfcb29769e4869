import { appendFileSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { core, node, tracing } from '@opentelemetry/sdk-node';
import { instrumentServer } from '../../../instrument/instrument.ts';

/** An instrumented server over stdio that writes its spans as JSON lines to the file it is given. */
const file = process.argv[2] ?? '';
const exporter: tracing.SpanExporter = {
  export(spans, done) {
    for (const { name, kind, attributes, parentSpanContext, links } of spans) {
      appendFileSync(
        file,
        `${JSON.stringify({ name, kind, attributes, parentSpanContext, links })}\n`,
      );
    }
    done({ code: core.ExportResultCode.SUCCESS });
  },
  shutdown: () => Promise.resolve(),
};
new node.NodeTracerProvider({
  spanProcessors: [new tracing.SimpleSpanProcessor(exporter)],
}).register();

const server = new McpServer({ name: 'stdio-server', version: '1.0.0' });
instrumentServer(server, { numberSpans: false });
server.registerTool('look', {}, () => ({ content: [] }));
await server.connect(new StdioServerTransport());
