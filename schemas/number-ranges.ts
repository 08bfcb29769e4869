/** A stretch of whole numbers: `from` inclusive, `to` exclusive. */
export type Range = { readonly from: number; readonly to: number };

/**
 * What came of a dense numbering: everything below `next` but what is missing. Plain JSON. Reordering and repeats leave nothing behind: what
 * comes late fills its hole.
 */
export type Numbered = {
  readonly next: number;
  readonly missing: readonly MissingRange[];
};

/** `sinceMs`: when the number behind it came. */
export type MissingRange = Range & { readonly sinceMs: number };

/** Holes of one numbering that are told apart; of more, the last two are told as one. */
export const MISSING_RANGES_MAX = 64;

/** The numbering after `count` numbers from `from` on came. A count of 0 only says that all below `from` were given out. */
export function afterRange(before: Numbered, from: number, count: number, nowMs: number): Numbered {
  const to = from + count;
  const { next, missing } = before;
  if (from === next) return count === 0 ? before : { next: to, missing };
  if (from > next) {
    return { next: to, missing: bounded([...missing, { from: next, to: from, sinceMs: nowMs }]) };
  }
  if (missing.length === 0) return to > next ? { next: to, missing } : before;
  return {
    next: Math.max(next, to),
    missing: missing.flatMap((hole) => without(hole, { from, to })),
  };
}

function without(hole: MissingRange, { from, to }: Range): readonly MissingRange[] {
  if (to <= hole.from || from >= hole.to) return [hole];
  const left = { ...hole, to: from };
  const right = { ...hole, from: to };
  return [left, right].filter((part) => part.from < part.to);
}

function bounded(missing: readonly MissingRange[]): readonly MissingRange[] {
  if (missing.length <= MISSING_RANGES_MAX) return missing;
  const first = missing.slice(0, -2);
  const [one, last] = missing.slice(-2);
  return one && last ? [...first, { ...one, to: last.to }] : missing;
}

/** Undefined for bytes that are none. */
export function parseNumbered(
  value: Uint8Array,
): (Numbered & { readonly heardMs: number }) | undefined {
  const [next, heardMs, ...holes] = Buffer.from(value).toString('latin1').split(',').map(Number);
  if (next === undefined || heardMs === undefined || holes.length % 3 !== 0) return undefined;
  if (![next, heardMs, ...holes].every((each) => Number.isSafeInteger(each))) return undefined;
  const missing: MissingRange[] = [];
  for (let at = 0; at < holes.length; at += 3) {
    const [from = 0, to = 0, sinceMs = 0] = holes.slice(at, at + 3);
    missing.push({ from, to, sinceMs });
  }
  return { next, heardMs, missing };
}

export function numberedBytes({ next, missing }: Numbered, heardMs: number): Uint8Array {
  const holes = missing.flatMap(({ from, to, sinceMs }) => [from, to, sinceMs]);
  return Buffer.from([next, heardMs, ...holes].join(','), 'latin1');
}
