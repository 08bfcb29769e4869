/**
 * Writes values one behind the other, numbers in as few bytes as they need. What is read back (`state-reader.ts`) must be asked for in the
 * same order.
 */
export type StateWriter = {
  bytes: Buffer;
  at: number;
};

/** A writer on this thread's one scratch buffer: only one at a time may be in use. */
export function startWriting(): StateWriter {
  writer.at = 0;
  return writer;
}

/** A copy of what was written. */
export function finishWriting({ bytes, at }: StateWriter): Buffer {
  const written = Buffer.allocUnsafe(at);
  bytes.copy(written, 0, 0, at);
  return written;
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

export function putText(to: StateWriter, text: string): void {
  const { length } = text;
  reserve(to, NUMBER_BYTES_MAX + length * 3);
  if (length > SHORT_CHARS_MAX || !putAscii(to, text)) putUtf8(to, text);
}

export function putOptionalText(to: StateWriter, text: string | null | undefined): void {
  const said = text !== null && text !== undefined;
  putCount(to, said ? 1 : 0);
  if (said) putText(to, text);
}

const NUMBER_BYTES_MAX = 16;
const SHORT_CHARS_MAX = 100;

const writer: StateWriter = { bytes: Buffer.allocUnsafe(64 * 1024), at: 0 };

function reserve(to: StateWriter, bytes: number): void {
  if (to.at + bytes <= to.bytes.length) return;
  const grown = Buffer.allocUnsafe(Math.max(2 * to.bytes.length, to.at + bytes));
  to.bytes.copy(grown, 0, 0, to.at);
  to.bytes = grown;
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
