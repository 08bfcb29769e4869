import { createHash } from 'node:crypto';
import { equalBytes } from '../integrity/bytes.ts';
import { parseCheckpoint } from '../integrity/checkpoint.ts';
import type { Checkpoint } from '../integrity/checkpoint.ts';
import { parseNote } from '../integrity/note.ts';
import { AnchorError } from './errors.ts';

/**
 * Somewhere else where signed checkpoints are kept, so that the log's owner cannot tell two histories. `keep` MUST hold the checkpoint durably before it
 * resolves, MUST resolve for one that it holds already, and MUST fail with ANCHOR_CONFLICT for another tree of a size that it holds. The caller repeats what
 * was retryable, in any order, and goes on without: an anchor is never in the way of sealing.
 */
export interface CheckpointAnchor {
  /** For metrics and messages. */
  readonly name: string;
  keep(signed: string, signal: AbortSignal): Promise<void>;
}

/** `<SHA-256 of the origin, hexadecimal>/<size, 16 digits>.checkpoint`: sorts by size, whatever an origin is made of. */
export function checkpointPath({ origin, size }: Checkpoint): string {
  const log = createHash('sha256').update(origin).digest('hex');
  return `${log}/${String(size).padStart(16, '0')}.checkpoint`;
}

/** The head in a signed checkpoint. Its signatures are the log's own affair here. */
export function headOf(signed: string): Checkpoint {
  return parseCheckpoint(parseNote(signed).text);
}

/** ANCHOR_CONFLICT unless what is held under a checkpoint's path is the same head, whoever signed it. */
export function checkSameHead(held: string, signed: string): void {
  const [there, here] = [headOf(held), headOf(signed)];
  const isSame =
    there.origin === here.origin && there.size === here.size && equalBytes(there.root, here.root);
  if (isSame) return;
  const detail = `another root is kept for size ${here.size} of ${here.origin}.`;
  throw new AnchorError('ANCHOR_CONFLICT', detail);
}
