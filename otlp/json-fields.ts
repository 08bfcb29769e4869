import { OtlpError } from './errors.ts';
import type { Writer } from './writer.ts';
import {
  writeBytesField,
  writeFixed32,
  writeFixed64,
  writeTextField,
  writeVarint,
} from './writer.ts';

export type JsonObject = { readonly [name: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field under its lowerCamelCase name, else under the one of the proto files; null counts as absent. */
export function field(object: JsonObject, name: string): unknown {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  if (value !== undefined) return value ?? undefined;
  const original = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.hasOwn(object, original) ? (object[original] ?? undefined) : undefined;
}

export function invalid(name: string, expected: string): OtlpError {
  return new OtlpError('OTLP_JSON_INVALID', `${name} is no ${expected}`);
}

export function eachObject(object: JsonObject, name: string): readonly JsonObject[] {
  const list = field(object, name);
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw invalid(name, 'list of objects');
  if (list.length > LIST_LENGTH_MAX) {
    throw new OtlpError('OTLP_TOO_MANY_FIELDS', `${name} has more than ${LIST_LENGTH_MAX} entries`);
  }
  if (!list.every(isObject)) throw invalid(name, 'list of objects');
  return list;
}

/** More than a request of the largest size can have of anything but emptiness. */
const LIST_LENGTH_MAX = 2 ** 18;

export function objectField(object: JsonObject, name: string): JsonObject | undefined {
  const value = field(object, name);
  if (value !== undefined && !isObject(value)) throw invalid(name, 'object');
  return value;
}

export function textField(writer: Writer, tag: number, object: JsonObject, name: string): void {
  const value = field(object, name);
  if (value === undefined || value === '') return;
  if (typeof value !== 'string') throw invalid(name, 'string');
  writeTextField(writer, tag, value);
}

/** Left out when it is no id of the right size: whoever reads the span refuses it then. */
export function idField(
  writer: Writer,
  tag: number,
  object: JsonObject,
  ...[name, bytes]: readonly [string, number]
): void {
  const value = field(object, name);
  if (value === undefined || value === '') return;
  if (typeof value !== 'string') throw invalid(name, 'string');
  const id = idBytes(value, bytes);
  if (id) writeBytesField(writer, tag, id);
}

function idBytes(text: string, bytes: number): Buffer | undefined {
  if (text.length === 2 * bytes && /^[0-9a-f]+$/i.test(text)) return Buffer.from(text, 'hex');
  // Senders that take the general JSON mapping of protobuf write base64.
  const isBase64 = text.length <= 4 * Math.ceil(bytes / 3) && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text);
  const decoded = isBase64 ? Buffer.from(text, 'base64') : undefined;
  return decoded?.length === bytes ? decoded : undefined;
}

export function enumField(
  writer: Writer,
  tag: number,
  object: JsonObject,
  ...[name, names]: readonly [string, readonly string[]]
): void {
  const value = field(object, name);
  if (value === undefined) return;
  const number = typeof value === 'string' ? enumNumber(value, names) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) throw invalid(name, 'enum value');
  if (number <= 0 || number > 0x7fffffff) return;
  writeVarint(writer, tag);
  writeVarint(writer, number);
}

// A name that is not known is a value that is not known: protobuf's zero.
function enumNumber(text: string, names: readonly string[]): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : Math.max(0, names.indexOf(text));
}

export function uint32Field(writer: Writer, tag: number, object: JsonObject, name: string): void {
  const value = integerOf(field(object, name), name);
  if (value <= 0n || value > 0xffffffffn) return;
  writeVarint(writer, tag);
  writeVarint(writer, Number(value));
}

export function fixed64Field(writer: Writer, tag: number, object: JsonObject, name: string): void {
  const value = integerOf(field(object, name), name);
  if (value === 0n) return;
  writeVarint(writer, tag);
  writeFixed64(writer, value);
}

/** The 32 bits of `flags`. */
export function flagsField(writer: Writer, tag: number, object: JsonObject): void {
  const flags = object['flags'];
  if (typeof flags !== 'number' || !Number.isInteger(flags) || flags === 0) return;
  writeVarint(writer, tag);
  writeFixed32(writer, flags);
}

/** A 64-bit integer written as a decimal string or as a number; absent is 0. */
export function integerOf(value: unknown, name: string): bigint {
  if (value === undefined || value === '') return 0n;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^-?\d{1,20}(?:\.0{1,9})?$/.test(value)) {
    return BigInt(value.split('.')[0] ?? '0');
  }
  throw invalid(name, 'integer');
}
