import type { CompactRange } from '../../integrity/compact-range.ts';
import { rootOf } from '../../integrity/compact-range.ts';
import { LedgerError } from '../errors.ts';

/**
 * What an archived range is called: its log, its leaves, and how the roots of the tree before and after it begin. So a log that was restored to an earlier
 * moment and went on otherwise archives beside what it archived before, and each of the two can be followed back to its first leaf.
 */
export type RangeName = {
  readonly log: string;
  readonly first: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
};

const NAME = /^([a-z0-9/-]{1,128})\/(\d{12})-(\d{12})-([0-9a-f]{16})-([0-9a-f]{16})\.sealed\.zst$/;

export function nameOf({ log, first, end, before, after }: RangeName): string {
  return `${log}/${padded(first)}-${padded(end)}-${before}-${after}.sealed.zst`;
}

/** Undefined for the name of something else. */
export function parseRangeName(name: string): RangeName | undefined {
  const [, log, first, end, before, after] = NAME.exec(name) ?? [];
  if (log === undefined || before === undefined || after === undefined) return undefined;
  return { log, first: Number(first), end: Number(end), before, after };
}

/** How a tree is called in names. */
export function shortRoot(tree: CompactRange): string {
  return Buffer.from(rootOf(tree)).toString('hex').slice(0, 16);
}

/** The ranges that lead from the first leaf to a tree, in order. Throws `LEDGER_ARCHIVE_SHORT` where one is missing. */
export function chainTo(
  names: readonly RangeName[],
  log: string,
  tree: CompactRange,
): readonly RangeName[] {
  const byEnd = new Map(names.map((name) => [`${name.end}-${name.after}`, name]));
  const chain: RangeName[] = [];
  let [end, after] = [tree.size, shortRoot(tree)];
  while (end > 0) {
    const found = byEnd.get(`${end}-${after}`);
    if (found === undefined || found.first >= end) {
      throw new LedgerError('LEDGER_ARCHIVE_SHORT', `${log}: no range ends at ${end}.`);
    }
    chain.push(found);
    [end, after] = [found.first, found.before];
  }
  return chain.reverse();
}

function padded(index: number): string {
  return String(index).padStart(12, '0');
}
