import { IntegrityError } from './errors.ts';

/** The bytes of a text in UTF-8. A lone surrogate becomes U+FFFD, as everywhere in the platform. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of UTF-8 bytes, a byte order mark kept; nothing where they are not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whether two byte strings are the same. Not in constant time: nothing here is secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/** Lower-case hexadecimal digits, two a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX_OF_BYTE[byte];
  return text;
}

const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The bytes of lower-case hexadecimal digits; nothing where a text is not exactly that. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, at) =>
    Number.parseInt(text.slice(at * 2, at * 2 + 2), 16),
  );
}

/** Standard base64 with padding. Source: RFC 4648 §4. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const group = (a << 16) | (b << 8) | c;
    for (let shift = 18; shift >= 0; shift -= 6) text += ALPHABET[(group >> shift) & 63];
  }
  const over = (3 - (bytes.length % 3)) % 3;
  return text.slice(0, text.length - over) + '='.repeat(over);
}

/**
 * The bytes of standard base64 with padding, in its one canonical spelling: white space, missing padding and unused bits that are set are
 * refused with BASE64_MALFORMED, so that two texts never tell the same bytes. Source: RFC 4648 §3.5, §4.
 */
export function fromBase64(text: string): Uint8Array {
  const over = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (text.length % 4 !== 0) throw malformed('its length is not a multiple of four');
  const digits = text.length - over;
  const bytes = new Uint8Array((digits * 6) >> 3);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let index = 0; index < digits; index += 1) {
    held = ((held << 6) | digitOf(text.charCodeAt(index))) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = held >> bits;
    at += 1;
  }
  if ((held & ((1 << bits) - 1)) !== 0) throw malformed('unused bits are set');
  return bytes;
}

function digitOf(code: number): number {
  const digit = DIGIT_OF_CODE[code] ?? -1;
  if (digit < 0) throw malformed('a character is not of its alphabet');
  return digit;
}

function malformed(why: string): IntegrityError {
  return new IntegrityError('BASE64_MALFORMED', why);
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const DIGIT_OF_CODE = Array.from({ length: 128 }, (_, code) =>
  ALPHABET.indexOf(String.fromCharCode(code)),
);

/**
 * A number as the formats here write it: decimal digits, no sign, no leading zero; nothing where it is another text or beyond 2^53 − 1,
 * which no log of ours reaches.
 */
export function readDecimal(text: string): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
