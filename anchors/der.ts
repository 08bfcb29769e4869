import { AnchorError } from './errors.ts';

/** One value of DER (X.690): its tag, its content, and all its bytes. */
export type Der = {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
};

export const TAGS = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** Context-specific and constructed, number 0. */
  context0: 0xa0,
} as const;

/** Values in one constructed value. */
const CHILDREN_MAX = 256;

/** The one value that these bytes are; ANCHOR_TIME_INVALID where they are none, or more follows. */
export function readDer(bytes: Uint8Array): Der {
  const value = readAt(bytes, 0);
  if (value.whole.length !== bytes.length) throw malformed('something follows it');
  return value;
}

/** The values in a constructed one. */
export function childrenOf({ content }: Der): readonly Der[] {
  const children: Der[] = [];
  for (let at = 0; at < content.length;) {
    const child = readAt(content, at);
    if (children.length >= CHILDREN_MAX) throw malformed(`more than ${CHILDREN_MAX} values`);
    children.push(child);
    at += child.whole.length;
  }
  return children;
}

/** A value that is there and has this tag. */
export function expectTag(value: Der | undefined, tag: number): Der {
  if (value?.tag !== tag) throw malformed(`a value with tag ${tag} is missing`);
  return value;
}

/** The bytes of a value with this tag and these parts. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Uint8Array.from([tag, ...lengthBytes(length)]), ...parts]);
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) digits.unshift(rest & 255);
  return [0x80 | digits.length, ...digits];
}

/** Tags of one byte and lengths of at most four, which all of RFC 3161 has. */
function readAt(bytes: Uint8Array, at: number): Der {
  const [tag, first] = bytes.subarray(at, at + 2);
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw malformed('its tag');
  const digits = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || digits > 4) throw malformed('its length');
  const start = at + 2 + digits;
  const long = bytes.subarray(at + 2, start).reduce((sum, digit) => sum * 256 + digit, 0);
  const end = start + (digits === 0 ? first : long);
  if (end > bytes.length) throw malformed('it ends too early');
  return { tag, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) };
}

function malformed(why: string): AnchorError {
  return new AnchorError('ANCHOR_TIME_INVALID', `not DER: ${why}.`);
}
