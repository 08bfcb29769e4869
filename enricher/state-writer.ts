/**
 * Writes values one behind the other, numbers in as few bytes as they need. What is read back (`state-reader.ts`) must be asked for in the
 * same order.
 */
export type StateWriter = {
  bytes: Buffer;
  /** Where the value begins. */
  start: number;
  at: number;
  /** Texts of the value so far, and which each is. */
  readonly texts: Map<string, number>;
};

/** A writer on this thread's one buffer: only one at a time may be in use. */
export function startWriting(): StateWriter {
  writer.start = writer.at;
  writer.texts.clear();
  return writer;
}

/** What was written. It is a view: its bytes are never written again. */
export function finishWriting({ bytes, start, at }: StateWriter): Buffer {
  return bytes.subarray(start, at);
}

/** A whole number from 0 to 2^53 − 1. */
export function putCount(to: StateWriter, count: number): void {
  reserve(to, NUMBER_BYTES_MAX);
  let rest = count;
  // Above 31 bits the operators of integers do not hold.
  while (rest > 0x7fff_ffff) {
    to.bytes[to.at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest > 0x7f) {
    to.bytes[to.at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  to.bytes[to.at++] = rest;
}

/** Any number that JavaScript holds, exactly. */
export function putNumber(to: StateWriter, value: number): void {
  reserve(to, NUMBER_BYTES_MAX);
  to.at = to.bytes.writeDoubleLE(value, to.at);
}

/** 0 and the text, or the number of the same text before: the spans and facts of a call say nearly all the same. */
export function putText(to: StateWriter, text: string): void {
  const { length } = text;
  if (isKnownAgain(text)) {
    const known = to.texts.get(text);
    if (known !== undefined) {
      putCount(to, known);
      return;
    }
    to.texts.set(text, to.texts.size + 1);
  }
  putCount(to, 0);
  reserve(to, NUMBER_BYTES_MAX + length * 3);
  if (length > SHORT_CHARS_MAX || !putAscii(to, text)) putUtf8(to, text);
}

/** Whether a text is numbered: shorter ones are written as fast, longer ones hardly ever come again. */
export function isKnownAgain({ length }: string): boolean {
  return length > 3 && length <= 256;
}

export function putOptionalText(to: StateWriter, text: string | null | undefined): void {
  const said = text !== null && text !== undefined;
  putCount(to, said ? 1 : 0);
  if (said) putText(to, text);
}

const NUMBER_BYTES_MAX = 16;
const SHORT_CHARS_MAX = 100;

// Values are cut from chunks of this size, which saves a copy and an allocation each. A chunk lives as long as a value in it.
const CHUNK_BYTES = 256 * 1024;

const writer: StateWriter = {
  bytes: Buffer.allocUnsafeSlow(CHUNK_BYTES),
  start: 0,
  at: 0,
  texts: new Map(),
};

/** Makes room; what is written of the value so far moves along to a new chunk. */
function reserve(to: StateWriter, bytes: number): void {
  if (to.at + bytes <= to.bytes.length) return;
  const written = to.at - to.start;
  const chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, 2 * (written + bytes)));
  to.bytes.copy(chunk, 0, to.start, to.at);
  to.bytes = chunk;
  to.start = 0;
  to.at = written;
}

// Most texts are short ASCII: byte by byte that is faster than a call into the runtime.
function putAscii(to: StateWriter, text: string): boolean {
  const { bytes } = to;
  const start = to.at + 1;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return false;
    bytes[start + index] = code;
  }
  bytes[to.at] = text.length;
  to.at = start + text.length;
  return true;
}

function putUtf8(to: StateWriter, text: string): void {
  putCount(to, Buffer.byteLength(text));
  reserve(to, text.length * 3);
  to.at += to.bytes.write(text, to.at, 'utf8');
}
