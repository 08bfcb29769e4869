import type { Attributes } from '@opentelemetry/api';
import { present } from './describe-operation.ts';
import { isRecord, readRecord, readString } from './json-rpc.ts';
import type { NetworkFacts } from './options.ts';

/** What a transport of the SDK runs on. Of an in-memory transport or one that is not known nothing is claimed. */
export function networkFacts(transport: object): NetworkFacts {
  const url: unknown = Reflect.get(transport, '_url');
  const known = classNames(transport).find((name) => factsByClass.has(name));
  return { ...(known === undefined ? {} : factsByClass.get(known)), ...serverFacts(url) };
}

/** Attributes of a span of the initiating or processing side. */
export function networkAttributes(
  facts: NetworkFacts,
  side: 'initiating' | 'processing',
): Attributes {
  const known = {
    'network.transport': facts.transport,
    'network.protocol.name': facts.protocolName,
  };
  if (side === 'processing') return present(known);
  return present({
    ...known,
    'server.address': facts.serverAddress,
    'server.port': facts.serverPort,
  });
}

/** A message that came with HTTP headers came over HTTP, whatever its transport's class is called after bundling. */
export function factsOfMessage(extra: unknown): NetworkFacts {
  return isRecord(extra) && isRecord(extra['requestInfo']) ? http : {};
}

/** The protocol version that the client names on each HTTP request after initialization. */
export function protocolVersionHeader(extra: unknown): string | undefined {
  const headers = readRecord(readRecord(readRecord(extra)['requestInfo'])['headers']);
  return readString(headers['mcp-protocol-version']);
}

/** `client.address` and `client.port` of the socket a Node HTTP request came by. */
export function socketAttributes(request: unknown): Attributes {
  const socket = isRecord(request) ? readRecord(request['socket']) : {};
  const address = readString(socket['remoteAddress']);
  if (address === undefined) return {};
  const port = socket['remotePort'];
  return present({
    'client.address': address,
    'client.port': typeof port === 'number' ? port : undefined,
  });
}

const pipe: NetworkFacts = { transport: 'pipe' };
const http: NetworkFacts = { transport: 'tcp', protocolName: 'http' };

const factsByClass: ReadonlyMap<string, NetworkFacts> = new Map([
  ['StdioClientTransport', pipe],
  ['StdioServerTransport', pipe],
  ['StreamableHTTPClientTransport', http],
  ['StreamableHTTPServerTransport', http],
  ['WebStandardStreamableHTTPServerTransport', http],
  ['SSEClientTransport', http],
  ['SSEServerTransport', http],
  ['WebSocketClientTransport', { transport: 'tcp', protocolName: 'websocket' }],
]);

/** A subclass of an SDK transport runs on what its parent does. */
function classNames(transport: object): readonly string[] {
  const names: string[] = [];
  let prototype: unknown = Object.getPrototypeOf(transport);
  while (typeof prototype === 'object' && prototype !== null) {
    const made: unknown = Reflect.get(prototype, 'constructor');
    if (typeof made === 'function') names.push(made.name);
    prototype = Object.getPrototypeOf(prototype);
  }
  return names;
}

function serverFacts(url: unknown): NetworkFacts {
  if (!(url instanceof URL)) return {};
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  // An IPv6 host is written without its brackets in `server.address`.
  return { serverAddress: url.hostname.replace(/^\[|\]$/g, ''), serverPort: port };
}
