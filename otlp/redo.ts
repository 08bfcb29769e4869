import type { Outcome, OutcomeMemory } from './outcome-memory.ts';
import { keep, recall } from './outcome-memory.ts';
import type { Edits } from './edits.ts';
import { applyEdits, createEdits, replaceRange } from './edits.ts';
import type { Pass, Range } from './rewrite-pass.ts';
import { clearNotes, createNotes, moveNotes, noteAgain, standalone } from './span-notes.ts';

/**
 * A field of the message, its tag included, that many messages have: does to it what was done before, or what `rewrite` does. The
 * cursor ends behind it.
 */
export function redoField(
  pass: Pass,
  memory: OutcomeMemory,
  field: Range,
  rewrite: (pass: Pass, field: Range) => void,
): void {
  const known = isOrdinary(pass) ? lookUp(pass, memory, field) : 'new';
  if (known === 'new') return rewrite(pass, field);
  const { cursor } = pass;
  if (known === 'again') return rewriteField(pass, memory, field, rewrite);
  cursor.at = field.end;
  tellAgain(pass, known);
  if (known.change !== null) replaceRange(pass.edits, field.start, field.end, known.change);
}

function rewriteField(
  pass: Pass,
  memory: OutcomeMemory,
  field: Range,
  rewrite: (pass: Pass, field: Range) => void,
): void {
  const { edits, notes, cursor } = pass;
  const own = { edits: createEdits(), notes: createNotes() };
  let change: Uint8Array | null = null;
  try {
    Object.assign(pass, own);
    change = observed(pass, memory, field, () => {
      rewrite(pass, field);
      return appliedTo(pass, field, pass.edits);
    });
  } finally {
    Object.assign(pass, { edits, notes });
  }
  cursor.at = field.end;
  moveNotes(own.notes, notes);
  if (change !== null) replaceRange(edits, field.start, field.end, change);
}

/** The same for a whole message, the cursor's bytes; null when it stays as it came. Its notes are `pass.notes` then. */
export function redoMessage(
  pass: Pass,
  memory: OutcomeMemory,
  rewrite: () => Edits | null,
): Uint8Array | null {
  const whole = { start: 0, end: pass.cursor.bytes.length };
  const known = lookUp(pass, memory, whole);
  if (known === 'new') return appliedTo(pass, whole, rewrite());
  if (known === 'again') {
    return observed(pass, memory, whole, () => appliedTo(pass, whole, rewrite()));
  }
  clearNotes(pass.notes);
  tellAgain(pass, known);
  return known.change;
}

// A message that is walked for its sizes, or again with less room, is not.
function isOrdinary({ place, textSizes, bytesMax, valueMax, limits }: Pass): boolean {
  if (textSizes !== null || bytesMax !== Infinity) return false;
  return place === '' && valueMax === limits.valueBytesMax;
}

function lookUp({ owner, words }: Pass, memory: OutcomeMemory, { start, end }: Range) {
  if (owner === 0 || end - start > memory.bytesMax) return 'new';
  return recall(memory, owner, words, start, end);
}

/** Keeps what `rewrite` does, unless it holds for this request only. */
function observed(
  pass: Pass,
  memory: OutcomeMemory,
  { start, end }: Range,
  rewrite: () => Buffer | null,
): Uint8Array | null {
  const { witness } = pass.redactor;
  witness?.begin();
  let principals: Outcome['principals'] | null = null;
  let change: Buffer | null = null;
  try {
    change = rewrite();
  } finally {
    principals = witness?.end() ?? null;
  }
  const { receipts, truncated } = pass.notes;
  if (principals === null || truncated.length > 0) return change;
  const outcome = {
    change: change && standalone(change),
    receipts: [...receipts],
    principals,
  };
  keep(memory, pass.owner, pass.cursor.bytes.subarray(start, end), outcome);
  return change;
}

function appliedTo({ cursor }: Pass, { start, end }: Range, edits: Edits | null): Buffer | null {
  if (edits === null || edits.list.length === 0) return null;
  return applyEdits(edits, cursor.bytes, start, end);
}

function tellAgain({ notes, redactor }: Pass, { receipts, principals }: Outcome): void {
  for (const receipt of receipts) noteAgain(notes, receipt);
  if (principals.length > 0) redactor.witness?.meet(principals);
}
