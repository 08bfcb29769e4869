import { createHash } from 'node:crypto';
import type { RedactionReceipt } from '../schemas/redactor.ts';
import { ANY_STRING, KEY_VALUE_KEY, KEY_VALUE_VALUE } from './tags.ts';
import { closeMessage, createWriter, openMessage, writeTextField, written } from './writer.ts';

/** Attributes that the collector adds; whatever a sender puts under this prefix is removed. */
export const reservedPrefix = 'waybill.';
export const receiptsKey = 'waybill.receipts';
export const truncatedKey = 'waybill.truncated';

/** What was done to one span (or resource): receipts by rule and path, and values that were cut. */
export type Notes = {
  readonly receipts: Map<string, Receipt>;
  readonly truncated: Truncated[];
};

type Receipt = RedactionReceipt & { readonly path: string };

type Truncated = {
  readonly path: string;
  /** Size before the cut, after redaction. */
  readonly bytes: number;
  /** SHA-256 of the value before the cut, after redaction; hex. */
  readonly digest: string;
};

const PATH_LENGTH_MAX = 128;
const NOTES_KEPT_MAX = 4096;

export function createNotes(): Notes {
  return { receipts: new Map(), truncated: [] };
}

export function clearNotes(notes: Notes): void {
  if (notes.receipts.size > 0) notes.receipts.clear();
  if (notes.truncated.length > 0) notes.truncated.length = 0;
}

export function noteReceipt(notes: Notes, path: string, receipt: RedactionReceipt): void {
  const place = notes.receipts.size < NOTES_KEPT_MAX ? path.slice(0, PATH_LENGTH_MAX) : '*';
  const id = `${receipt.rule}\0${place}`;
  const count = (notes.receipts.get(id)?.count ?? 0) + receipt.count;
  notes.receipts.set(id, { ...receipt, path: place, count });
}

export function noteCut(notes: Notes, path: string, whole: Uint8Array): void {
  const digest = createHash('sha256').update(whole).digest('hex');
  const place = notes.truncated.length < NOTES_KEPT_MAX ? path.slice(0, PATH_LENGTH_MAX) : '*';
  notes.truncated.push({ path: place, bytes: whole.length, digest });
}

/** The notes as `KeyValue` fields with the given tag; each list takes at most `bytesMax`, and says what it left out. */
export function notesFields(notes: Notes, tag: number, bytesMax: number): Buffer {
  const writer = createWriter(512);
  const add = (key: string, json: string): void => {
    const keyValue = openMessage(writer, tag);
    writeTextField(writer, KEY_VALUE_KEY, key);
    const value = openMessage(writer, KEY_VALUE_VALUE);
    writeTextField(writer, ANY_STRING, json);
    closeMessage(writer, value);
    closeMessage(writer, keyValue);
  };
  if (notes.receipts.size > 0) add(receiptsKey, receiptsJson(notes, bytesMax));
  if (notes.truncated.length > 0) add(truncatedKey, truncatedJson(notes, bytesMax));
  return written(writer);
}

function receiptsJson(notes: Notes, bytesMax: number): string {
  const receipts = [...notes.receipts.values()].map(({ rule, path, count, action }) => ({
    rule,
    path,
    count,
    action,
  }));
  return jsonList(receipts, bytesMax, (left) => ({
    rule: 'more',
    path: '*',
    count: left.reduce((sum, { count }) => sum + count, 0),
    action: 'unknown' as const,
  }));
}

function truncatedJson(notes: Notes, bytesMax: number): string {
  return jsonList(notes.truncated, bytesMax, (left) => ({
    path: '*',
    bytes: left.reduce((sum, { bytes }) => sum + bytes, 0),
    digest: '',
  }));
}

// As many as fit, and one in place of the rest.
function jsonList<T>(
  items: readonly T[],
  bytesMax: number,
  rest: (left: readonly T[]) => T,
): string {
  const texts: string[] = [];
  let bytes = 2;
  for (const [index, item] of items.entries()) {
    const text = JSON.stringify(item);
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > bytesMax) {
      texts.push(JSON.stringify(rest(items.slice(index))));
      break;
    }
    texts.push(text);
  }
  return `[${texts.join(',')}]`;
}
