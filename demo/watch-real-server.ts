// Loaded with `node --import` before a server from npm that knows nothing of telemetry: its McpServer is instrumented when it connects.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { instrumentServer } from '../instrument/instrument.ts';
import { startServerTelemetry } from './server-telemetry.ts';

startServerTelemetry();

type Connect = (this: McpServer, ...args: Parameters<McpServer['connect']>) => Promise<void>;
const connect: Connect = Reflect.get(McpServer.prototype, 'connect');

McpServer.prototype.connect = function connectWatched(transport) {
  instrumentServer(this);
  return Reflect.apply(connect, this, [transport]);
};
