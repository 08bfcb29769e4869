import { cached, createByteCache } from '../schemas/byte-cache.ts';
import type { Attributes, AttributeValue } from './span.ts';
import {
  ANY_ARRAY,
  ANY_BOOL,
  ANY_BYTES,
  ANY_DOUBLE,
  ANY_INT,
  ANY_KVLIST,
  ANY_STRING,
  KEY_VALUE_KEY,
  KEY_VALUE_VALUE,
  LIST_VALUES,
} from './tags.ts';
import type { Cursor } from './wire.ts';
import {
  malformed,
  readInt64,
  readLength,
  readTag,
  readVarint,
  skipBytes,
  skipField,
} from './wire.ts';

/** Deeper values than the collector lets through are malformed here: the stack is bounded. */
const DEPTH_MAX = 64;

const texts = createByteCache(4096, 48, (bytes, start, end) => bytes.toString('utf8', start, end));

/** A length-delimited text; short ones that came before are not decoded again. */
export function readText(cursor: Cursor, end: number): string {
  const length = readLength(cursor, end);
  const start = cursor.at;
  cursor.at = start + length;
  return length === 0 ? '' : cached(texts, cursor.bytes, start, cursor.at);
}

/** One `KeyValue` at the cursor, put into the map. Of two values for one key the last holds. */
export function readKeyValue(
  cursor: Cursor,
  end: number,
  into: Map<string, AttributeValue>,
  depth = 0,
): void {
  const length = readLength(cursor, end);
  const stop = cursor.at + length;
  let key = '';
  let value: AttributeValue = null;
  while (cursor.at < stop) {
    const tag = readTag(cursor, stop);
    if (tag === KEY_VALUE_KEY) key = readText(cursor, stop);
    else if (tag === KEY_VALUE_VALUE) value = readAnyValue(cursor, stop, depth);
    else skipField(cursor, tag, stop);
  }
  into.set(key, value);
}

/** One `AnyValue` at the cursor, its tag read already. */
export function readAnyValue(cursor: Cursor, end: number, depth = 0): AttributeValue {
  if (depth > DEPTH_MAX) throw malformed('a value is nested too deep');
  const length = readLength(cursor, end);
  const stop = cursor.at + length;
  let value: AttributeValue = null;
  while (cursor.at < stop) {
    const tag = readTag(cursor, stop);
    switch (tag) {
      case ANY_STRING:
        value = readText(cursor, stop);
        break;
      case ANY_BOOL:
        value = readVarint(cursor, stop) !== 0;
        break;
      case ANY_INT:
        value = readInteger(cursor, stop);
        break;
      case ANY_DOUBLE:
        value = cursor.bytes.readDoubleLE(skipBytes(cursor, 8, stop));
        break;
      case ANY_ARRAY:
        value = readArray(cursor, stop, depth);
        break;
      case ANY_KVLIST:
        value = readKvlist(cursor, stop, depth);
        break;
      case ANY_BYTES:
        value = readBytes(cursor, stop);
        break;
      default:
        skipField(cursor, tag, stop);
    }
  }
  return value;
}

function readInteger(cursor: Cursor, end: number): AttributeValue {
  const value = readInt64(cursor, end);
  return typeof value === 'number' ? value : value.toString();
}

function readBytes(cursor: Cursor, end: number): Uint8Array {
  const length = readLength(cursor, end);
  const start = skipBytes(cursor, length, end);
  return cursor.bytes.subarray(start, start + length);
}

function readArray(cursor: Cursor, end: number, depth: number): readonly AttributeValue[] {
  const length = readLength(cursor, end);
  const stop = cursor.at + length;
  const values: AttributeValue[] = [];
  while (cursor.at < stop) {
    const tag = readTag(cursor, stop);
    if (tag === LIST_VALUES) values.push(readAnyValue(cursor, stop, depth + 1));
    else skipField(cursor, tag, stop);
  }
  return values;
}

function readKvlist(cursor: Cursor, end: number, depth: number): Attributes {
  const length = readLength(cursor, end);
  const stop = cursor.at + length;
  const values = new Map<string, AttributeValue>();
  while (cursor.at < stop) {
    const tag = readTag(cursor, stop);
    if (tag === LIST_VALUES) readKeyValue(cursor, stop, values, depth + 1);
    else skipField(cursor, tag, stop);
  }
  return values;
}
