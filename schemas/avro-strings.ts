import avsc from 'avsc';

/** What avsc gives its types to read from. Not in its public types; the version is pinned, and the codec's tests hold this. */
type Tap = {
  buf: Buffer;
  pos: number;
  readLong(): number;
  readString(): string;
  writeString(value: string): void;
};
type Readable = { _read(tap: Tap): unknown };

// The message that is being read, a character a byte: cutting an ASCII string out of it costs a quarter of a call into the runtime, and a
// record has over a hundred strings.
let text = '';

/** Reads the message with `read`, its ASCII strings cut out of one text. */
export function withTextOf<T>(message: Buffer, read: () => T): T {
  text = message.toString('latin1');
  try {
    return read();
  } finally {
    text = '';
  }
}

/** Longer strings are few, and checking their bytes here would cost more than the call. */
const SHORT_BYTES_MAX = 64;

class QuickString extends avsc.types.StringType {
  _read(tap: Tap): string {
    const start = tap.pos;
    const length = tap.readLong();
    if (length < 0 || length > SHORT_BYTES_MAX || !isAsciiAt(tap.buf, tap.pos, length)) {
      tap.pos = start;
      return tap.readString();
    }
    tap.pos += length;
    return text.substring(tap.pos - length, tap.pos);
  }

  // Counting the bytes of each string before writing it would be a call into the runtime too.
  _write(tap: Tap, value: unknown): void {
    if (typeof value !== 'string') throw new TypeError('a string was expected');
    const { length } = value;
    if (
      length >= SHORT_BYTES_MAX ||
      tap.pos + length >= tap.buf.length ||
      !writeAscii(tap, value)
    ) {
      tap.writeString(value);
    }
  }
}

/** Writes a string of fewer than 64 ASCII characters, whose length is one byte of variable-length zig-zag; false for another. */
function writeAscii(tap: Tap, value: string): boolean {
  const { length } = value;
  const start = tap.pos + 1;
  for (let at = 0; at < length; at += 1) {
    const code = value.charCodeAt(at);
    if (code > 0x7f) return false;
    tap.buf[start + at] = code;
  }
  tap.buf[tap.pos] = 2 * length;
  tap.pos = start + length;
  return true;
}

/** Also false when the string would end beyond the buffer. */
function isAsciiAt(bytes: Buffer, start: number, length: number): boolean {
  if (start + length > bytes.length) return false;
  for (let at = start; at < start + length; at += 1) {
    if ((bytes[at] ?? 0x80) > 0x7f) return false;
  }
  return true;
}

/** avsc makes room for as many items as an array claims; here no array claims more items than the message has bytes. */
class BoundedArray extends avsc.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items: unknown[] = [];
    const reader = this.itemsType as unknown as Readable;
    for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
      if (count < 0) tap.readLong();
      const size = Math.abs(count);
      if (size > tap.buf.length - tap.pos) throw new RangeError('more items than bytes');
      for (let index = 0; index < size; index += 1) items.push(reader._read(tap));
    }
    return items;
  }
}

/** For `Type.forSchema`. */
export function quickTypeHook(schema: avsc.Schema, options: object): avsc.Type | undefined {
  if (schema === 'string') return new QuickString();
  const isArray = typeof schema === 'object' && 'type' in schema && schema.type === 'array';
  return isArray ? new BoundedArray(schema, options) : undefined;
}
