import type { Redactor, SeenPrincipal } from '../schemas/redactor.ts';
import type { NotedReceipt } from './span-notes.ts';

/** What became of a stretch of a request under one redactor, to be had again without looking at it. */
export type Outcome = {
  /** What stands in its place; null when it stays as it came. */
  readonly change: Buffer | null;
  readonly receipts: readonly NotedReceipt[];
  /** Whom it named: told with each request that has it. */
  readonly principals: readonly SeenPrincipal[];
};

/**
 * Outcomes of frequent byte strings (attributes, resources), found again by all of their bytes. Direct mapped: a newcomer takes the
 * place of whatever has its slot, so memory is bounded by slots × bytes; and only what comes a second time is kept, so that values which
 * never come again cost a hash.
 */
export type OutcomeMemory = {
  readonly slots: (Entry | undefined)[];
  /** The hash that each slot met last and did not know. */
  readonly met: Int32Array;
  readonly bytesMax: number;
};

type Entry = { readonly owner: number; readonly bytes: DataView; readonly outcome: Outcome };

/** `slots` must be a power of two. */
export function createOutcomeMemory(slots: number, bytesMax: number): OutcomeMemory {
  const empty = Array.from({ length: slots }, () => undefined);
  return { slots: empty, met: new Int32Array(slots), bytesMax };
}

/** The outcome of these bytes; else whether they were met before, so that theirs is worth keeping. */
export function recall(
  memory: OutcomeMemory,
  owner: number,
  bytes: DataView,
  start: number,
  end: number,
): Outcome | 'again' | 'new' {
  const hash = hashOf(owner, bytes, start, end);
  const slot = slotOf(memory, hash);
  const entry = memory.slots[slot];
  if (entry?.owner === owner && isSame(entry.bytes, bytes, start, end)) return entry.outcome;
  if (memory.met[slot] === hash) return 'again';
  memory.met[slot] = hash;
  return 'new';
}

export function keep(
  memory: OutcomeMemory,
  owner: number,
  stretch: Uint8Array,
  outcome: Outcome,
): void {
  const bytes = viewOf(new Uint8Array(stretch));
  const slot = slotOf(memory, hashOf(owner, bytes, 0, bytes.byteLength));
  memory.slots[slot] = { owner, bytes, outcome };
}

/** The same memory, to be read in words. */
export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

let owners = 0;
const ownerOf = new WeakMap<Redactor, { readonly limits: object; readonly owner: number }>();

/**
 * A number for the redactor and the limits that it is used with, so that what is kept does not keep them alive; 0 for a redactor that
 * cannot say whom it met.
 */
export function ownerNumber(redactor: Redactor, limits: object): number {
  if (!redactor.witness) return 0;
  const known = ownerOf.get(redactor);
  if (known?.limits === limits) return known.owner;
  owners += 1;
  ownerOf.set(redactor, { limits, owner: owners });
  return owners;
}

function slotOf({ slots }: OutcomeMemory, hash: number): number {
  return (hash ^ (hash >>> 15)) & (slots.length - 1);
}

const WORD = 4;

// In words, the last of which may overlap the one before.
function isSame(kept: DataView, bytes: DataView, start: number, end: number): boolean {
  const length = end - start;
  if (kept.byteLength !== length) return false;
  if (length < WORD) return hashOf(0, kept, 0, length) === hashOf(0, bytes, start, end);
  for (let at = 0; at <= length - WORD; at += WORD) {
    if (kept.getInt32(at) !== bytes.getInt32(start + at)) return false;
  }
  return kept.getInt32(length - WORD) === bytes.getInt32(end - WORD);
}

// Over every byte: what differs in one digit must not share a slot. Of less than a word nothing is lost.
function hashOf(owner: number, bytes: DataView, start: number, end: number): number {
  let hash = owner ^ (end - start);
  if (end - start < WORD) {
    for (let at = start; at < end; at += 1) hash = (hash << 8) ^ bytes.getUint8(at);
    return hash;
  }
  for (let at = start; at <= end - WORD; at += WORD) hash = mixed(hash, bytes.getInt32(at));
  return mixed(hash, bytes.getInt32(end - WORD));
}

function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x9e3779b1);
  return (product << 13) | (product >>> 19);
}
