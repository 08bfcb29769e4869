import type { Redaction, RedactionReceipt, Redactor } from '../schemas/redactor.ts';
import type { ByteCache } from '../schemas/byte-cache.ts';
import { createByteCache } from '../schemas/byte-cache.ts';
import type { Edits } from './edits.ts';
import { createEdits, delimited, replaceRange } from './edits.ts';
import { OtlpError } from './errors.ts';
import { ownerNumber, viewOf } from './outcome-memory.ts';
import type { Notes } from './span-notes.ts';
import { createNotes, noteCut, noteReceipt, reservedPrefix } from './span-notes.ts';
import type { Cursor } from './wire.ts';
import { readLength } from './wire.ts';

export type Range = { readonly start: number; readonly end: number };

/** Bytes, and how deep a value may nest: those of `schemas/limits.ts`. */
export type RewriteLimits = {
  readonly spanBytesMax: number;
  readonly messageBytesMax: number;
  readonly valueBytesMax: number;
  readonly valueDepthMax: number;
};

/** One walk over one message (span, resource, scope): what it decides, and by which limits. */
export type Pass = {
  readonly cursor: Cursor;
  /** The cursor's bytes. */
  readonly words: DataView;
  readonly redactor: Redactor;
  readonly keys: ByteCache<KeyFacts>;
  readonly limits: RewriteLimits;
  /** Longer texts are cut to this. */
  valueMax: number;
  /** Fields that would bring the message above this are dropped. */
  bytesMax: number;
  /** Fields that the message may still have, at any depth; below 0 it is refused: see {@link nextField}. */
  fieldsLeft: number;
  /** Set when nothing but dropping the whole message helped. */
  isTooLarge: boolean;
  edits: Edits;
  notes: Notes;
  /** Whose outcomes may be remembered; 0 where nothing is. */
  readonly owner: number;
  /** Begins the path of each note: empty, `event:<name>/`, `link/`, `resource:`, `scope:`. */
  place: string;
  /** Sizes of the texts met, when the message may be too large: what the cut is computed from. */
  textSizes: number[] | null;
};

/** What an attribute's key decides, once for all spans that have it. */
export type KeyFacts = {
  readonly text: string;
  readonly isReserved: boolean;
  readonly isSensitive: boolean;
  /** Whether the key itself may stay as it is. */
  readonly isClean: boolean;
};

export function createPass(cursor: Cursor, redactor: Redactor, limits: RewriteLimits): Pass {
  return {
    cursor,
    words: viewOf(cursor.bytes),
    redactor,
    keys: keysOf(redactor),
    limits,
    valueMax: limits.valueBytesMax,
    bytesMax: Infinity,
    fieldsLeft: FIELDS_MAX,
    isTooLarge: false,
    edits: createEdits(),
    notes: createNotes(),
    owner: ownerNumber(redactor, limits),
    place: '',
    textSizes: null,
  };
}

/**
 * Fields of one message, nested ones too. A span of the largest size with the smallest of attributes has a tenth of it; without a
 * bound, a request of two-byte fields would become gigabytes of edits.
 */
export const FIELDS_MAX = 2 ** 18;

/** Counts a field that begins at the cursor, and gives its place. Throws `OTLP_TOO_MANY_FIELDS`. */
export function nextField(pass: Pass): number {
  pass.fieldsLeft -= 1;
  if (pass.fieldsLeft < 0) {
    throw new OtlpError('OTLP_TOO_MANY_FIELDS', `a message has more than ${FIELDS_MAX} fields`);
  }
  return pass.cursor.at;
}

/** What takes the place of a value that could not be looked at. */
export function droppedMark(reason: DropReason): Buffer {
  return Buffer.from(`[DROPPED:${reason}]`);
}

export type DropReason = 'engine_failure' | 'too_deep';

/**
 * Redacts and cuts the length-delimited text at the cursor, whose length is yet to be read, and moves behind it. Gives what now
 * stands there, or null when nothing changed. Fails closed: a text that the redactor throws on is dropped.
 */
