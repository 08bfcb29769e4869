import type { CompactRange } from '../../integrity/compact-range.ts';
import { appendLeafHashes, readRange } from '../../integrity/compact-range.ts';
import { IntegrityError } from '../../integrity/errors.ts';
import { leafHash } from '../../integrity/merkle.ts';
import { LedgerError } from '../errors.ts';
import type { Archive } from './archive.ts';
import type { RangeName } from './range-names.ts';
import { nameOf, shortRoot } from './range-names.ts';
import type { SealedRange } from './sealed-range.ts';
import { decodeRange } from './sealed-range.ts';

/** A range, and the tree that its leaves lead to. */
export type LoadedRange = { readonly range: SealedRange; readonly after: CompactRange };

/**
 * A range that is what its name says: its leaves lead from the tree before to the tree after it. Throws `LEDGER_ARCHIVE_SHORT` where it is gone, `LEDGER_ARCHIVE_DAMAGED` where it
 * is another.
 */
export async function loadRange(
  archive: Pick<Archive, 'get'>,
  called: RangeName,
  signal: AbortSignal,
): Promise<LoadedRange> {
  const name = nameOf(called);
  const plain = await archive.get(name, signal);
  if (plain === undefined) throw new LedgerError('LEDGER_ARCHIVE_SHORT', `${name} is gone.`);
  const range = decodeRange(name, plain);
  const { log, first, end } = range;
  const hashes = range.messages.flatMap(({ leaf }) => (leaf === null ? [] : [leafHash(leaf)]));
  if (log !== called.log || first !== called.first || end !== called.end) {
    throw new LedgerError('LEDGER_ARCHIVE_DAMAGED', `${name} is not what its name says.`);
  }
  const before = treeBefore(name, range);
  const after = appendLeafHashes(before, hashes);
  if (
    after.size === end &&
    shortRoot(before) === called.before &&
    shortRoot(after) === called.after
  )
    return { range, after };
  const detail = `${name}: its leaves do not lead from the tree before to the tree after it.`;
  throw new LedgerError('LEDGER_ARCHIVE_DAMAGED', detail);
}

function treeBefore(name: string, { first, before }: SealedRange): CompactRange {
  const hashes = before.map((hash) => Buffer.from(hash, 'hex'));
  try {
    return readRange(first, hashes);
  } catch (cause) {
    if (!(cause instanceof IntegrityError)) throw cause;
    throw new LedgerError('LEDGER_ARCHIVE_DAMAGED', `${name}: ${cause.message}`, cause);
  }
}
