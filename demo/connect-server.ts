import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { instrumentClient } from '../instrument/instrument.ts';
import type { InstrumentOptions } from '../instrument/instrument.ts';

/** A server as an agent's configuration names it. */
export type ServerAddress = {
  readonly name: string;
  readonly instrument?: InstrumentOptions;
};

export type StdioServer = ServerAddress & {
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

export type HttpServer = ServerAddress & { readonly url: string; readonly token?: string };

/** Starts a server as a child process of this one and connects to it. */
export async function connectStdio(server: StdioServer): Promise<Client> {
  const client = createClient(server);
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [...server.args],
    env: { ...server.environment },
    stderr: 'ignore',
  });
  await client.connect(transport);
  return client;
}

export async function connectHttp(server: HttpServer): Promise<Client> {
  const client = createClient(server);
  const headers = server.token ? { authorization: `Bearer ${server.token}` } : {};
  const transport = new StreamableHTTPClientTransport(new URL(server.url), {
    requestInit: { headers },
  });
  await client.connect(transport);
  return client;
}

/** The entry file of a server package from npm. */
export function serverFile(packageName: string): string {
  return fileURLToPath(
    new URL(`../node_modules/@modelcontextprotocol/${packageName}/dist/index.js`, import.meta.url),
  );
}

/** What makes Node instrument a server that knows nothing of it. */
export const watchArguments: readonly string[] = [
  '--import',
  new URL('watch-real-server.ts', import.meta.url).href,
];

function createClient({ name, instrument }: ServerAddress): Client {
  const client = new Client(
    { name: 'demo-agent', version: '1.0.0' },
    { capabilities: { sampling: {} } },
  );
  // The standard has no name for the server; the agent's configuration has one.
  instrumentClient(client, { ...instrument, attributes: { 'mcp.server.name': name } });
  return client;
}