export function rewriteText(
  pass: Pass,
  end: number,
  keyPath: string,
  path: string,
): Uint8Array | null {
  const { cursor } = pass;
  const lengthAt = cursor.at;
  const length = readLength(cursor, end);
  const start = cursor.at;
  cursor.at = start + length;
  if (length === 0) return null;
  const redaction = redacted(pass, keyPath, start, true);
  return settle(pass, { lengthAt, start }, path, redaction);
}

/** The same for bytes that need not be text. */
export function rewriteBytes(pass: Pass, end: number, keyPath: string, path: string): void {
  const { cursor } = pass;
  const lengthAt = cursor.at;
  const length = readLength(cursor, end);
  const start = cursor.at;
  cursor.at = start + length;
  if (length > 0) settle(pass, { lengthAt, start }, path, redacted(pass, keyPath, start, false));
}

/** The redaction of a text that is not in the message as such (a number in decimal digits). */
export function redactApart(pass: Pass, keyPath: string, text: string): Redaction | null {
  try {
    return pass.redactor.redactValue(keyPath, Buffer.from(text));
  } catch {
    return engineFailure;
  }
}

export function noteAll(pass: Pass, path: string, receipts: readonly RedactionReceipt[]): void {
  for (const receipt of receipts) noteReceipt(pass.notes, pass.place + path, receipt);
}

export function drop(pass: Pass, rule: string, path: string): void {
  noteReceipt(pass.notes, pass.place + path, { rule, count: 1, action: 'drop' });
}

type Field = { readonly lengthAt: number; readonly start: number };

// `pass.cursor` stands at the field's end.
function settle(
  pass: Pass,
  { lengthAt, start }: Field,
  path: string,
  redaction: Redaction | null,
): Uint8Array | null {
  const { bytes, at: end } = pass.cursor;
  const size = redaction === null ? end - start : redaction.replacement.length;
  pass.textSizes?.push(size);
  if (redaction === null && size <= pass.valueMax) return null;
  if (redaction !== null) noteAll(pass, path, redaction.receipts);
  let value = redaction?.replacement ?? bytes.subarray(start, end);
  if (size > pass.valueMax) {
    noteCut(pass.notes, pass.place + path, value);
    value = cutText(value, pass.valueMax);
  }
  replaceRange(pass.edits, lengthAt, end, delimited(value));
  return value;
}

function redacted(pass: Pass, keyPath: string, start: number, isText: boolean): Redaction | null {
  const { redactor, cursor } = pass;
  try {
    return isText
      ? redactor.redactValue(keyPath, cursor.bytes, start, cursor.at)
      : redactor.redactBytes(keyPath, cursor.bytes, start, cursor.at);
  } catch {
    return engineFailure;
  }
}

const engineFailure: Redaction = {
  replacement: droppedMark('engine_failure'),
  receipts: [{ rule: 'engine_failure', count: 1, action: 'drop' }],
};

// Not within a character: UTF-8 continuation bytes are 10xxxxxx.
function cutText(value: Uint8Array, bytesMax: number): Uint8Array {
  let end = bytesMax;
  while (end > 0 && ((value[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return value.subarray(0, end);
}

const KEYS_CACHED = 4096;
const KEY_CACHED_BYTES_MAX = 96;
const keysByRedactor = new WeakMap<Redactor, ByteCache<KeyFacts>>();

function keysOf(redactor: Redactor): ByteCache<KeyFacts> {
  const known = keysByRedactor.get(redactor);
  if (known) return known;
  const made = createByteCache(KEYS_CACHED, KEY_CACHED_BYTES_MAX, (bytes, start, end) =>
    factsOf(redactor, bytes, start, end),
  );
  keysByRedactor.set(redactor, made);
  return made;
}

// A redactor that throws on a key is asked again where the key is rewritten, and fails closed there.
function factsOf(redactor: Redactor, bytes: Buffer, start: number, end: number): KeyFacts {
  const text = bytes.toString('utf8', start, end);
  const isReserved = text.toLowerCase().startsWith(reservedPrefix);
  try {
    return {
      text,
      isReserved,
      isSensitive: redactor.isSensitiveKey(text),
      isClean: redactor.redactValue('', bytes, start, end) === null,
    };
  } catch {
    return { text, isReserved, isSensitive: true, isClean: false };
  }
}
