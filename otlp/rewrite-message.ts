import type { Edits } from './edits.ts';
import { createEdits, nothing, replaceRange } from './edits.ts';
import { OtlpError } from './errors.ts';
import type { Pass, RewriteLimits } from './rewrite-pass.ts';
import { drop, FIELDS_MAX } from './rewrite-pass.ts';
import { clearNotes, notesFields } from './span-notes.ts';

/** Why a span or log record was refused. Counted; the rest of its request is accepted. */
export type RejectReason =
  'bad_trace_id' | 'bad_span_id' | 'malformed_span' | 'malformed_log' | 'too_many_fields';

/** What decides the partition of a span or log record. */
export type ItemKey = {
  /** Where its trace id lies in the request; {@link NO_TRACE} for a log record without one. */
  readonly traceIdAt: number;
  /** What stands for the trace id of a log record without one: its session, as it is stored; empty when it has none. */
  readonly apart: string;
};

export const NO_TRACE = -1;

/** What became of one span or log record: its bytes as they came (null), or with edits. */
export type ItemResult =
  | { readonly kind: 'accepted'; readonly key: ItemKey; readonly edits: Edits | null }
  | { readonly kind: 'rejected'; readonly reason: RejectReason };

/** Looks at the item between `start` and `end` (its body, without tag and length) and rewrites what must not stay. */
export type ItemRewriter = (
  pass: Pass,
  range: { readonly start: number; readonly end: number },
  limits: RewriteLimits,
) => ItemResult;

/** The result, or the rejection of an item whose own bytes are broken. */
export function orRejected(broken: RejectReason, rewrite: () => ItemResult): ItemResult {
  try {
    return rewrite();
  } catch (error) {
    if (!(error instanceof OtlpError)) throw error;
    const isTooMuch = error.code === 'OTLP_TOO_MANY_FIELDS';
    return { kind: 'rejected', reason: isTooMuch ? 'too_many_fields' : broken };
  }
}

type Message = { readonly start: number; readonly end: number; readonly tag: number };

/**
 * Walks a message (span, log record, resource, scope) and appends its notes as attributes with the given tag. A message that is above
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
