import type { AttributeValue, Span } from '../otlp/span.ts';
import { cutText } from './cut-text.ts';

/** What a span says it spoke to: a database, a queue or a host. `id` names no value that was sent there. */
export type Backend = { readonly key: string; readonly id: string };

/**
 * The backend of a span that asks somebody else (OpenTelemetry's conventions for databases, messaging and HTTP, in today's and
 * yesterday's keys): `postgresql orders`, `kafka invoices`, `api.example:8443`. Undefined for any other span.
 */
export function readBackend({ attributes, kind }: Span): Backend | undefined {
  if (kind !== 'client' && kind !== 'producer' && kind !== 'internal') return undefined;
  const text = (keys: readonly string[]): Found | undefined => firstText(attributes, keys);
  const database = text(['db.system.name', 'db.system']);
  if (database) {
    return named(database, text(['db.namespace', 'db.name']) ?? text(hostKeys));
  }
  const queue = text(['messaging.system']);
  if (queue) return named(queue, text(['messaging.destination.name', 'messaging.destination']));
  if (kind !== 'client' || !text(['http.request.method', 'http.method'])) return undefined;
  const host = text(hostKeys);
  if (!host) return undefined;
  const port = attributes.get('server.address') === undefined ? undefined : text(['server.port']);
  return { key: host.key, id: port ? `${host.text}:${port.text}` : host.text };
}

type Found = { readonly key: string; readonly text: string };

const hostKeys = ['server.address', 'net.peer.name', 'http.host', 'peer.service'] as const;
const NAME_CHARS_MAX = 256;

function named(system: Found, part: Found | undefined): Backend {
  return { key: system.key, id: part ? `${system.text} ${part.text}` : system.text };
}

function firstText(
  attributes: ReadonlyMap<string, AttributeValue>,
  keys: readonly string[],
): Found | undefined {
  for (const key of keys) {
    const value = attributes.get(key);
    if (typeof value === 'number') return { key, text: String(value) };
    if (typeof value === 'string' && value !== '') {
      return { key, text: cutText(value, NAME_CHARS_MAX) };
    }
  }
  return undefined;
}
