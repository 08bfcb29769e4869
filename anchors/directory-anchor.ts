import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkSameHead, checkpointPath, headOf } from './anchor.ts';
import type { CheckpointAnchor } from './anchor.ts';
import { AnchorError } from './errors.ts';
import { writeOnce } from './write-once.ts';

/**
 * Keeps checkpoints as files that are never replaced, e.g. in a folder that is mounted from another machine or whose owner is somebody else. Worth as much
 * as the distance between that owner and the log's.
 */
export function directoryAnchor(folder: string): CheckpointAnchor {
  return {
    name: 'directory',
    async keep(signed) {
      const path = join(folder, checkpointPath(headOf(signed)));
      if (await isWritten(path, signed)) return;
      checkSameHead(await readFile(path, 'utf8'), signed);
    },
  };
}

async function isWritten(path: string, text: string): Promise<boolean> {
  try {
    return await writeOnce(path, text);
  } catch (error) {
    throw new AnchorError('ANCHOR_UNREACHABLE', `${path} cannot be written.`, error);
  }
}
