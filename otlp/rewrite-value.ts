import { cached } from '../schemas/byte-cache.ts';
import { correctLength, nothing, replaceRange, undoEdits } from './edits.ts';
import { createOutcomeMemory } from './outcome-memory.ts';
import { redoField } from './redo.ts';
import type { Pass, Range } from './rewrite-pass.ts';
import {
  drop,
  droppedMark,
  nextField,
  noteAll,
  redactApart,
  rewriteBytes,
  rewriteText,
} from './rewrite-pass.ts';
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
import { readInt64, readLength, readTag, readVarint, skipBytes, skipField } from './wire.ts';
import { createWriter, writeTextField, written } from './writer.ts';

/** Numbers of fewer digits than a card's are not asked for, unless their key is sensitive. */
const CARD_NUMBER_MIN = 1e12;

/** An attribute at the cursor, its tag at `fieldStart` read already. A reserved one is removed. */
export function rewriteAttribute(pass: Pass, end: number, fieldStart: number): void {
  const { cursor } = pass;
  const lengthAt = cursor.at;
  const stop = readLength(cursor, end) + cursor.at;
  cursor.at = lengthAt;
  redoField(pass, attributes, { start: fieldStart, end: stop }, rewriteUnknown);
}

/** Attributes of a deployment's vocabulary, its users and sessions among them. */
const attributes = createOutcomeMemory(2 ** 16, 160);

// The cursor stands behind the tag.
function rewriteUnknown(pass: Pass, { start: fieldStart, end }: Range): void {
  const { cursor, edits } = pass;
  const lengthAt = cursor.at;
  const stop = readLength(cursor, end) + cursor.at;
  const start = cursor.at;
  const before = edits.delta;
  const editsBefore = edits.list.length;
  const isReserved = rewriteKeyValueBody(pass, stop, '', 0);
  if (isReserved) {
    undoEdits(edits, editsBefore, before);
    replaceRange(edits, fieldStart, stop, nothing);
  } else correctLength(edits, before, lengthAt, { start, end: stop });
}

function rewriteKeyValue(pass: Pass, end: number, parent: string, depth: number): void {
  const { cursor } = pass;
  const lengthAt = cursor.at;
  const stop = readLength(cursor, end) + cursor.at;
  const start = cursor.at;
  const before = pass.edits.delta;
  const editsBefore = pass.edits.list.length;
  const isReserved = rewriteKeyValueBody(pass, stop, parent, depth);
  // Only under an empty key; nobody needs it. Edits never overlap, so those within go first.
  if (isReserved) {
    undoEdits(pass.edits, editsBefore, before);
    replaceRange(pass.edits, start, stop, nothing);
  }
  correctLength(pass.edits, before, lengthAt, { start, end: stop });
}

// The key says how the value is treated, so the key comes first: as nearly every encoder writes it. Says whether the key is a
// reserved one, and then leaves the value alone.
function rewriteKeyValueBody(pass: Pass, stop: number, parent: string, depth: number): boolean {
  const { cursor } = pass;
  const start = cursor.at;
  if (cursor.bytes[start] !== KEY_VALUE_KEY) return rewriteUnordered(pass, stop, parent, depth);
  cursor.at = start + 1;
  const keyEnd = readLength(cursor, stop) + cursor.at;
  cursor.at = keyEnd;
  if (keyEnd < stop) {
    const valueAt = keyEnd + 1;
    cursor.at = valueAt;
    const isUsual =
      cursor.bytes[keyEnd] === KEY_VALUE_VALUE && readLength(cursor, stop) + cursor.at === stop;
    cursor.at = start;
    if (!isUsual) return rewriteUnordered(pass, stop, parent, depth);
    const path = rewriteKey(pass, start, keyEnd, parent);
    cursor.at = valueAt;
    if (path !== null) rewriteAnyValue(pass, stop, path, depth);
    cursor.at = stop;
    return path === null;
  }
  const path = rewriteKey(pass, start, keyEnd, parent);
  cursor.at = stop;
  return path === null;
}

// The key may stand behind the value or come twice: first see where they are. Of several the last holds, as it does for every
// reader; the others go.
function rewriteUnordered(pass: Pass, stop: number, parent: string, depth: number): boolean {
  const { cursor } = pass;
  let key = NONE;
  let keyEnd = 0;
  let value = NONE;
  let valueEnd = 0;
  while (cursor.at < stop) {
    const fieldStart = nextField(pass);
    const tag = readTag(cursor, stop);
    skipField(cursor, tag, stop);
    if (tag === KEY_VALUE_KEY) {
      dropField(pass, key, keyEnd);
      key = fieldStart;
      keyEnd = cursor.at;
    } else if (tag === KEY_VALUE_VALUE) {
      dropField(pass, value, valueEnd);
      value = fieldStart;
      valueEnd = cursor.at;
    } else dropField(pass, fieldStart, cursor.at);
  }
  const path = key === NONE ? parent : rewriteKey(pass, key, keyEnd, parent);
  if (path !== null && value !== NONE) {
    cursor.at = value;
    readTag(cursor, valueEnd);
    rewriteAnyValue(pass, valueEnd, path, depth);
  }
  cursor.at = stop;
  return path === null;
}

const NONE = -1;

function dropField(pass: Pass, start: number, end: number): void {
  if (start !== NONE) replaceRange(pass.edits, start, end, nothing);
}

