import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointPath, headOf } from './anchor.ts';
import type { CheckpointAnchor } from './anchor.ts';
import { directoryAnchor } from './directory-anchor.ts';
import { AnchorError } from './errors.ts';
import type { TimeStampAuthority } from './time-stamp-client.ts';
import { requestTimeStamp } from './time-stamp-client.ts';
import { writeOnce } from './write-once.ts';

/**
 * Has an authority say when each checkpoint existed, and keeps its answer in a folder, as `<…>.checkpoint.tsr` beside the checkpoint that it is of. A
 * checkpoint whose answer is there is not asked for again.
 */
export function timeStampAnchor(authority: TimeStampAuthority, folder: string): CheckpointAnchor {
  const checkpoints = directoryAnchor(folder);
  return {
    name: 'time-stamp',
    async keep(signed, signal) {
      await checkpoints.keep(signed, signal);
      const path = `${join(folder, checkpointPath(headOf(signed)))}.tsr`;
      if (existsSync(path)) return;
      const stamp = await requestTimeStamp(authority, Buffer.from(signed), randomBytes(16), signal);
      try {
        await writeOnce(path, stamp.response);
      } catch (error) {
        throw new AnchorError('ANCHOR_UNREACHABLE', `${path} cannot be written.`, error);
      }
    },
  };
}
