import type { LogMessage, NewMessage } from '../event-log/event-log.ts';
import { decodeLogs } from '../otlp/decode-logs.ts';
import { decodeTraces } from '../otlp/decode-traces.ts';
import type { Span } from '../otlp/span.ts';
import type { TrustClass } from '../schemas/record-types.ts';
import { TrustClassValues } from '../schemas/record-types.ts';
import { headerNames, spanMessageKinds } from '../schemas/topics.ts';
import { deadLetterOf } from './dead-letter.ts';
import type { EngineMessage, RunPlace } from './engine.ts';
import { spanOfLog } from './log-span.ts';

/** A message of a spans partition as read: for the engine, or one that says how far the registry is to be applied. */
export type ReadMessage =
  | { readonly kind: 'engine'; readonly message: EngineMessage }
  | { readonly kind: 'marker'; readonly registryOffset: number }
  | { readonly kind: 'joins'; readonly end: number }
  | { readonly kind: 'bad'; readonly message: EngineMessage; readonly deadLetter: NewMessage };

/** Never throws: what nobody can read becomes a dead letter, and the spans it was said to hold are counted there. */
export function readMessage(message: LogMessage): ReadMessage {
  const { offset, appendTimeMs, headers, value } = message;
  const kind = headers[headerNames.kind] ?? spanMessageKinds.spans;
  if (kind === spanMessageKinds.tick) {
    return { kind: 'engine', message: { kind: 'tick', offset, appendTimeMs } };
  }
  const run = runOf(headers[headerNames.run]);
  if (kind === spanMessageKinds.heartbeat) {
    const { [headerNames.tenant]: tenant, [headerNames.producer]: producer } = headers;
    if (!tenant || !producer || !run) return bad(message, 'a heartbeat of nobody');
    return {
      kind: 'engine',
      message: { kind: 'heartbeat', offset, appendTimeMs, tenant, producer, run },
    };
  }
  if (kind === spanMessageKinds.registry || kind === spanMessageKinds.joins) {
    return readMarker(message, kind);
  }
  const isLogs = kind === spanMessageKinds.logs;
  if (!isLogs && kind !== spanMessageKinds.spans) return bad(message, 'unknown kind of message');
  const tenant = headers[headerNames.tenant];
  const producer = headers[headerNames.producer];
  if (!tenant || !producer || value === null) return bad(message, 'no tenant, producer or value');
  const spans = decode(value, isLogs);
  if (!spans) return bad(message, isLogs ? 'no LogsData' : 'no TracesData');
  const trust = trustFrom(headers[headerNames.trust]);
  const accepted = acceptedBy(message);
  const policy = headers[headerNames.policy];
  const at = { offset, appendTimeMs };
  return {
    kind: 'engine',
    message: {
      kind: 'spans',
      ...at,
      tenant,
      producer,
      trust,
      accepted,
      ...(policy === undefined ? {} : { policy }),
      ...(run === undefined ? {} : { run }),
      spans,
    },
  };
}

function readMarker(message: LogMessage, kind: 'registry' | 'joins'): ReadMessage {
  const text = Buffer.from(message.value ?? []).toString();
  if (!/^\d{1,15}$/.test(text)) return bad(message, `no offset in a ${kind} marker`);
  return kind === 'joins'
    ? { kind, end: Number(text) }
    : { kind: 'marker', registryOffset: Number(text) };
}

function decode(value: Uint8Array, isLogs: boolean): readonly Span[] | undefined {
  try {
    return isLogs ? decodeLogs(value).map(spanOfLog) : decodeTraces(value);
  } catch {
    // The decoder's error says where, the dead letter says which message: together nobody needs more.
    return undefined;
  }
}

function trustFrom(text: string | undefined): TrustClass {
  return TrustClassValues.find((trust) => trust === text) ?? 'unknown';
}

function runOf(text: string | undefined): RunPlace | undefined {
  const [, id, from] = /^([0-9a-f]{16})\/(\d{1,15})$/.exec(text ?? '') ?? [];
  return id === undefined ? undefined : { id, from: Number(from) };
}

function acceptedBy({ headers }: LogMessage): number {
  const text = headers[headerNames.spans] ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/** A message that is set aside, and what it was said to hold: its spans are counted as dead letters. */
export function bad(message: LogMessage, reason: string): Extract<ReadMessage, { kind: 'bad' }> {
  const { offset, appendTimeMs, headers } = message;
  const tenant = headers[headerNames.tenant] ?? 'unknown';
  const producer = headers[headerNames.producer] ?? 'unknown';
  const accepted = Math.max(acceptedBy(message), 1);
  const run = runOf(headers[headerNames.run]);
  const who = { tenant, producer, ...(run === undefined ? {} : { run }) };
  return {
    kind: 'bad',
    message: { kind: 'unreadable', offset, appendTimeMs, ...who, accepted },
    deadLetter: deadLetterOf(message, reason),
  };
}
