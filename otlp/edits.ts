import type { Writer } from './writer.ts';
import { createWriter, varintSize, writeRange, written } from './writer.ts';

type Edit = { readonly start: number; readonly end: number; readonly bytes: Uint8Array };

/**
 * Replacements of byte ranges of one message. What lies between them is copied as it came. `delta` is how much longer the
 * message gets. Ranges never overlap.
 */
export type Edits = { readonly list: Edit[]; delta: number; isOutOfOrder: boolean };

export const nothing = new Uint8Array(0);

export function createEdits(): Edits {
  return { list: [], delta: 0, isOutOfOrder: false };
}

const SHIFTS_MAX = 8;

export function replaceRange(edits: Edits, start: number, end: number, bytes: Uint8Array): void {
  const { list } = edits;
  const edit = { start, end, bytes };
  edits.delta += bytes.length - (end - start);
  let at = list.push(edit) - 1;
  // A message's length comes behind the edits within: mostly a few, which it passes here; else all are sorted in the end.
  for (let shifts = 0; shifts <= SHIFTS_MAX; shifts += 1) {
    const before = list[at - 1];
    if (before === undefined || before.start <= start) return;
    list[at] = before;
    at -= 1;
    list[at] = edit;
  }
  edits.isOutOfOrder = true;
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

/** The source's bytes from `start` to `end` with the edits done. */
export function applyEdits(edits: Edits, source: Buffer, start: number, end: number): Buffer {
  const writer = createWriter(end - start + edits.delta);
  writeEdited(writer, edits, source, { start, end });
  return written(writer);
}

const EDITS_KEPT_MIN = 4;
const BYTES_AN_EDIT = 32;

/**
 * Edits to be kept until the bytes from `start` to `end` are written. Where there are more than befits so few bytes, what comes of them
 * is kept in their place: an edit takes some 60 bytes of memory, and a field of two bytes may need one.
 */
export function keptEdits(edits: Edits, source: Buffer, start: number, end: number): Edits {
  const count = edits.list.length;
  if (count < EDITS_KEPT_MIN || count * BYTES_AN_EDIT <= end - start) return edits;
  const whole = createEdits();
  replaceRange(whole, start, end, applyEdits(edits, source, start, end));
  return whole;
}

export function writeEdited(
  writer: Writer,
  edits: Edits,
  source: Buffer,
  { start, end }: { readonly start: number; readonly end: number },
): void {
  if (edits.isOutOfOrder) edits.list.sort((a, b) => a.start - b.start || a.end - b.end);
  let at = start;
  for (const edit of edits.list) {
    writeRange(writer, source, at, edit.start);
    writeRange(writer, edit.bytes, 0, edit.bytes.length);
    at = edit.end;
  }
  writeRange(writer, source, at, end);
}

/** Length and bytes of a length-delimited field, without its tag. */
export function delimited(bytes: Uint8Array): Uint8Array {
  const prefix = varintSize(bytes.length);
  const field = Buffer.allocUnsafe(prefix + bytes.length);
  putVarint(field, bytes.length);
  field.set(bytes, prefix);
  return field;
}

// Most lengths are small, and come again and again.
const VARINTS_KEPT = 4096;
const varints: (Uint8Array | undefined)[] = Array.from({ length: VARINTS_KEPT }, () => undefined);

function varintOf(value: number): Uint8Array {
  const known = varints[value];
  if (known !== undefined) return known;
  const bytes = new Uint8Array(varintSize(value));
  putVarint(bytes, value);
  if (value < VARINTS_KEPT) varints[value] = bytes;
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
