/** The name of a member as it is written: quoted, with its colon. For names of letters only. */
export function memberName(name: string): Uint8Array {
  return Buffer.from(`"${name}":`);
}

/**
 * Writes JSON as `JSON.stringify` does, straight as bytes: a leaf has a hundred short ASCII texts, and an object for each member costs five times what
 * its bytes do. Each value is followed by a comma; the end of its list or object takes the last one away. In what order members stand, and that each
 * has a value, is the caller's.
 */
export class JsonWriter {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024);
  #at = 0;

  /** What was written, without the last comma; good until the next `clear`. */
  written(): Buffer {
    return this.#bytes.subarray(0, Math.max(0, this.#at - 1));
  }

  clear(): void {
    this.#at = 0;
  }

  name(name: Uint8Array): void {
    const bytes = this.#room(name.length);
    let at = this.#at;
    for (let index = 0; index < name.length; index += 1) bytes[at++] = name[index] ?? 0;
    this.#at = at;
  }

  text(value: string): void {
    const { length } = value;
    const bytes = this.#room(length + 3);
    let at = this.#at;
    bytes[at++] = QUOTE;
    for (let index = 0; index < length; index += 1) {
      const code = value.charCodeAt(index);
      if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) {
        this.#special(value);
        return;
      }
      bytes[at++] = code;
    }
    bytes[at] = QUOTE;
    bytes[at + 1] = COMMA;
    this.#at = at + 2;
  }

  /** A text or null. */
  nullable(value: string | null): void {
    if (value === null) this.#plain('null');
    else this.text(value);
  }

  number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) {
      this.#plain(JSON.stringify(value));
      return;
    }
    const bytes = this.#room(DIGITS_MAX + 1);
    const high = Math.floor(value / LOW_PART);
    const start = high > 0 ? writeDigits(bytes, this.#at, high, digitsOf(high)) : this.#at;
    const low = value - high * LOW_PART;
    const end = writeDigits(bytes, start, low, high > 0 ? LOW_DIGITS : digitsOf(low));
    bytes[end] = COMMA;
    this.#at = end + 1;
  }

  truth(value: boolean): void {
    this.#plain(value ? 'true' : 'false');
  }

  openObject(): void {
    this.#open(OPEN_OBJECT);
  }

  closeObject(): void {
    this.#close(CLOSE_OBJECT);
  }

  openList(): void {
    this.#open(OPEN_LIST);
  }

  closeList(): void {
    this.#close(CLOSE_LIST);
  }

  #open(bracket: number): void {
    this.#room(1)[this.#at] = bracket;
    this.#at += 1;
  }

  #close(bracket: number): void {
    const bytes = this.#room(2);
    // Nothing but a value before it leaves a comma: an empty list has none to take away.
    if (bytes[this.#at - 1] === COMMA) this.#at -= 1;
    bytes[this.#at] = bracket;
    bytes[this.#at + 1] = COMMA;
    this.#at += 2;
  }

  #special(value: string): void {
    const text = JSON.stringify(value);
    this.#room(3 * text.length + 1);
    this.#at += this.#bytes.write(text, this.#at);
    this.#bytes[this.#at] = COMMA;
    this.#at += 1;
  }

  #plain(text: string): void {
    const bytes = this.#room(text.length + 1);
    let at = this.#at;
    for (let index = 0; index < text.length; index += 1) bytes[at++] = text.charCodeAt(index);
    bytes[at] = COMMA;
    this.#at = at + 1;
  }

  #room(more: number): Buffer {
    const needed = this.#at + more;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, needed));
      this.#bytes.copy(larger, 0, 0, this.#at);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

// Numbers of 32 bits are divided several times faster than larger ones: a number is written as two.
const LOW_DIGITS = 8;
const LOW_PART = 10 ** LOW_DIGITS;
const DIGITS_MAX = 16;

function digitsOf(value: number): number {
  let count = 1;
  for (let rest = value; rest >= 10; rest = (rest / 10) | 0) count += 1;
  return count;
}

/** Writes a number below 10^8 in so many digits, and gives where they end. */
function writeDigits(bytes: Buffer, start: number, value: number, count: number): number {
  let rest = value | 0;
  for (let at = start + count - 1; at >= start; at -= 1) {
    const next = (rest / 10) | 0;
    bytes[at] = ZERO + rest - 10 * next;
    rest = next;
  }
  return start + count;
}
