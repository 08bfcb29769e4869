import { createWriter, varintSize, writeRange, written } from './writer.ts';

type Edit = { readonly start: number; readonly end: number; readonly bytes: Uint8Array };

/**
 * Replacements of byte ranges of one message. What lies between them is copied as it came. `delta` is how much longer the
 * message gets. Ranges never overlap.
 */
export type Edits = { readonly list: Edit[]; delta: number };

export const nothing = new Uint8Array(0);

export function createEdits(): Edits {
  return { list: [], delta: 0 };
}

export function replaceRange(edits: Edits, start: number, end: number, bytes: Uint8Array): void {
  edits.list.push({ start, end, bytes });
  edits.delta += bytes.length - (end - start);
}

/** Takes back what was decided since the list was this long: a field that is dropped as a whole needs no edits within. */
export function undoEdits(edits: Edits, count: number, delta: number): void {
  edits.list.length = count;
  edits.delta = delta;
}

/** Rewrites a nested message's length when edits within have changed it. `deltaBefore` is `edits.delta` from before them. */
export function correctLength(
  edits: Edits,
  deltaBefore: number,
  lengthAt: number,
  body: { readonly start: number; readonly end: number },
): void {
  const grown = edits.delta - deltaBefore;
  if (grown === 0) return;
  replaceRange(edits, lengthAt, body.start, varintOf(body.end - body.start + grown));
}

/** The source's bytes from `start` to `end` with the edits done. The edits may be in any order. */
export function applyEdits(edits: Edits, source: Buffer, start: number, end: number): Buffer {
  if (!isInOrder(edits.list)) edits.list.sort((a, b) => a.start - b.start || a.end - b.end);
  const writer = createWriter(end - start + edits.delta);
  let at = start;
  for (const edit of edits.list) {
    writeRange(writer, source, at, edit.start);
    writeRange(writer, edit.bytes, 0, edit.bytes.length);
    at = edit.end;
  }
  writeRange(writer, source, at, end);
  return written(writer);
}

function isInOrder(list: readonly Edit[]): boolean {
  let last = -1;
  for (const { start } of list) {
    if (start < last) return false;
    last = start;
  }
  return true;
}

/** Length and bytes of a length-delimited field, without its tag. */
export function delimited(bytes: Uint8Array): Uint8Array {
  const prefix = varintSize(bytes.length);
  const field = Buffer.allocUnsafe(prefix + bytes.length);
  putVarint(field, bytes.length);
  field.set(bytes, prefix);
  return field;
}

function varintOf(value: number): Uint8Array {
  const bytes = new Uint8Array(varintSize(value));
  putVarint(bytes, value);
  return bytes;
}

function putVarint(into: Uint8Array, value: number): void {
  let rest = value;
  let at = 0;
  for (; rest > 0x7f; rest >>>= 7) {
    into[at] = (rest & 0x7f) | 0x80;
    at += 1;
  }
  into[at] = rest;
}
