import { z } from 'zod';
import type { OwnerView, StateChange } from '../../event-log/event-log.ts';
import type { CompactRange } from '../../integrity/compact-range.ts';
import { emptyRange, readRange } from '../../integrity/compact-range.ts';
import { archiveKey } from '../../schemas/state-keys.ts';
import { LedgerError } from '../errors.ts';

/** How far a log is archived, and what is promised of it next. */
export type ArchiveState = {
  readonly tree: CompactRange;
  /** The next offset of the log's topic. */
  readonly offset: number;
  readonly intent: ArchiveIntent | null;
};

/** The range that is about to be written, committed before: a crash repeats it as it is. `digest` is of its bytes before compression. */
export type ArchiveIntent = {
  readonly end: number;
  readonly head: string;
  readonly digest: string;
};

export function readArchiveState(view: Pick<OwnerView, 'getState'>): ArchiveState {
  const bytes = view.getState(archiveKey);
  if (bytes === undefined) return { tree: emptyRange, offset: 0, intent: null };
  try {
    const stored = stateSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    const hashes = stored.hashes.map((hash) => Buffer.from(hash, 'hex'));
    return { ...stored, tree: readRange(stored.size, hashes) };
  } catch (cause) {
    throw new LedgerError('LEDGER_STATE_UNREADABLE', archiveKey, cause);
  }
}

export function archiveChange({ tree, offset, intent }: ArchiveState): StateChange {
  const hashes = hexOf(tree.hashes);
  const value = Buffer.from(JSON.stringify({ size: tree.size, hashes, offset, intent }));
  return { key: archiveKey, value };
}

export function hexOf(hashes: readonly Uint8Array[]): readonly string[] {
  return hashes.map((hash) => Buffer.from(hash).toString('hex'));
}

const position = z.number().int().min(0);
const stateSchema = z.object({
  size: position,
  hashes: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
  offset: position,
  intent: z
    .object({ end: position, head: z.string(), digest: z.string().regex(/^[0-9a-f]{64}$/) })
    .nullable(),
});
