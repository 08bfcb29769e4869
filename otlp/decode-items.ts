import { readKeyValue, readText } from './decode-value.ts';
import type { AttributeValue, Attributes } from './span.ts';
import * as tags from './tags.ts';
import type { Cursor } from './wire.ts';
import { cursorOver, readLength, readTag, skipField } from './wire.ts';

export type Scope = { readonly name: string; readonly version: string };

/** Reads the span or log record at the cursor, its tag read already. */
export type ItemReader<T> = (cursor: Cursor, end: number, resource: Attributes, scope: Scope) => T;

/** The items of a `TracesData` or `LogsData`, in wire order; those of one resource share its map. Throws an `OtlpError`. */
export function decodeItems<T>(bytes: Uint8Array, readItem: ItemReader<T>): readonly T[] {
  const cursor = cursorOver(bytes);
  const items: T[] = [];
  while (cursor.at < bytes.length) {
    const tag = readTag(cursor, bytes.length);
    if (tag === tags.REQUEST_RESOURCES) readResources(cursor, bytes.length, items, readItem);
    else skipField(cursor, tag, bytes.length);
  }
  return items;
}

function readResources<T>(cursor: Cursor, end: number, items: T[], readItem: ItemReader<T>): void {
  const length = readLength(cursor, end);
  const stop = cursor.at + length;
  // Filled when the resource comes, which may be behind the items: they hold the same map.
  const resource = new Map<string, AttributeValue>();
  while (cursor.at < stop) {
    const tag = readTag(cursor, stop);
    if (tag === tags.RESOURCES_RESOURCE) readResource(cursor, stop, resource);
    else if (tag === tags.RESOURCES_SCOPES) {
      readScopes(cursor, stop, items, (...at) => readItem(at[0], at[1], resource, at[2]));
    } else skipField(cursor, tag, stop);
  }
}

function readResource(cursor: Cursor, end: number, into: Map<string, AttributeValue>): void {
  const length = readLength(cursor, end);
  const stop = cursor.at + length;
  while (cursor.at < stop) {
    const tag = readTag(cursor, stop);
    if (tag === tags.RESOURCE_ATTRIBUTES) readKeyValue(cursor, stop, into);
    else skipField(cursor, tag, stop);
  }
}

function readScopes<T>(
  cursor: Cursor,
  end: number,
  items: T[],
  read: (cursor: Cursor, end: number, scope: Scope) => T,
): void {
  const length = readLength(cursor, end);
  const start = cursor.at;
  const stop = start + length;
  const scope = { name: '', version: '' };
  while (cursor.at < stop) {
    const tag = readTag(cursor, stop);
    if (tag === tags.SCOPES_SCOPE) readScope(cursor, stop, scope);
    else skipField(cursor, tag, stop);
  }
  cursor.at = start;
  while (cursor.at < stop) {
    const tag = readTag(cursor, stop);
    if (tag === tags.SCOPES_ITEMS) items.push(read(cursor, stop, scope));
    else skipField(cursor, tag, stop);
  }
}

function readScope(cursor: Cursor, end: number, into: { name: string; version: string }): void {
  const length = readLength(cursor, end);
  const stop = cursor.at + length;
  while (cursor.at < stop) {
    const tag = readTag(cursor, stop);
    if (tag === tags.SCOPE_NAME) into.name = readText(cursor, stop);
    else if (tag === tags.SCOPE_VERSION) into.version = readText(cursor, stop);
    else skipField(cursor, tag, stop);
  }
}
