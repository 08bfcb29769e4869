import { SPAN_ID_BYTES, TRACE_ID_BYTES } from './tags.ts';
import type { Cursor } from './wire.ts';
import { malformed, readLength, skipBytes } from './wire.ts';

// The spans of a message mostly repeat the trace id of the one before: comparing 16 bytes is cheaper than writing 32 digits.
const last = { bytes: new Uint8Array(TRACE_ID_BYTES), hex: '0'.repeat(2 * TRACE_ID_BYTES) };

/** A trace id as 32 lower-case hex digits; empty when it is empty. */
export function readTraceId(cursor: Cursor, end: number): string {
  const start = readIdStart(cursor, end, TRACE_ID_BYTES);
  if (start === cursor.at) return '';
  const { bytes } = cursor;
  for (let at = 0; at < TRACE_ID_BYTES; at += 1) {
    if (bytes[start + at] === last.bytes[at]) continue;
    last.bytes.set(bytes.subarray(start, cursor.at));
    last.hex = bytes.toString('hex', start, cursor.at);
    break;
  }
  return last.hex;
}

/** A span id as 16 lower-case hex digits; empty when it is empty. */
export function readSpanId(cursor: Cursor, end: number): string {
  const start = readIdStart(cursor, end, SPAN_ID_BYTES);
  return cursor.bytes.toString('hex', start, cursor.at);
}

function readIdStart(cursor: Cursor, end: number, bytesExpected: number): number {
  const length = readLength(cursor, end);
  if (length !== bytesExpected && length !== 0) throw malformed('an id has a wrong length');
  return skipBytes(cursor, length, end);
}
