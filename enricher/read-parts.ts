import type { Attributes, AttributeValue, Span } from '../otlp/span.ts';
import type { Dialect, Parts, PartUse } from './dialects/dialect.ts';
import { failedWords } from './dialects/general-keys.ts';
import type { Flattened } from './dialects/known-dialects.ts';
import type { Captured, Draft } from './draft.ts';
import { readFailure, readResultInto, TEXT_CHARS_MAX, textOf } from './draft.ts';
import { jsonText, parsedValue } from './read-payload.ts';

/**
 * Reads members of a value: of a key-value list, or of JSON in a text. A value that is neither says nothing. What an attribute of its
 * own says holds before what a member says.
 */
export function readParts(key: string, value: AttributeValue, parts: Parts, draft: Draft): void {
  const whole = parsedValue(value);
  for (const [path, use] of Object.entries(parts)) {
    const member = path === '' ? wholeOf(value) : memberAt(whole, path);
    if (member !== undefined) takePart(path === '' ? key : `${key}.${path}`, member, use, draft);
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
      if (value !== undefined) takePart(`${event.name}/${key}`, value, use, draft);
    }
  }
}

const MEMBERS_MAX = 64;

/** Gathers attributes that hold one member each into one value. Texts that are JSON are members as JSON. */
export function readFlattened(attributes: Attributes, flattened: Flattened, draft: Draft): void {
  for (const [beginning, name] of flattened) {
    const members = new Map<string, AttributeValue>();
    for (const [key, value] of attributes) {
      if (!key.startsWith(beginning) || members.size >= MEMBERS_MAX) continue;
      members.set(key.slice(beginning.length), memberValue(value));
    }
    if (members.size === 0) continue;
    const key = beginning.slice(0, -1);
    (draft.payloads ??= []).push({ name, key, value: members, rank: FLATTENED_RANK });
  }
}

/** A member as it is; as what it says, where it is JSON in a text. */
function memberValue(value: AttributeValue): AttributeValue {
  if (typeof value !== 'string' || !value.startsWith('"')) return parsedValue(value) ?? value;
  return jsonText(value) ?? value;
}

// A whole value of its own is the better view.
const FLATTENED_RANK = 64;
const PART_RANK = 48;

function takePart(key: string, value: AttributeValue, use: PartUse, draft: Draft): void {
  if (use === 'failed') readFailure(key, value, failedWords, draft);
  else if (use === 'arguments') capture(use, key, value, draft);
  else if (use === 'result') {
    readResultInto(key, value, draft);
    capture(use, key, value, draft);
  } else {
    const text = textOf(value, TEXT_CHARS_MAX);
    if (text !== undefined) draft.texts[use] ??= text;
  }
}

function capture(name: Captured['name'], key: string, value: AttributeValue, draft: Draft): void {
  (draft.payloads ??= []).push({ name, key, value, rank: PART_RANK });
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
