import type { Attributes, Span, Tracer } from '@opentelemetry/api';
import { present } from './describe-operation.ts';
import { readRecord, readString } from './json-rpc.ts';
import type { RequestId, Response } from './json-rpc.ts';
import { networkAttributes, networkFacts } from './network-attributes.ts';
import type { SpanStream } from './number-spans.ts';
import type { InstrumentOptions, NetworkFacts } from './options.ts';

/** Which side of a session an endpoint is; either side initiates some operations and processes others. */
export type Role = 'client' | 'server';

/** One endpoint on one transport: what its spans share, and what is under way. It ends with the transport. */
export type Connection = {
  readonly tracer: Tracer;
  readonly options: InstrumentOptions;
  readonly role: Role;
  /** What numbers its spans; undefined where they are not numbered. */
  readonly stream: SpanStream | undefined;
  readonly transport: object;
  readonly network: NetworkFacts;
  /** False once the instrumentation was taken off: what is open still ends, nothing new begins. */
  isOn: boolean;
  /** Requests that this side sent and that are not answered. */
  readonly sent: Map<RequestId, SentRequest>;
  /** Requests that this side processes. A list each, because a peer may use an id twice at a time. */
  readonly received: Map<RequestId, ReceivedRequest[]>;
  /** How many those are, whatever their ids. */
  receivedCount: number;
  /** The request whose message the SDK is about to send: it gives the id inside `Protocol.request`. */
  sending: SentRequest | undefined;
  /** Negotiated in `initialize`, whichever side of it this is. */
  protocolVersion: string | undefined;
};

export type SentRequest = {
  readonly method: string;
  readonly span: Span;
  id: RequestId | undefined;
  response: Response | undefined;
};

export type ReceivedRequest = { readonly method: string; readonly span: Span };

/** Most requests of a peer that are watched at a time on one connection; the oldest is given up for a further one. */
export const receivedMax = 10_000;

export function createConnection(
  transport: object,
  shared: Pick<Connection, 'tracer' | 'options' | 'role' | 'stream'>,
): Connection {
  return {
    ...shared,
    transport,
    network: { ...networkFacts(transport), ...shared.options.network },
    isOn: true,
    sent: new Map(),
    received: new Map(),
    receivedCount: 0,
    sending: undefined,
    protocolVersion: readString(Reflect.get(transport, 'protocolVersion')),
  };
}

/** Attributes every span of a connection has, as far as they are known by now. */
export function connectionAttributes(
  connection: Connection,
  side: 'initiating' | 'processing',
): Attributes {
  return {
    ...networkAttributes(connection.network, side),
    ...sessionAttributes(connection),
    ...connection.options.attributes,
  };
}

/** Known only after `initialize`, whose own span gets them at its end. */
export function sessionAttributes(connection: Connection): Attributes {
  return present({
    'mcp.protocol.version': connection.protocolVersion,
    'mcp.session.id': readString(Reflect.get(connection.transport, 'sessionId')),
  });
}

/** Remembers what `initialize` negotiated; both sides see the same answer. */
export function learnProtocolVersion(
  connection: Connection,
  method: string,
  response: Response,
): void {
  if (method !== 'initialize' || response.kind !== 'result') return;
  connection.protocolVersion = readString(readRecord(response.result)['protocolVersion']);
}
