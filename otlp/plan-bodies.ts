import type { Edits } from './edits.ts';
import { applyEdits } from './edits.ts';
import { dropUnknown, keepSmallVarint, rewriteAttributeWithinLimit } from './rewrite-fields.ts';
import { rewriteBounded } from './rewrite-message.ts';
import type { OutcomeMemory } from './outcome-memory.ts';
import { createOutcomeMemory, viewOf } from './outcome-memory.ts';
import { redoMessage } from './redo.ts';
import type { Pass, Range, RewriteLimits } from './rewrite-pass.ts';
import { nextField, rewriteText } from './rewrite-pass.ts';
import type { Notes } from './span-notes.ts';
import { moveNotes, noteReceipt } from './span-notes.ts';
import * as tags from './tags.ts';
import { readTag } from './wire.ts';

/** What the parts of a request's frame are planned with. */
export type Planning = {
  readonly limits: RewriteLimits;
  /** Whether every byte of the request may stay as it came. */
  readonly plan: { isUnchanged: boolean };
  /** Where the notes of a message go that has no attributes of its own to carry them; null when it has. */
  readonly notes: Notes | null;
  /** What is to stand before a message's own notes: its attributes hold one list of them, for of two a reader takes the last. */
  readonly notesBefore?: Notes;
};

/** The body of a resource or scope. One that comes in several pieces is merged, as every reader does. */
export function planBodies(
  pass: Pass,
  ranges: readonly Range[],
  planning: Planning,
  walk: MessageWalk,
): Uint8Array {
  const { plan } = planning;
  if (ranges.length === 0) return new Uint8Array(0);
  if (ranges.length > 1) plan.isUnchanged = false;
  const source = pass.cursor.bytes;
  const first = ranges[0] ?? { start: 0, end: 0 };
  const merged =
    ranges.length === 1
      ? source.subarray(first.start, first.end)
      : Buffer.concat(ranges.map(({ start, end }) => source.subarray(start, end)));
  return planBody(
    { ...pass, cursor: { bytes: merged, at: 0 }, words: viewOf(merged) },
    walk,
    planning,
  );
}

function planBody(pass: Pass, walk: MessageWalk, planning: Planning): Uint8Array {
  const { plan, notes } = planning;
  const { bytes } = pass.cursor;
  const body = rewrittenBody(pass, walk, planning);
  if (notes !== null) moveNotes(pass.notes, notes);
  if (body === null) return bytes;
  plan.isUnchanged = false;
  return body;
}

// Null when it stays as it came. A process sends the same resource and scopes with each of its requests.
function rewrittenBody(pass: Pass, walk: MessageWalk, planning: Planning): Uint8Array | null {
  const { limits, notesBefore } = planning;
  const { bytes } = pass.cursor;
  const message = { start: 0, end: bytes.length, tag: walk.attributesTag };
  const rewrite = (): Edits | null =>
    rewriteBounded(pass, message, limits, () => {
      if (notesBefore) moveNotes(notesBefore, pass.notes);
      pass.place = walk.place;
      while (pass.cursor.at < bytes.length) walk.rewriteField(pass, bytes.length);
    });
  if (!notesBefore || !hasNotes(notesBefore)) return redoMessage(pass, walk.memory, rewrite);
  const edits = rewrite();
  return edits === null ? null : applyEdits(edits, bytes, 0, bytes.length);
}

export function hasNotes({ receipts, truncated }: Notes): boolean {
  return receipts.length > 0 || truncated.length > 0;
}

type MessageWalk = {
  readonly memory: OutcomeMemory;
  readonly place: string;
  readonly attributesTag: number;
  readonly rewriteField: (pass: Pass, end: number) => void;
};

export const resourceWalk: MessageWalk = {
  memory: createOutcomeMemory(1024, 4096),
  place: 'resource:',
  attributesTag: tags.RESOURCE_ATTRIBUTES,
  rewriteField: (pass, end) => {
    const fieldStart = nextField(pass);
    const tag = readTag(pass.cursor, end);
    if (tag === tags.RESOURCE_ATTRIBUTES) rewriteAttributeWithinLimit(pass, end, fieldStart);
    else if (tag === tags.RESOURCE_DROPPED_ATTRIBUTES) keepSmallVarint(pass, end, fieldStart);
    else dropUnknown(pass, tag, end, fieldStart);
  },
};

export const scopeWalk: MessageWalk = {
  memory: createOutcomeMemory(1024, 512),
  place: 'scope:',
  attributesTag: tags.SCOPE_ATTRIBUTES,
  rewriteField: (pass, end) => {
    const fieldStart = nextField(pass);
    const tag = readTag(pass.cursor, end);
    if (tag === tags.SCOPE_NAME) rewriteText(pass, end, '', 'name');
    else if (tag === tags.SCOPE_VERSION) rewriteText(pass, end, '', 'version');
    else if (tag === tags.SCOPE_ATTRIBUTES) rewriteAttributeWithinLimit(pass, end, fieldStart);
    else if (tag === tags.SCOPE_DROPPED_ATTRIBUTES) keepSmallVarint(pass, end, fieldStart);
    else dropUnknown(pass, tag, end, fieldStart);
  },
};

const URL_BYTES_MAX = 2048;

/** The body of a schema URL; of several the last holds. */
export function planUrl(
  pass: Pass,
  urls: readonly Range[],
  notes: Notes,
  plan: Planning['plan'],
): Uint8Array {
  const last = urls.at(-1);
  if (last === undefined) return new Uint8Array(0);
  if (urls.length > 1) plan.isUnchanged = false;
  const url = pass.cursor.bytes.subarray(last.start, last.end);
  try {
    const redaction = pass.redactor.redactValue('', url);
    if (redaction === null && url.length <= URL_BYTES_MAX) return url;
    plan.isUnchanged = false;
    for (const receipt of redaction?.receipts ?? []) noteReceipt(notes, 'schema_url', receipt);
    const kept = redaction?.replacement ?? url;
    if (kept.length <= URL_BYTES_MAX) return kept;
  } catch {
    plan.isUnchanged = false;
  }
  noteReceipt(notes, 'schema_url', { rule: 'schema_url', count: 1, action: 'drop' });
  return new Uint8Array(0);
}
