import { createHash } from 'node:crypto';
import type { RedactionReceipt } from '../schemas/redactor.ts';
import { RECEIPT_TOKENS_MAX } from '../schemas/redactor.ts';
import { ANY_STRING, KEY_VALUE_KEY, KEY_VALUE_VALUE } from './tags.ts';
import { closeMessage, createWriter, openMessage, writeTextField, written } from './writer.ts';

/** Attributes that the collector adds; whatever a sender puts under this prefix is removed. */
export const reservedPrefix = 'waybill.';
export const receiptsKey = 'waybill.receipts';
export const truncatedKey = 'waybill.truncated';

/** What was done to one span (or resource): receipts by rule and path, and values that were cut. */
export type Notes = { readonly receipts: NotedReceipt[]; readonly truncated: Truncated[] };

/** Never changed once it was made: what is remembered of an attribute is noted again and again. */
export type NotedReceipt = {
  /** Another for each that was made. */
  readonly id: number;
  readonly path: string;
  readonly count: number;
  readonly kind: ReceiptKind;
  /** Version of the key that made the tokens. */
  readonly key: number | undefined;
  readonly tokens: readonly string[] | undefined;
  /** Its JSON, once it was asked for. */
  json: string | null;
  /** The last list that ended with it, as fields: most spans of a session have the same receipts. */
  list: WrittenList | null;
};

/** It names its receipts by their ids: a receipt that is remembered must not keep all those that ever stood beside it. */
type WrittenList = {
  readonly ids: readonly number[];
  readonly tag: number;
  readonly bytesMax: number;
  readonly fields: Buffer;
};

/** Receipts of the same rule, action and class share one of these: telling them apart costs nothing. */
export type ReceiptKind = {
  readonly rule: string;
  readonly action: RedactionReceipt['action'];
  /** Empty where the rule has none. */
  readonly dataClass: string;
};

type Truncated = {
  readonly path: string;
  /** Size before the cut, after redaction. */
  readonly bytes: number;
  /** SHA-256 of the value before the cut, after redaction; hex. */
  readonly digest: string;
};

/** What redaction did to a whole request: how many places of each kind. */
export type RedactionTally = Map<ReceiptKind, number>;

export function addToTally(tally: RedactionTally, { receipts }: Notes): void {
  for (const { kind, count } of receipts) tally.set(kind, (tally.get(kind) ?? 0) + count);
}

const KINDS_MAX = 4096;
const kinds = new Map<string, ReceiptKind>();

function kindOf({ rule, action, dataClass = '' }: RedactionReceipt): ReceiptKind {
  const name = `${dataClass}/${rule}/${action}`;
  const known = kinds.get(name);
  if (known) return known;
  // Rules and classes are the engine's and the tenants' own; beyond any use of them all are forgotten, and only merging suffers.
  if (kinds.size >= KINDS_MAX) kinds.clear();
  const made = { rule, action, dataClass };
  kinds.set(name, made);
  return made;
}

const PATH_LENGTH_MAX = 128;
/** From this many on, receipts are counted by rule alone. */
const PATHS_KEPT_MAX = 64;

export function createNotes(): Notes {
  return { receipts: [], truncated: [] };
}

export function clearNotes(notes: Notes): void {
  if (notes.receipts.length > 0) notes.receipts.length = 0;
  if (notes.truncated.length > 0) notes.truncated.length = 0;
}

export function noteReceipt(notes: Notes, path: string, receipt: RedactionReceipt): void {
  const { count, keyVersion: key, tokens } = receipt;
  const kind = kindOf(receipt);
  noteAgain(notes, unwritten({ path: shortened(path), count, kind, key, tokens }));
}

/** Notes a receipt that was noted elsewhere. */
export function noteAgain({ receipts }: Notes, receipt: NotedReceipt): void {
  const isKept = receipts.length < PATHS_KEPT_MAX;
  const path = isKept ? receipt.path : '*';
  for (let at = 0; at < receipts.length; at += 1) {
    const known = receipts[at];
    if (known?.kind !== receipt.kind || known.path !== path) continue;
    receipts[at] = merged(known, receipt);
    return;
  }
  receipts.push(isKept ? receipt : unwritten({ ...receipt, path }));
}

export function moveNotes(from: Notes, to: Notes): void {
  for (const receipt of from.receipts) noteAgain(to, receipt);
  to.truncated.push(...from.truncated);
}

function merged(known: NotedReceipt, more: NotedReceipt): NotedReceipt {
  const tokens = more.tokens ? distinctTokens(known.tokens, more.tokens) : known.tokens;
  return unwritten({ ...known, count: known.count + more.count, tokens });
}

let receiptsMade = 0;

