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
import type { ItemResult, ItemRewriter } from './rewrite-message.ts';
import { orRejected, rewriteBounded } from './rewrite-message.ts';
import type { Pass } from './rewrite-pass.ts';
import { nextField, rewriteText } from './rewrite-pass.ts';
import * as tags from './tags.ts';
import { readLength, readTag, skipBytes } from './wire.ts';

type Ids = { traceIdAt: number; spanIdAt: number };

/** Looks at one span and rewrites what must not stay. */
export const rewriteSpan: ItemRewriter = (pass, range, limits) =>
  orRejected('malformed_span', () => rewriteWellFormed(pass, range, limits));

const rewriteWellFormed: ItemRewriter = (pass, { start, end }, limits) => {
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
  return { kind: 'accepted', key: { traceIdAt, apart: '' }, edits };
};

const rejectedTraceId: ItemResult = { kind: 'rejected', reason: 'bad_trace_id' };
const rejectedSpanId: ItemResult = { kind: 'rejected', reason: 'bad_span_id' };

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

/** Whether an id stands there that is not all zeros. */
export function isId(bytes: Buffer, at: number, length: number): boolean {
  if (at < 0) return false;
  for (let index = at; index < at + length; index += 1) if (bytes[index] !== 0) return true;
  return false;
}
