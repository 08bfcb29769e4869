import type { Edits } from './edits.ts';
import { applyEdits, createEdits, nothing, replaceRange } from './edits.ts';
import { OtlpError } from './errors.ts';
import {
  dropUnknown,
  keepId,
  keepSmallVarint,
  rewriteAttributeWithinLimit,
  rewriteEventField,
  rewriteLinkField,
  rewriteNested,
  rewriteStatusField,
  rewriteWithinLimit,
} from './rewrite-fields.ts';
import type { Pass, RewriteLimits } from './rewrite-pass.ts';
import { drop, FIELDS_MAX, nextField, rewriteText } from './rewrite-pass.ts';
import { clearNotes, notesFields } from './span-notes.ts';
import * as tags from './tags.ts';
import { readLength, readTag, skipBytes } from './wire.ts';

/** Why a span was refused. Counted; the rest of its request is accepted. */
export type RejectReason = 'bad_trace_id' | 'bad_span_id' | 'malformed_span' | 'too_many_fields';

/** What became of one span: its bytes as they came, or rewritten. */
export type SpanResult =
  | { readonly kind: 'kept'; readonly traceIdAt: number }
  | { readonly kind: 'rewritten'; readonly traceIdAt: number; readonly body: Buffer }
  | { readonly kind: 'rejected'; readonly reason: RejectReason };

/** Looks at the span between `start` and `end` (its body, without tag and length) and rewrites what must not stay. */
export function rewriteSpan(
  pass: Pass,
  start: number,
  end: number,
  limits: RewriteLimits,
): SpanResult {
  try {
    return rewriteWellFormed(pass, start, end, limits);
  } catch (error) {
    if (!(error instanceof OtlpError)) throw error;
    const isTooMuch = error.code === 'OTLP_TOO_MANY_FIELDS';
    return { kind: 'rejected', reason: isTooMuch ? 'too_many_fields' : 'malformed_span' };
  }
}

type Ids = { traceIdAt: number; spanIdAt: number };

function rewriteWellFormed(
  pass: Pass,
  start: number,
  end: number,
  limits: RewriteLimits,
): SpanResult {
  const ids: Ids = { traceIdAt: UNSEEN, spanIdAt: UNSEEN };
  const edits = rewriteBounded(pass, { start, end, tag: tags.SPAN_ATTRIBUTES }, limits, () => {
    ids.traceIdAt = UNSEEN;
    ids.spanIdAt = UNSEEN;
    while (pass.cursor.at < end) rewriteSpanField(pass, end, ids);
  });
  const { traceIdAt } = ids;
  const { bytes } = pass.cursor;
  if (pass.isTooLarge) return { kind: 'rejected', reason: 'too_many_fields' };
  if (!isId(bytes, traceIdAt, tags.TRACE_ID_BYTES)) return rejectedTraceId;
  if (!isId(bytes, ids.spanIdAt, tags.SPAN_ID_BYTES)) return rejectedSpanId;
  if (edits === null) return { kind: 'kept', traceIdAt };
  return { kind: 'rewritten', traceIdAt, body: applyEdits(edits, bytes, start, end) };
}

const rejectedTraceId: SpanResult = { kind: 'rejected', reason: 'bad_trace_id' };
const rejectedSpanId: SpanResult = { kind: 'rejected', reason: 'bad_span_id' };

type Message = { readonly start: number; readonly end: number; readonly tag: number };

/**
 * Walks a message (span, resource, scope) and appends its notes as attributes with the given tag. A message that is above
 * `spanBytesMax` is walked again: first with its longest texts cut to what fits, then, if it is made of too many fields, without
 * those that do not fit. Null when nothing is to change.
 */
export function rewriteBounded(
  pass: Pass,
  message: Message,
  limits: RewriteLimits,
  walk: () => void,
): Edits | null {
  const { start, end } = message;
  const notesMax = Math.floor(limits.spanBytesMax / 8);
  const budget = limits.spanBytesMax - 2 * notesMax;
  const isLarge = end - start > budget / 4;
  pass.textSizes = isLarge ? [] : null;
  pass.bytesMax = Infinity;
  pass.isTooLarge = false;
  let size = walkOnce(pass, message, limits.valueBytesMax, walk);
  if (size > budget) {
    pass.textSizes ??= [];
    if (!isLarge) size = walkOnce(pass, message, limits.valueBytesMax, walk);
    const cut = largestCut(pass.textSizes, limits.valueBytesMax, size - budget);
    pass.textSizes = null;
    size = walkOnce(pass, message, cut, walk);
    if (size > budget) {
      pass.bytesMax = Math.floor(budget / 2);
      size = walkOnce(pass, message, Math.min(cut, Math.floor(budget / 8)), walk);
      if (size > budget) dropAll(pass, message);
    }
  }
  pass.textSizes = null;
  const notes = notesFields(pass.notes, message.tag, notesMax);
  if (notes.length > 0) replaceRange(pass.edits, end, end, notes);
  return pass.edits.list.length === 0 ? null : pass.edits;
}

