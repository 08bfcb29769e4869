import type { Attributes, AttributeValue, Span } from '../otlp/span.ts';
import type { CapturedPayload } from './reading.ts';

/** Sizes of values that the collector cut, by attribute key. */
export type Cuts = ReadonlyMap<string, number>;

export const noCuts: Cuts = new Map();

/** Reads `waybill.truncated`: a JSON array of `{path, bytes}`. What is no such text says nothing. */
export function readCuts(value: AttributeValue): Cuts {
  const cuts = new Map<string, number>();
  for (const entry of jsonArray(value)) {
    const path: unknown = entry['path'];
    const bytes: unknown = entry['bytes'];
    if (typeof path === 'string' && typeof bytes === 'number') cuts.set(path, bytes);
  }
  return cuts;
}

/**
 * A value as it is kept. Structures become canonical JSON; JSON that was encoded twice is unpacked; a text is called JSON only when it
 * is (a cut one, or Python's way to print, is not), and stays as it came.
 */
export function capturePayload(
  name: string,
  key: string,
  value: AttributeValue,
  cuts: Cuts,
): CapturedPayload {
  const text = typeof value === 'string' ? unpacked(value) : canonicalJson(value);
  const cutFrom = cutSize(key, cuts);
  return {
    name,
    mediaType: typeof value !== 'string' || isJson(text) ? 'application/json' : 'text/plain',
    text,
    bytes: cutFrom ?? Buffer.byteLength(text),
    truncated: cutFrom !== undefined,
  };
}

/** Arguments of a prompt: one attribute a variable. */
export function promptVariables(span: Span, cuts: Cuts): CapturedPayload[] {
  const found: CapturedPayload[] = [];
  for (const [key, value] of span.attributes) {
    if (!key.startsWith('gen_ai.prompt.variable.')) continue;
    found.push(capturePayload(key.slice('gen_ai.'.length), key, value, cuts));
  }
  return found.slice(0, PROMPT_VARIABLES_MAX);
}

/**
 * What a result says of itself: whether the tool failed, and MCP's `resultType`. Only its outermost members count. Before there was a
 * `resultType`, a task that was begun stood in a member of its own (MCP 2025-11-25).
 */
export function readResult(value: AttributeValue): {
  readonly isError?: boolean;
  readonly resultType?: string;
} {
  const members = membersOf(value);
  const isError = members?.get('isError');
  const resultType = members?.get('resultType') ?? (isTask(members?.get('task')) ? 'task' : null);
  return {
    ...(typeof isError === 'boolean' ? { isError } : {}),
    ...(typeof resultType === 'string' ? { resultType } : {}),
  };
}

// A tool may speak of tasks of its own: only the protocol's have all of these.
function isTask(value: unknown): boolean {
  const member = (name: string) =>
    value instanceof Map ? value.has(name) : isObject(value) && name in value;
  return ['taskId', 'status', 'ttl'].every(member);
}

/** Objects of a JSON array in a text; nothing of what is none. */
export function jsonArray(value: AttributeValue): readonly Readonly<Record<string, unknown>>[] {
  if (typeof value !== 'string') return [];
  const parsed = parseJson(value);
  return Array.isArray(parsed) ? parsed.filter(isObject) : [];
}

const PROMPT_VARIABLES_MAX = 32;

function cutSize(key: string, cuts: Cuts): number | undefined {
  if (cuts.size === 0) return undefined;
  const whole = cuts.get(key);
  if (whole !== undefined) return whole;
  // A value inside a structure was cut: its path begins with the attribute's key.
  for (const [path, bytes] of cuts) if (path.startsWith(`${key}.`)) return bytes;
  return undefined;
}

/** A key-value list or list as it is; JSON in a text as such a value, also where it is encoded twice. Undefined for anything else. */
export function parsedValue(value: AttributeValue): AttributeValue | undefined {
  if (typeof value === 'object') return value ?? undefined;
  if (typeof value !== 'string' || !startsJson(value)) return undefined;
  const parsed = parseJson(value);
  if (typeof parsed === 'string') return startsJson(parsed) ? parsedValue(parsed) : undefined;
  return parsed === undefined ? undefined : attributeOf(parsed, 0);
}

/** The text that a JSON string stands for; undefined for what is none. */
export function jsonText(value: string): string | undefined {
  const parsed = parseJson(value);
  return typeof parsed === 'string' ? parsed : undefined;
}

/** What a text says that is JSON, a number or a word of it too; undefined for what is none. */
export function jsonScalar(value: string): AttributeValue | undefined {
  const parsed = parseJson(value);
  return parsed === undefined ? undefined : attributeOf(parsed, 0);
}

function startsJson(text: string): boolean {
  return text.startsWith('{') || text.startsWith('[') || text.startsWith('"');
}

// Deeper values are no arguments of anybody: what lies below is left out, so that the stack is bounded.
const DEPTH_MAX = 64;

function attributeOf(value: unknown, depth: number): AttributeValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return null;
  if (Array.isArray(value)) return value.map((entry) => attributeOf(entry, depth + 1));
  return new Map(
    Object.entries(value).map(([name, member]) => [name, attributeOf(member, depth + 1)]),
  );
}

function membersOf(value: AttributeValue): ReadonlyMap<string, unknown> | undefined {
  if (value instanceof Map) return value;
  // Parsing costs; only a text that can hold one of the two members is parsed.
  if (typeof value !== 'string' || !value.startsWith('{')) return undefined;
  if (!marks.some((mark) => value.includes(mark))) return undefined;
  const parsed = parseJson(value);
  return isObject(parsed) ? new Map(Object.entries(parsed)) : undefined;
}

const marks = ['"isError"', '"resultType"', '"taskId"'] as const;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// The hops of a call say the same and come one behind the other: their text is parsed once.
let lastText = '';
let wasJson = false;

function isJson(text: string): boolean {
  const first = text[0];
  const last = text.at(-1);
  const looksSo = (first === '{' && last === '}') || (first === '[' && last === ']');
  if (!looksSo) return false;
  if (text !== lastText) {
    wasJson = parseJson(text) !== undefined;
    lastText = text;
  }
  return wasJson;
}

function unpacked(text: string): string {
  if (!text.startsWith('"{') && !text.startsWith('"[')) return text;
  const inner = parseJson(text);
  return typeof inner === 'string' && isJson(inner) ? inner : text;
}

/** JSON with the members of objects in the order of their names; bytes as base64. */
export function canonicalJson(value: AttributeValue): string {
  if (value === null) return 'null';
  if (typeof value === 'object') {
    if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
    if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
    return `{${members(value).join(',')}}`;
  }
  // JSON has no NaN and no infinity: as texts they are at least not lost.
  if (typeof value === 'number' && !Number.isFinite(value)) return JSON.stringify(String(value));
  return JSON.stringify(value);
}

function isList(value: Attributes | readonly AttributeValue[]): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

function members(value: Attributes): readonly string[] {
  return [...value]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
}
