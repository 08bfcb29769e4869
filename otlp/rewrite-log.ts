import { readKeyValue } from './decode-value.ts';
import { applyEdits, nothing, replaceRange } from './edits.ts';
import { logHome } from './log-home.ts';
import {
  dropUnknown,
  keepId,
  keepSmallVarint,
  rewriteAttributeWithinLimit,
  rewriteWithinLimit,
} from './rewrite-fields.ts';
import type { ItemRewriter } from './rewrite-message.ts';
import { NO_TRACE, orRejected, rewriteBounded } from './rewrite-message.ts';
import type { Pass } from './rewrite-pass.ts';
import { nextField, rewriteText } from './rewrite-pass.ts';
import { isId } from './rewrite-span.ts';
import { rewriteBody } from './rewrite-value.ts';
import type { AttributeValue } from './span.ts';
import * as tags from './tags.ts';
import { cursorOver, readTag, skipBytes, skipField } from './wire.ts';

/** Looks at one log record and rewrites what must not stay. A record needs no ids: one that is none is dropped, the record stays. */
export const rewriteLog: ItemRewriter = (pass, range, limits) =>
  orRejected('malformed_log', () => rewriteWellFormed(pass, range, limits));

const rewriteWellFormed: ItemRewriter = (pass, { start, end }, limits) => {
  const ids = { traceIdAt: NO_TRACE };
  const edits = rewriteBounded(pass, { start, end, tag: tags.LOG_ATTRIBUTES }, limits, () => {
    ids.traceIdAt = NO_TRACE;
    while (pass.cursor.at < end) rewriteLogField(pass, end, ids);
  });
  const { bytes } = pass.cursor;
  if (pass.isTooLarge) return { kind: 'rejected', reason: 'too_many_fields' };
  if (isId(bytes, ids.traceIdAt, tags.TRACE_ID_BYTES)) {
    return { kind: 'accepted', key: { traceIdAt: ids.traceIdAt, apart: '' }, edits };
  }
  const stored = edits === null ? bytes.subarray(start, end) : applyEdits(edits, bytes, start, end);
  return { kind: 'accepted', key: { traceIdAt: NO_TRACE, apart: homeOf(stored) }, edits };
};

function rewriteLogField(pass: Pass, end: number, ids: { traceIdAt: number }): void {
  const { cursor } = pass;
  const fieldStart = nextField(pass);
  const tag = readTag(cursor, end);
  switch (tag) {
    case tags.LOG_ATTRIBUTES:
      rewriteAttributeWithinLimit(pass, end, fieldStart);
      return;
    case tags.LOG_BODY:
      rewriteWithinLimit(pass, fieldStart, 'body', () => rewriteBody(pass, end, 'body'));
      return;
    case tags.LOG_SEVERITY_TEXT:
      rewriteText(pass, end, '', 'severity');
      return;
    case tags.LOG_EVENT_NAME:
      rewriteText(pass, end, '', 'event_name');
      return;
    case tags.LOG_TRACE_ID:
      rewriteTraceId(pass, end, fieldStart, ids);
      return;
    case tags.LOG_SPAN_ID:
      keepId(pass, end, fieldStart, tags.SPAN_ID_BYTES);
      return;
    case tags.LOG_SEVERITY_NUMBER:
    case tags.LOG_DROPPED_ATTRIBUTES:
      keepSmallVarint(pass, end, fieldStart);
      return;
    case tags.LOG_TIME:
    case tags.LOG_OBSERVED_TIME:
      skipBytes(cursor, 8, end);
      return;
    case tags.LOG_FLAGS:
      skipBytes(cursor, 4, end);
      return;
    default:
      dropUnknown(pass, tag, end, fieldStart);
  }
}

// The first of the right length holds and any other goes, so that the partition is that of the id which a reader finds.
function rewriteTraceId(
  pass: Pass,
  end: number,
  fieldStart: number,
  ids: { traceIdAt: number },
): void {
  const editsBefore = pass.edits.list.length;
  keepId(pass, end, fieldStart, tags.TRACE_ID_BYTES);
  if (pass.edits.list.length > editsBefore) return;
  const { at } = pass.cursor;
  if (ids.traceIdAt === NO_TRACE) ids.traceIdAt = at - tags.TRACE_ID_BYTES;
  else replaceRange(pass.edits, fieldStart, at, nothing);
}

function homeOf(log: Buffer): string {
  const cursor = cursorOver(log);
  const attributes = new Map<string, AttributeValue>();
  while (cursor.at < log.length) {
    const tag = readTag(cursor, log.length);
    if (tag === tags.LOG_ATTRIBUTES) readKeyValue(cursor, log.length, attributes);
    else skipField(cursor, tag, log.length);
  }
  return logHome(attributes);
}