function unwritten(receipt: Omit<NotedReceipt, 'id' | 'json' | 'list'>): NotedReceipt {
  const { path, count, kind, key, tokens } = receipt;
  receiptsMade += 1;
  return { id: receiptsMade, path, count, kind, key, tokens, json: null, list: null };
}

function distinctTokens(
  known: readonly string[] | undefined,
  more: readonly string[],
): readonly string[] {
  if (known === undefined && more.length <= 1) return more;
  return [...new Set([...(known ?? []), ...more])].slice(0, RECEIPT_TOKENS_MAX);
}

export function noteCut(notes: Notes, path: string, whole: Uint8Array): void {
  const digest = createHash('sha256').update(whole).digest('hex');
  const place = notes.truncated.length < PATHS_KEPT_MAX ? shortened(path) : '*';
  notes.truncated.push({ path: place, bytes: whole.length, digest });
}

/** The notes as `KeyValue` fields with the given tag; each list takes at most `bytesMax`, and says what it left out. */
export function notesFields(notes: Notes, tag: number, bytesMax: number): Buffer {
  const { receipts, truncated } = notes;
  const last = receipts.at(-1);
  if (truncated.length > 0) return writtenFields(notes, tag, bytesMax);
  if (last === undefined) return noFields;
  const { list } = last;
  if (list && list.tag === tag && list.bytesMax === bytesMax && isListOf(list, receipts)) {
    return list.fields;
  }
  // A receipt that was written before comes again.
  const isFirst = last.json === null;
  const fields = writtenFields(notes, tag, bytesMax);
  if (!isFirst && fields.length <= LIST_BYTES_KEPT_MAX) {
    last.list = { ids: receipts.map(({ id }) => id), tag, bytesMax, fields: standalone(fields) };
  }
  return fields;
}

/** A longer list is written anew each time: as many are kept as attributes are remembered. */
const LIST_BYTES_KEPT_MAX = 2048;

function isListOf({ ids }: WrittenList, receipts: readonly NotedReceipt[]): boolean {
  return ids.length === receipts.length && ids.every((id, at) => id === receipts[at]?.id);
}

function writtenFields({ receipts, truncated }: Notes, tag: number, bytesMax: number): Buffer {
  const writer = createWriter(256 + 192 * receipts.length);
  const add = (key: string, texts: readonly string[]): void => {
    const keyValue = openMessage(writer, tag);
    writeTextField(writer, KEY_VALUE_KEY, key);
    const value = openMessage(writer, KEY_VALUE_VALUE);
    writeTextField(writer, ANY_STRING, `[${texts.join(',')}]`);
    closeMessage(writer, value);
    closeMessage(writer, keyValue);
  };
  if (receipts.length > 0)
    add(receiptsKey, fitting(receipts, bytesMax, receiptJson, restOfReceipts));
  if (truncated.length > 0)
    add(
      truncatedKey,
      fitting(truncated, bytesMax, (cut) => JSON.stringify(cut), restOfTruncated),
    );
  return written(writer);
}

const noFields = Buffer.alloc(0);

function receiptJson(receipt: NotedReceipt): string {
  const { kind, path, count, key, tokens } = receipt;
  const { rule, action, dataClass } = kind;
  if (receipt.json) return receipt.json;
  const json = JSON.stringify({
    rule,
    path,
    count,
    action,
    ...(dataClass === '' ? {} : { class: dataClass }),
    ...(key === undefined ? {} : { key }),
    ...(tokens === undefined ? {} : { tokens }),
  });
  receipt.json = json;
  return json;
}

function restOfReceipts(left: readonly NotedReceipt[]): object {
  const count = left.reduce((sum, receipt) => sum + receipt.count, 0);
  return { rule: 'more', path: '*', count, action: 'unknown' };
}

function restOfTruncated(left: readonly Truncated[]): object {
  return { path: '*', bytes: left.reduce((sum, { bytes }) => sum + bytes, 0), digest: '' };
}

// As many as fit, and one in place of the rest.
function fitting<T>(
  items: readonly T[],
  bytesMax: number,
  jsonOf: (item: T) => string,
  rest: (left: readonly T[]) => object,
): readonly string[] {
  const texts: string[] = [];
  let bytes = 2;
  for (const item of items) {
    const text = jsonOf(item);
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > bytesMax) {
      texts.push(JSON.stringify(rest(items.slice(texts.length))));
      break;
    }
    texts.push(text);
  }
  return texts;
}

/** A copy that shares its memory with nothing: a slice of Node's pool would hold all of it. */
export function standalone(source: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(source.length);
  copy.set(source);
  return copy;
}

function shortened(path: string): string {
  return path.length <= PATH_LENGTH_MAX ? path : path.slice(0, PATH_LENGTH_MAX);
}
