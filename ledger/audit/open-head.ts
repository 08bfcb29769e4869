import { openCheckpoint } from '../../integrity/open-checkpoint.ts';
import type { VerifierKey } from '../../integrity/verifier-key.ts';
import type { TrustedHead } from './log-audit.ts';

/** The head that a note signs; undefined where none of the keys signed it. */
export async function openHead(
  note: string,
  keys: readonly VerifierKey[],
): Promise<TrustedHead | undefined> {
  try {
    const { checkpoint } = await openCheckpoint(note, keys);
    return { size: checkpoint.size, root: Buffer.from(checkpoint.root).toString('hex') };
  } catch {
    return undefined;
  }
}
