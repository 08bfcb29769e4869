import type { JsonObject } from './json-fields.ts';
import { eachObject, field, integerOf, invalid, isObject, textField } from './json-fields.ts';
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
import type { Writer } from './writer.ts';
import {
  closeMessage,
  openMessage,
  writeBytesField,
  writeDouble,
  writeTextField,
  writeVarint,
  writeVarint64,
} from './writer.ts';

/**
 * Values nested deeper than this are written empty. It is above the rewriter's own limit, which drops them with a receipt, and bounds
 * the stack.
 */
const DEPTH_MAX = 48;

/** The `attributes` of a message, as fields with the given tag. */
export function writeJsonAttributes(writer: Writer, tag: number, object: JsonObject): void {
  for (const keyValue of eachObject(object, 'attributes')) writeKeyValue(writer, tag, keyValue, 0);
}

function writeKeyValue(writer: Writer, tag: number, keyValue: JsonObject, depth: number): void {
  const body = openMessage(writer, tag);
  textField(writer, KEY_VALUE_KEY, keyValue, 'key');
  const value = field(keyValue, 'value');
  if (value !== undefined) writeAnyValue(writer, KEY_VALUE_VALUE, value, depth);
  closeMessage(writer, body);
}

/** One `AnyValue`, as a field with the given tag. */
export function writeAnyValue(writer: Writer, tag: number, value: unknown, depth = 0): void {
  if (!isObject(value)) throw invalid('value', 'object');
  const body = openMessage(writer, tag);
  if (depth <= DEPTH_MAX) writeAnyFields(writer, value, depth);
  closeMessage(writer, body);
}

function writeAnyFields(writer: Writer, value: JsonObject, depth: number): void {
  const text = field(value, 'stringValue');
  if (text !== undefined) {
    if (typeof text !== 'string') throw invalid('stringValue', 'string');
    writeTextField(writer, ANY_STRING, text);
    return;
  }
  const integer = field(value, 'intValue');
  if (integer !== undefined) {
    writeVarint(writer, ANY_INT);
    writeVarint64(writer, integerOf(integer, 'intValue'));
    return;
  }
  const truth = field(value, 'boolValue');
  if (truth !== undefined) {
    if (typeof truth !== 'boolean') throw invalid('boolValue', 'boolean');
    writeVarint(writer, ANY_BOOL);
    writeVarint(writer, truth ? 1 : 0);
    return;
  }
  const double = field(value, 'doubleValue');
  if (double !== undefined) {
    writeVarint(writer, ANY_DOUBLE);
    writeDouble(writer, doubleOf(double));
    return;
  }
  writeCompound(writer, value, depth);
}

function writeCompound(writer: Writer, value: JsonObject, depth: number): void {
  const array = field(value, 'arrayValue');
  const kvlist = field(value, 'kvlistValue');
  const bytes = field(value, 'bytesValue');
  if (array !== undefined) {
    if (!isObject(array)) throw invalid('arrayValue', 'object');
    const body = openMessage(writer, ANY_ARRAY);
    for (const item of eachObject(array, 'values')) {
      writeAnyValue(writer, LIST_VALUES, item, depth + 1);
    }
    closeMessage(writer, body);
  } else if (kvlist !== undefined) {
    if (!isObject(kvlist)) throw invalid('kvlistValue', 'object');
    const body = openMessage(writer, ANY_KVLIST);
    for (const item of eachObject(kvlist, 'values')) {
      writeKeyValue(writer, LIST_VALUES, item, depth + 1);
    }
    closeMessage(writer, body);
  } else if (bytes !== undefined) {
    if (typeof bytes !== 'string') throw invalid('bytesValue', 'base64 string');
    writeBytesField(writer, ANY_BYTES, Buffer.from(bytes, 'base64'));
  }
}

function doubleOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (
    typeof value === 'string' &&
    /^(?:NaN|-?Infinity|-?[\d.]{1,32}(?:[eE][+-]?\d{1,4})?)$/.test(value)
  ) {
    return Number(value);
  }
  throw invalid('doubleValue', 'number');
}