// Gives the dotted path as it stands after redaction, so that no note repeats what a key hid; null for a reserved key.
function rewriteKey(pass: Pass, fieldStart: number, end: number, parent: string): string | null {
  const { cursor } = pass;
  cursor.at = fieldStart;
  readTag(cursor, end);
  const lengthAt = cursor.at;
  const size = readLength(cursor, end);
  const facts = cached(pass.keys, cursor.bytes, cursor.at, end);
  if (parent === '' && facts.isReserved) return null;
  let { text } = facts;
  if (!facts.isClean || size > pass.valueMax) {
    cursor.at = lengthAt;
    const changed = rewriteText(pass, end, '', '(key)');
    if (changed !== null) text = Buffer.from(changed).toString('utf8');
  }
  if (parent === '') return shortPath(text);
  // Whatever lies under a sensitive key is treated as that key says.
  return pass.redactor.isSensitiveKey(parent) ? parent : shortPath(`${parent}.${text}`);
}

const PATH_LENGTH_MAX = 512;

// A path is read for each value below it. What a key means stands at its beginning or at its end (`isSensitiveKey`).
function shortPath(path: string): string {
  if (path.length <= PATH_LENGTH_MAX) return path;
  return `${path.slice(0, PATH_LENGTH_MAX / 2)}…${path.slice(-PATH_LENGTH_MAX / 2)}`;
}

/** A log record's body at the cursor, its tag read already: any value, its paths beginning with the given one. */
export function rewriteBody(pass: Pass, end: number, path: string): void {
  rewriteAnyValue(pass, end, path, 0);
}

function rewriteAnyValue(pass: Pass, end: number, path: string, depth: number): void {
  const { cursor, edits } = pass;
  const lengthAt = cursor.at;
  const stop = readLength(cursor, end) + cursor.at;
  const start = cursor.at;
  const before = edits.delta;
  if (depth > pass.limits.valueDepthMax) {
    cursor.at = stop;
    drop(pass, 'too_deep', path);
    replaceRange(edits, start, stop, textValue(droppedMark('too_deep').toString()));
  }
  while (cursor.at < stop) rewriteAnyField(pass, stop, path, depth);
  correctLength(edits, before, lengthAt, { start, end: stop });
}

function rewriteAnyField(pass: Pass, stop: number, path: string, depth: number): void {
  const { cursor } = pass;
  const fieldStart = nextField(pass);
  const tag = readTag(cursor, stop);
  switch (tag) {
    case ANY_STRING:
      rewriteText(pass, stop, path, path);
      return;
    case ANY_BYTES:
      rewriteBytes(pass, stop, path, path);
      return;
    case ANY_BOOL:
      // A varint has room for a card number; a truth value has not.
      if (readVarint(cursor, stop) > 1) replaceRange(pass.edits, fieldStart, cursor.at, truth);
      return;
    case ANY_INT:
      rewriteNumber(pass, fieldStart, path, readInt64(cursor, stop));
      return;
    case ANY_DOUBLE:
      rewriteNumber(pass, fieldStart, path, cursor.bytes.readDoubleLE(skipBytes(cursor, 8, stop)));
      return;
    case ANY_ARRAY:
      rewriteList(pass, stop, (end) => rewriteAnyValue(pass, end, path, depth + 1));
      return;
    case ANY_KVLIST:
      rewriteList(pass, stop, (end) => rewriteKeyValue(pass, end, path, depth + 1));
      return;
    default:
      skipField(cursor, tag, stop);
      replaceRange(pass.edits, fieldStart, cursor.at, nothing);
  }
}

const truth = Buffer.of(ANY_BOOL, 1);

function rewriteList(pass: Pass, end: number, rewriteItem: (end: number) => void): void {
  const { cursor, edits } = pass;
  const lengthAt = cursor.at;
  const stop = readLength(cursor, end) + cursor.at;
  const start = cursor.at;
  const before = edits.delta;
  while (cursor.at < stop) {
    const fieldStart = nextField(pass);
    const tag = readTag(cursor, stop);
    if (tag === LIST_VALUES) rewriteItem(stop);
    else {
      skipField(cursor, tag, stop);
      replaceRange(edits, fieldStart, cursor.at, nothing);
    }
  }
  correctLength(edits, before, lengthAt, { start, end: stop });
}

// A card number sent as a number becomes the text that is left of it.
function rewriteNumber(pass: Pass, fieldStart: number, path: string, value: number | bigint): void {
  const isLarge = value >= CARD_NUMBER_MIN || value <= -CARD_NUMBER_MIN;
  const isWhole = typeof value === 'bigint' || Number.isInteger(value);
  if (!(isLarge && isWhole) && !pass.redactor.isSensitiveKey(path, true)) return;
  const digits = isWhole && isLarge ? BigInt(value).toString() : String(value);
  const redaction = redactApart(pass, path, digits);
  if (redaction === null) return;
  noteAll(pass, path, redaction.receipts);
  const text = textValue(Buffer.from(redaction.replacement).toString('utf8'));
  replaceRange(pass.edits, fieldStart, pass.cursor.at, text);
}

function textValue(text: string): Buffer {
  const writer = createWriter(text.length + 16);
  writeTextField(writer, ANY_STRING, text);
  return written(writer);
}
