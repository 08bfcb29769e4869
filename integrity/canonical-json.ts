/** What canonical JSON can tell. A member that is undefined is left out. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/**
 * Canonical JSON: members sorted by UTF-16 code units, no white space, ECMAScript numbers and escapes. Source: RFC 8785.
 *
 * Numbers here are integers within ±(2^53 − 1): whatever may pass that (and every exact decimal) is to be a string.
 * Throws a `TypeError` for another number, a lone surrogate or a value that JSON cannot tell.
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return integer(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value === null) return 'null';
  if (typeof value !== 'object') throw new TypeError('canonical JSON cannot tell this value');
  return isList(value) ? list(value) : members(value);
}

function integer(value: number): string {
  if (!Number.isSafeInteger(value)) {
    throw new TypeError('canonical JSON here tells integers within 2^53 only');
  }
  return Object.is(value, -0) ? '0' : String(value);
}

function quote(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('canonical JSON cannot tell a lone surrogate');
  return JSON.stringify(text);
}

function list(values: readonly JsonValue[]): string {
  let text = '[';
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0) text += ',';
    text += canonicalJson(values[index] ?? null);
  }
  return `${text}]`;
}

function members(value: { readonly [key: string]: JsonValue | undefined }): string {
  let text = '';
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member === undefined) continue;
    text += `${text === '' ? '{' : ','}${quote(name)}:${canonicalJson(member)}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

function isList(value: object): value is readonly JsonValue[] {
  return Array.isArray(value);
}
