import { correctLength, nothing, replaceRange, undoEdits } from './edits.ts';
import type { Pass } from './rewrite-pass.ts';
import { drop, nextField, rewriteText } from './rewrite-pass.ts';
import { rewriteAttribute } from './rewrite-value.ts';
import * as tags from './tags.ts';
import { readLength, readTag, readVarint, skipBytes, skipField } from './wire.ts';

/** Small numbers (kinds, codes, counts) have at most 32 bits; a longer varint could carry something else. */
const SMALL_VARINT_BYTES_MAX = 5;

/** A field that is not known: it could hide a value, so it goes. */
export function dropUnknown(pass: Pass, tag: number, end: number, fieldStart: number): void {
  skipField(pass.cursor, tag, end);
  replaceRange(pass.edits, fieldStart, pass.cursor.at, nothing);
}

export function keepSmallVarint(pass: Pass, end: number, fieldStart: number): void {
  const { cursor } = pass;
  const start = cursor.at;
  readVarint(cursor, end);
  if (cursor.at - start > SMALL_VARINT_BYTES_MAX) {
    replaceRange(pass.edits, fieldStart, cursor.at, nothing);
  }
}

/** A nested message at the cursor: its fields are rewritten one by one, then its length. */
export function rewriteNested(
  pass: Pass,
  end: number,
  rewriteField: (pass: Pass, stop: number) => void,
): void {
  const { cursor, edits } = pass;
  const lengthAt = cursor.at;
  const stop = readLength(cursor, end) + cursor.at;
  const start = cursor.at;
  const before = edits.delta;
  while (cursor.at < stop) rewriteField(pass, stop);
  correctLength(edits, before, lengthAt, { start, end: stop });
}

/** A top-level attribute, its tag read already. */
export function rewriteAttributeWithinLimit(pass: Pass, end: number, fieldStart: number): void {
  if (pass.bytesMax === Infinity) rewriteAttribute(pass, end, fieldStart);
  else {
    rewriteWithinLimit(pass, fieldStart, 'attributes', () => {
      rewriteAttribute(pass, end, fieldStart);
    });
  }
}

/** An attribute, event or link: kept whole or, when the message would pass its limit with it, dropped whole. */
export function rewriteWithinLimit(
  pass: Pass,
  fieldStart: number,
  path: string,
  rewrite: () => void,
): void {
  const { cursor, edits } = pass;
  const before = edits.delta;
  const count = edits.list.length;
  rewrite();
  if (pass.bytesMax === Infinity) return;
  const size = cursor.at - fieldStart + edits.delta - before;
  if (size <= pass.bytesMax) {
    pass.bytesMax -= size;
    return;
  }
  undoEdits(edits, count, before);
  replaceRange(edits, fieldStart, cursor.at, nothing);
  drop(pass, 'too_large', path);
}

export function rewriteStatusField(pass: Pass, stop: number): void {
  const fieldStart = nextField(pass);
  const tag = readTag(pass.cursor, stop);
  if (tag === tags.STATUS_MESSAGE) rewriteText(pass, stop, '', 'status');
  else if (tag === tags.STATUS_CODE) keepSmallVarint(pass, stop, fieldStart);
  else dropUnknown(pass, tag, stop, fieldStart);
}

const EVENT_NAME_IN_PATH_MAX = 64;

/** One field of an event; its attributes' paths are `event:<name>/<key>`, as far as the name stands before them. */
export function rewriteEventField(pass: Pass, stop: number): void {
  const { cursor } = pass;
  const fieldStart = nextField(pass);
  const tag = readTag(cursor, stop);
  switch (tag) {
    case tags.EVENT_TIME:
      skipBytes(cursor, 8, stop);
      return;
    case tags.EVENT_NAME:
      pass.place = `event:${eventName(pass, stop)}/`;
      return;
    case tags.EVENT_ATTRIBUTES:
      rewriteAttribute(pass, stop, fieldStart);
      return;
    case tags.EVENT_DROPPED_ATTRIBUTES:
      keepSmallVarint(pass, stop, fieldStart);
      return;
    default:
      dropUnknown(pass, tag, stop, fieldStart);
  }
}

function eventName(pass: Pass, stop: number): string {
  const { cursor } = pass;
  const lengthAt = cursor.at;
  const length = readLength(cursor, stop);
  const start = cursor.at;
  cursor.at = lengthAt;
  const changed = rewriteText(pass, stop, '', 'name');
  return textOf(changed ?? cursor.bytes.subarray(start, start + length));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, EVENT_NAME_IN_PATH_MAX)).toString('utf8');
}

/** One field of a link; an id that is none is dropped. */
export function rewriteLinkField(pass: Pass, stop: number): void {
  const { cursor } = pass;
  const fieldStart = nextField(pass);
  const tag = readTag(cursor, stop);
  switch (tag) {
    case tags.LINK_TRACE_ID:
      keepId(pass, stop, fieldStart, tags.TRACE_ID_BYTES);
      return;
    case tags.LINK_SPAN_ID:
      keepId(pass, stop, fieldStart, tags.SPAN_ID_BYTES);
      return;
    case tags.LINK_TRACE_STATE:
      rewriteText(pass, stop, '', 'trace_state');
      return;
    case tags.LINK_ATTRIBUTES:
      rewriteAttribute(pass, stop, fieldStart);
      return;
    case tags.LINK_DROPPED_ATTRIBUTES:
      keepSmallVarint(pass, stop, fieldStart);
      return;
    case tags.LINK_FLAGS:
      skipBytes(cursor, 4, stop);
      return;
    default:
      dropUnknown(pass, tag, stop, fieldStart);
  }
}

/** An id of another length than an id has is dropped: it could hide a value. */
export function keepId(pass: Pass, stop: number, fieldStart: number, bytes: number): void {
  const { cursor } = pass;
  const length = readLength(cursor, stop);
  cursor.at += length;
  if (length === bytes) return;
  replaceRange(pass.edits, fieldStart, cursor.at, nothing);
  if (length > 0) drop(pass, 'bad_id', 'id');
}
