/** A text without its escapes, and where each of its bytes came from. */
export type FoldedText = {
  readonly bytes: Uint8Array;
  /** For each byte its place in the source; one more for the end. */
  readonly places: Uint32Array;
};

/**
 * Undoes one layer of what hides a value from a scan: percent-encoding, `\u0041` and `\x41` behind any number of backslashes, HTML
 * entities, escaped quotes and line breaks, full-width and other scripts' digits, no-break and other blanks, dashes, zero-width characters.
 */
export function foldText(source: Uint8Array, start: number, end: number): FoldedText {
  const bytes = new Uint8Array(end - start);
  const places = new Uint32Array(end - start + 1);
  let size = 0;
  let at = start;
  const put = (byte: number): void => {
    bytes[size] = byte;
    places[size] = at;
    size += 1;
  };
  while (at < end) {
    const byte = source[at] ?? 0;
    const step = isSpecial[byte] === 1 ? undo(source, at, end, put) : 0;
    if (step === 0) put(byte);
    at += Math.max(1, step);
  }
  places[size] = end;
  return { bytes: bytes.subarray(0, size), places };
}

type Put = (byte: number) => void;

const isSpecial = new Uint8Array(256);
for (const byte of [0x25, 0x5c, 0x26, 0xc2, 0xd9, 0xdb, 0xe0, 0xe2, 0xe3, 0xef, 0xf0])
  isSpecial[byte] = 1;

// How many bytes were taken; 0 when the byte is itself.
function undo(source: Uint8Array, at: number, end: number, put: Put): number {
  switch (source[at] ?? 0) {
    case 0x25:
      return undoHex(source, at + 1, end, 2, put) === 0 ? 0 : 3;
    case 0x5c:
      return undoBackslash(source, at, end, put);
    case 0x26:
      return undoEntity(source, at, end, put);
    default:
      return undoForeign(source, at, end, put);
  }
}

function undoHex(source: Uint8Array, at: number, end: number, digits: number, put: Put): number {
  const value = hexValue(source, at, end, digits);
  if (value < 0) return 0;
  if (digits === 2) put(value);
  else putCodePoint(value, put);
  return digits;
}

function undoBackslash(source: Uint8Array, at: number, end: number, put: Put): number {
  let behind = at;
  while (behind < end && source[behind] === 0x5c && behind - at < 64) behind += 1;
  const run = behind - at;
  switch (source[behind] ?? 0) {
    case 0x75: {
      const code = hexValue(source, behind + 1, end, 4);
      if (code < 0) return 0;
      putCodePoint(code, put);
      return run + 5;
    }
    case 0x78:
      return undoHex(source, behind + 1, end, 2, put) === 0 ? 0 : run + 3;
    case 0x22:
    case 0x27:
    case 0x2f:
      put(source[behind] ?? 0);
      return run + 1;
    case 0x6e:
    case 0x72:
    case 0x74:
      put(source[behind] === 0x74 ? 0x09 : 0x0a);
      return run + 1;
    default:
      return 0;
  }
}

const entities: readonly (readonly [string, number])[] = [
  ['&quot;', 0x22],
  ['&amp;', 0x26],
  ['&apos;', 0x27],
  ['&lt;', 0x3c],
  ['&gt;', 0x3e],
  ['&nbsp;', 0x20],
  ['&commat;', 0x40],
  ['&period;', 0x2e],
  ['&colon;', 0x3a],
];

function undoEntity(source: Uint8Array, at: number, end: number, put: Put): number {
  const text = String.fromCharCode(...source.subarray(at, Math.min(end, at + 10)));
  const coded = /^&#(?:(\d{1,7})|[xX]([0-9a-fA-F]{1,6}));/.exec(text);
  if (coded !== null) {
    const code = coded[1] === undefined ? parseInt(coded[2] ?? '', 16) : Number(coded[1]);
    // What would be longer than it was cannot be: `&#9;` gives one byte.
    putCodePoint(code <= 0x10ffff ? code : 0xfffd, put);
    return coded[0].length;
  }
  for (const [entity, byte] of entities) {
    if (!text.startsWith(entity)) continue;
    put(byte);
    return entity.length;
  }
  return 0;
}

function undoForeign(source: Uint8Array, at: number, end: number, put: Put): number {
  const lead = source[at] ?? 0;
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (at + size > end) return 0;
  const code = codePoint(source, at, size);
  const plain = plainCode(code);
  if (plain === null) return 0;
  if (plain >= 0) put(plain);
  return size;
}

// The ASCII character that stands for one; −1 for a character without width; null for any other.
function plainCode(code: number): number | null {
  if (code >= 0xff01 && code <= 0xff5e) return code - 0xfee0;
  if (code >= 0x0660 && code <= 0x0669) return code - 0x0660 + 0x30;
  if (code >= 0x06f0 && code <= 0x06f9) return code - 0x06f0 + 0x30;
  if (code >= 0x0966 && code <= 0x096f) return code - 0x0966 + 0x30;
  if (code >= 0x09e6 && code <= 0x09ef) return code - 0x09e6 + 0x30;
  if (code >= 0x0e50 && code <= 0x0e59) return code - 0x0e50 + 0x30;
  if (code >= 0x1d7ce && code <= 0x1d7ff) return ((code - 0x1d7ce) % 10) + 0x30;
  if (
    code === 0xa0 ||
    code === 0x3000 ||
    code === 0x202f ||
    code === 0x205f ||
    (code >= 0x2000 && code <= 0x200a)
  )
    return 0x20;
  if ((code >= 0x2010 && code <= 0x2015) || code === 0x2212 || code === 0xfe63) return 0x2d;
  if (
    code === 0xad ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2060 && code <= 0x2064) ||
    code === 0xfeff
  )
    return -1;
  return null;
}

function codePoint(source: Uint8Array, at: number, size: number): number {
  let code = (source[at] ?? 0) & (0x7f >> size);
  for (let index = 1; index < size; index += 1)
    code = (code << 6) | ((source[at + index] ?? 0) & 0x3f);
  return code;
}

function putCodePoint(code: number, put: Put): void {
  const plain = plainCode(code);
  if (plain !== null) {
    if (plain >= 0) put(plain);
  } else if (code < 0x80) put(code);
  else for (const byte of Buffer.from(String.fromCodePoint(code), 'utf8')) put(byte);
}

function hexValue(source: Uint8Array, at: number, end: number, digits: number): number {
  if (at + digits > end) return -1;
  let value = 0;
  for (let index = at; index < at + digits; index += 1) {
    const byte = source[index] ?? 0;
    const lower = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) value = value * 16 + byte - 0x30;
    else if (lower >= 0x61 && lower <= 0x66) value = value * 16 + lower - 0x57;
    else return -1;
  }
  return value;
}
