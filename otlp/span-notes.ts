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
export type Notes = { readonly receipts: Receipt[]; readonly truncated: Truncated[] };

type Receipt = {
  readonly rule: string;
  readonly path: string;
  count: number;
  readonly action: RedactionReceipt['action'];
  readonly class?: string;
  /** Version of the key that made the tokens. */
  readonly key?: number;
  tokens?: readonly string[];
};

type Truncated = {
  readonly path: string;
  /** Size before the cut, after redaction. */
  readonly bytes: number;
  /** SHA-256 of the value before the cut, after redaction; hex. */
  readonly digest: string;
};

/** What redaction did to a whole request: how many places by class, rule and action. */
export type RedactionTally = Map<string, RedactionCount>;

export type RedactionCount = {
  /** Empty where the rule has none. */
  readonly dataClass: string;
  readonly rule: string;
  readonly action: RedactionReceipt['action'];
  count: number;
};

export function addToTally(tally: RedactionTally, { receipts }: Notes): void {
  for (const { rule, action, count, class: dataClass = '' } of receipts) {
    const key = `${dataClass}/${rule}/${action}`;
    const known = tally.get(key);
    if (known) known.count += count;
    else tally.set(key, { dataClass, rule, action, count });
  }
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
  const { receipts } = notes;
  const place = receipts.length < PATHS_KEPT_MAX ? shortened(path) : '*';
  for (const known of receipts) {
    if (known.rule !== receipt.rule || known.path !== place) continue;
    if (known.action !== receipt.action || known.class !== receipt.dataClass) continue;
    known.count += receipt.count;
    if (receipt.tokens) known.tokens = distinctTokens(known.tokens, receipt.tokens);
    return;
  }
  const { rule, count, action, dataClass, keyVersion, tokens } = receipt;
  receipts.push({
    rule,
    path: place,
    count,
    action,
    ...(dataClass === undefined ? {} : { class: dataClass }),
    ...(keyVersion === undefined ? {} : { key: keyVersion }),
    ...(tokens === undefined ? {} : { tokens: distinctTokens(undefined, tokens) }),
  });
}

function distinctTokens(
  known: readonly string[] | undefined,
  more: readonly string[],
): readonly string[] {
  if (known === undefined && more.length <= 1) return more;
  return [...new Set([...(known ?? []), ...more])].slice(0, RECEIPT_TOKENS_MAX);
}

/** A receipt that was noted, as one to be noted elsewhere. */
export function notedReceipt({ rule, count, action, ...rest }: Receipt): RedactionReceipt {
  const { class: dataClass, key: keyVersion, tokens } = rest;
  return {
    rule,
    count,
    action,
    ...(dataClass === undefined ? {} : { dataClass }),
    ...(keyVersion === undefined ? {} : { keyVersion }),
    ...(tokens === undefined ? {} : { tokens }),
  };
}

export function noteCut(notes: Notes, path: string, whole: Uint8Array): void {
  const digest = createHash('sha256').update(whole).digest('hex');
  const place = notes.truncated.length < PATHS_KEPT_MAX ? shortened(path) : '*';
  notes.truncated.push({ path: place, bytes: whole.length, digest });
}

/** The notes as `KeyValue` fields with the given tag; each list takes at most `bytesMax`, and says what it left out. */
export function notesFields(notes: Notes, tag: number, bytesMax: number): Buffer {
  if (notes.receipts.length === 0 && notes.truncated.length === 0) return noFields;
  if (notes.truncated.length > 0) return renderedFields(notes, tag, bytesMax);
  // Most spans of a deployment have the same few receipts: what was written once is copied.
  const known = recent.find((entry) => entry.tag === tag && isSame(entry, notes, bytesMax));
  if (known) return known.fields;
  const fields = Buffer.from(renderedFields(notes, tag, bytesMax));
  const receipts = notes.receipts.map((receipt) => ({ ...receipt }));
  recent[oldest] = { tag, bytesMax, receipts, fields };
  oldest = (oldest + 1) % RECENT_MAX;
  return fields;
}

type Rendered = {
  readonly tag: number;
  readonly bytesMax: number;
  readonly receipts: readonly Receipt[];
  readonly fields: Buffer;
};

const noFields = Buffer.alloc(0);
const RECENT_MAX = 16;
const recent: Rendered[] = [];
let oldest = 0;

function isSame(entry: Rendered, { receipts }: Notes, bytesMax: number): boolean {
  if (entry.receipts.length !== receipts.length || entry.bytesMax !== bytesMax) return false;
  for (let at = 0; at < receipts.length; at += 1) {
    const one = entry.receipts[at];
    const other = receipts[at];
    if (one?.path !== other?.path || one?.rule !== other?.rule) return false;
    if (one?.count !== other?.count || one?.action !== other?.action) return false;
    if (one?.class !== other?.class || !haveSameTokens(one, other)) return false;
  }
  return true;
}

function haveSameTokens(one: Receipt | undefined, other: Receipt | undefined): boolean {
  const [tokens, others] = [one?.tokens, other?.tokens];
  // What redaction remembers of a value is the very same list.
  if (tokens === others) return true;
  if (tokens?.length !== others?.length || one?.key !== other?.key) return false;
  return tokens?.every((token, at) => token === others?.[at]) ?? true;
}

function renderedFields(notes: Notes, tag: number, bytesMax: number): Buffer {
  const writer = createWriter(512);
  const add = (key: string, json: string): void => {
    const keyValue = openMessage(writer, tag);
    writeTextField(writer, KEY_VALUE_KEY, key);
    const value = openMessage(writer, KEY_VALUE_VALUE);
    writeTextField(writer, ANY_STRING, json);
    closeMessage(writer, value);
    closeMessage(writer, keyValue);
  };
  if (notes.receipts.length > 0) add(receiptsKey, receiptsJson(notes.receipts, bytesMax));
  if (notes.truncated.length > 0) add(truncatedKey, truncatedJson(notes.truncated, bytesMax));
  return written(writer);
}

function receiptsJson(receipts: readonly Receipt[], bytesMax: number): string {
  return jsonList(receipts, bytesMax, (left) => ({
    rule: 'more',
    path: '*',
    count: left.reduce((sum, { count }) => sum + count, 0),
    action: 'unknown' as const,
  }));
}

function truncatedJson(truncated: readonly Truncated[], bytesMax: number): string {
  return jsonList(truncated, bytesMax, (left) => ({
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

function shortened(path: string): string {
  return path.length <= PATH_LENGTH_MAX ? path : path.slice(0, PATH_LENGTH_MAX);
}
