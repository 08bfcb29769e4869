import type { Attributes, AttributeValue, Span } from '../otlp/span.ts';
import type { Dialect, PartUse } from './dialects/dialect.ts';
import { failedWords } from './dialects/general-keys.ts';
import type { Reader } from './dialects/known-dialects.ts';
import type { Bundle, Draft } from './draft.ts';
import { readFailure, readResultInto, TEXT_CHARS_MAX, textOf } from './draft.ts';
import { jsonScalar, jsonText, parsedValue } from './read-payload.ts';

/**
 * Reads members of a value: of a key-value list, or of JSON in a text. A value that is neither says nothing. What an attribute of its
 * own says holds before what a member says.
 */
export function readParts({ key, value, parts, rank }: Bundle, draft: Draft): void {
  const whole = parsedValue(value);
  for (const [path, use] of Object.entries(parts)) {
    const member = path === '' ? wholeOf(value) : memberAt(whole, path);
    const from = path === '' ? key : `${key}.${path}`;
    if (member !== undefined) takePart({ key: from, value: member, use, rank }, draft);
  }
}

/** Reads the attributes of the events that the dialect names. */
export function readEvents(
  { events }: Span,
  named: NonNullable<Dialect['events']>,
  draft: Draft,
): void {
  for (const event of events) {
    const parts = named[event.name];
    if (!parts) continue;
    for (const [key, use] of Object.entries(parts)) {
      const value = event.attributes.get(key);
      const from = `${event.name}/${key}`;
      if (value !== undefined) takePart({ key: from, value, use, rank: PART_RANK }, draft);
    }
  }
}

const MEMBERS_MAX = 64;

/** Gathers attributes that hold one member each into one value. Texts that are JSON are members as JSON. */
export function readFlattened(
  attributes: Attributes,
  { flattened, repeats, dialect: { flattenedAs } }: Reader,
  draft: Draft,
): void {
  const repeated = repeats.filter(([slot, key]) => {
    const said = draft.texts[slot];
    return said !== undefined && memberValue(attributes.get(key) ?? null, flattenedAs) === said;
  });
  const passedOver = new Set(repeated.map(([, key]) => key));
  for (const [beginning, name] of flattened) {
    const members = new Map<string, AttributeValue>();
    for (const [key, value] of attributes) {
      if (!key.startsWith(beginning) || passedOver.has(key)) continue;
      if (members.size >= MEMBERS_MAX) break;
      members.set(key.slice(beginning.length), memberValue(value, flattenedAs));
    }
    if (members.size === 0) continue;
    const key = beginning.slice(0, -1);
    (draft.payloads ??= []).push({ name, key, value: members, rank: FLATTENED_RANK });
  }
}

/** A member as it is; as what it says, where it is JSON in a text. Of a bare number or word that is known only where the emitter writes all as JSON. */
function memberValue(value: AttributeValue, flattenedAs: 'json' | undefined): AttributeValue {
  if (flattenedAs === 'json' && typeof value === 'string') return jsonScalar(value) ?? value;
  if (typeof value !== 'string' || !value.startsWith('"')) return parsedValue(value) ?? value;
  return jsonText(value) ?? value;
}

// A whole value of its own is the better view.
const FLATTENED_RANK = 64;
export const PART_RANK = 48;

type Part = {
  readonly key: string;
  readonly value: AttributeValue;
  readonly use: PartUse;
  readonly rank: number;
};

function takePart({ key, value, use, rank }: Part, draft: Draft): void {
  if (use === 'failed') readFailure(key, value, failedWords, draft);
  else if (use === 'arguments' || use === 'result') {
    if (use === 'result') readResultInto(key, value, draft);
    (draft.payloads ??= []).push({ name: use, key, value, rank });
  } else {
    const text = textOf(value, TEXT_CHARS_MAX);
    if (text !== undefined) draft.texts[use] ??= text;
  }
}

function wholeOf(value: AttributeValue): AttributeValue | undefined {
  return value === null || value === '' ? undefined : value;
}

function memberAt(whole: AttributeValue | undefined, path: string): AttributeValue | undefined {
  let at = whole;
  for (const name of path.split('>')) {
    if (at instanceof Map) at = (at as Attributes).get(name);
    else if (Array.isArray(at)) at = (at as readonly AttributeValue[])[Number(name)];
    else return undefined;
  }
  return at ?? undefined;
}
