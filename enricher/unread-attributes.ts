import type { AttributeValue } from '../otlp/span.ts';
import { cutText } from './cut-text.ts';
import { canonicalJson } from './read-payload.ts';
import type { CapturedPayload } from './reading.ts';

/**
 * Whether an attribute that no table reads is kept with its call. What OpenTelemetry's general conventions name says nothing of a call that
 * other attributes do not; what holds values of its own (usage, messages, variables) is read elsewhere.
 */
export function isKeptUnread(key: string): boolean {
  const dot = key.indexOf('.');
  const namespace = dot < 0 ? key : key.slice(0, dot);
  if (general.has(namespace)) return false;
  return namespace !== 'gen_ai' || !readElsewhere.some((beginning) => key.startsWith(beginning));
}

/**
 * Attributes that no field of the record holds, word for word, as one field of the payload: `attributes.<span id>`, at most 32 of them and
 * 3 KiB.
 */
export function unreadPayload(
  spanId: string,
  unread: readonly (readonly [string, AttributeValue])[],
): CapturedPayload {
  const kept = new Map<string, AttributeValue>();
  let bytes = 0;
  let isCut = unread.length > UNREAD_MAX;
  for (const [key, value] of unread.slice(0, UNREAD_MAX)) {
    const whole = typeof value === 'string' ? value : canonicalJson(value);
    const text = cutText(whole, VALUE_CHARS_MAX);
    const size = Buffer.byteLength(key) + Buffer.byteLength(text) + MEMBER_BYTES;
    if (bytes + size > UNREAD_BYTES_MAX) {
      isCut = true;
      continue;
    }
    bytes += size;
    if (text.length < whole.length) isCut = true;
    kept.set(key, typeof value === 'object' || text.length < whole.length ? text : value);
  }
  const text = canonicalJson(kept);
  const name = `attributes.${spanId}`;
  const mediaType = 'application/json';
  return { name, mediaType, text, bytes: Buffer.byteLength(text), truncated: isCut };
}

/** Attributes of one span that are kept unread; one more tells that there were more. */
export const UNREAD_MAX = 32;
const UNREAD_BYTES_MAX = 3 * 1024;
const VALUE_CHARS_MAX = 512;
/** Quotes, colon, comma. */
const MEMBER_BYTES = 6;

const general: ReadonlySet<string> = new Set([
  'client',
  'cloud',
  'code',
  'container',
  'db',
  'deployment',
  'error',
  'event',
  'exception',
  'faas',
  'host',
  'http',
  'jsonrpc',
  'k8s',
  'log',
  'messaging',
  'net',
  'network',
  'os',
  'otel',
  'peer',
  'process',
  'rpc',
  'server',
  'service',
  'telemetry',
  'thread',
  'url',
  'user_agent',
  'waybill',
]);

const readElsewhere = ['gen_ai.usage.', 'gen_ai.prompt.', 'gen_ai.input.', 'gen_ai.output.'];