// Thousands of names or states in one message: nobody's telemetry.
function dropAll(pass: Pass, { start, end }: Message): void {
  pass.isTooLarge = true;
  pass.edits = createEdits();
  clearNotes(pass.notes);
  replaceRange(pass.edits, start, end, nothing);
  drop(pass, 'too_large', '*');
}

function walkOnce(pass: Pass, message: Message, valueMax: number, walk: () => void): number {
  if (pass.edits.list.length > 0) pass.edits = createEdits();
  clearNotes(pass.notes);
  pass.place = '';
  pass.valueMax = valueMax;
  pass.fieldsLeft = FIELDS_MAX;
  if (pass.textSizes !== null) pass.textSizes.length = 0;
  pass.cursor.at = message.start;
  walk();
  return message.end - message.start + pass.edits.delta;
}

const CUT_BYTES_MIN = 64;

// The largest length that, with all longer texts cut to it, saves `excess` bytes.
function largestCut(sizes: readonly number[], from: number, excess: number): number {
  let low = CUT_BYTES_MIN;
  let high = from;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    let saved = 0;
    for (const size of sizes) saved += Math.max(0, Math.min(size, from) - middle);
    if (saved >= excess) low = middle;
    else high = middle - 1;
  }
  return low;
}

function rewriteSpanField(pass: Pass, end: number, ids: Ids): void {
  const { cursor } = pass;
  const fieldStart = nextField(pass);
  const tag = readTag(cursor, end);
  switch (tag) {
    case tags.SPAN_ATTRIBUTES:
      rewriteAttributeWithinLimit(pass, end, fieldStart);
      return;
    case tags.SPAN_TRACE_ID:
      ids.traceIdAt = idAt(pass, end, ids.traceIdAt, tags.TRACE_ID_BYTES);
      return;
    case tags.SPAN_SPAN_ID:
      ids.spanIdAt = idAt(pass, end, ids.spanIdAt, tags.SPAN_ID_BYTES);
      return;
    case tags.SPAN_PARENT_SPAN_ID:
      keepId(pass, end, fieldStart, tags.SPAN_ID_BYTES);
      return;
    case tags.SPAN_TRACE_STATE:
      rewriteText(pass, end, '', 'trace_state');
      return;
    case tags.SPAN_NAME:
      rewriteText(pass, end, '', 'name');
      return;
    case tags.SPAN_KIND:
    case tags.SPAN_DROPPED_ATTRIBUTES:
    case tags.SPAN_DROPPED_EVENTS:
    case tags.SPAN_DROPPED_LINKS:
      keepSmallVarint(pass, end, fieldStart);
      return;
    case tags.SPAN_START_TIME:
    case tags.SPAN_END_TIME:
      skipBytes(cursor, 8, end);
      return;
    case tags.SPAN_FLAGS:
      skipBytes(cursor, 4, end);
      return;
    case tags.SPAN_EVENTS:
      rewritePart(pass, end, fieldStart, 'event/', rewriteEventField);
      return;
    case tags.SPAN_LINKS:
      rewritePart(pass, end, fieldStart, 'link/', rewriteLinkField);
      return;
    case tags.SPAN_STATUS:
      rewriteNested(pass, end, rewriteStatusField);
      return;
    default:
      dropUnknown(pass, tag, end, fieldStart);
  }
}

function rewritePart(
  pass: Pass,
  end: number,
  fieldStart: number,
  place: string,
  rewriteField: (pass: Pass, stop: number) => void,
): void {
  pass.place = place;
  rewriteWithinLimit(pass, fieldStart, '', () => rewriteNested(pass, end, rewriteField));
  pass.place = '';
}

const UNSEEN = -1;
const WRONG = -2;

// The place of an id's bytes. An id of a wrong length, or a second one, could hide a value: the span is refused.
function idAt(pass: Pass, end: number, before: number, bytes: number): number {
  const length = readLength(pass.cursor, end);
  const start = skipBytes(pass.cursor, length, end);
  return length === bytes && before === UNSEEN ? start : WRONG;
}

function isId(bytes: Buffer, at: number, length: number): boolean {
  if (at < 0) return false;
  for (let index = at; index < at + length; index += 1) if (bytes[index] !== 0) return true;
  return false;
}
