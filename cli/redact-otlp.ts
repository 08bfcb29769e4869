import type { TextByPolicy, TextRedactor } from '../redaction/policy/redact-by-policy.ts';

/** A finding in a document: the JSON pointer (RFC 6901) of the string that it lies in, places within that string. */
export type PlacedFinding = TextByPolicy['findings'][number] & { readonly path: string };

export type RedactedDocument = {
  readonly document: unknown;
  readonly findings: readonly PlacedFinding[];
};

/** Whether a parsed document is OTLP's JSON of traces or logs. */
export function isOtlp(document: unknown): boolean {
  return isGroup(document) && ('resourceSpans' in document || 'resourceLogs' in document);
}

/**
 * Every string of OTLP JSON as the collector would leave it: values of attributes under their keys, nested keys joined by dots; everything
 * else (names, messages, trace state) without one. Ids of spans and traces stay. People's ids and session hashes need a deployment's keys:
 * here they are tokens like any other. Throws a `RangeError` beyond 64 levels.
 */
export function redactOtlp(document: unknown, redact: TextRedactor): RedactedDocument {
  const findings: PlacedFinding[] = [];
  const text = (value: string, { path, key }: Place): string => {
    const done = redact(value, key);
    findings.push(...done.findings.map((finding) => ({ path, ...finding })));
    return done.text;
  };
  return { document: walk(document, { path: '', key: '', depth: 0 }, text), findings };
}

type Group = Readonly<Record<string, unknown>>;
type Place = { readonly path: string; readonly key: string; readonly depth: number };
type OnText = (value: string, place: Place) => string;

const DEPTH_MAX = 64;
const kept = new Set([
  'traceId',
  'spanId',
  'parentSpanId',
  'startTimeUnixNano',
  'endTimeUnixNano',
  'timeUnixNano',
  'observedTimeUnixNano',
  'intValue',
  'bytesValue',
  'schemaUrl',
]);

function walk(value: unknown, place: Place, onText: OnText): unknown {
  if (place.depth > DEPTH_MAX) throw new RangeError('The document is nested too deep.');
  if (typeof value === 'string') return onText(value, place);
  if (Array.isArray(value)) {
    return value.map((item, at) => walk(item, below(place, String(at), place.key), onText));
  }
  if (!isGroup(value)) return value;
  const attribute = typeof value['key'] === 'string' && 'value' in value ? value['key'] : null;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (kept.has(name)) return [name, member];
      if (attribute === null) return [name, walk(member, below(place, name, place.key), onText)];
      const key = name === 'value' ? joined(place.key, attribute) : '';
      return [name, walk(member, below(place, name, key), onText)];
    }),
  );
}

function below({ path, depth }: Place, name: string, key: string): Place {
  const escaped = name.replaceAll('~', '~0').replaceAll('/', '~1');
  return { path: `${path}/${escaped}`, key, depth: depth + 1 };
}

function joined(outer: string, key: string): string {
  return outer === '' ? key : `${outer}.${key}`;
}

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
