import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkSameHead, checkpointPath, headOf } from './anchor.ts';
import type { CheckpointAnchor } from './anchor.ts';
import { AnchorError } from './errors.ts';

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

/** False, and nothing is written, where the file is there. Whoever sees the file sees all of it, synced. */
async function writeOnce(path: string, text: string): Promise<boolean> {
  const made = await mkdir(dirname(path), { recursive: true });
  if (made !== undefined) await syncFolder(dirname(made));
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, 'wx', 0o444);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // Commit point: the name is made at once and only if nobody has it. If we die on the next line, the draft stays beside it, which harms nothing.
    await link(draft, path);
  } catch (error) {
    if (isError(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await unlink(draft);
  }
  await syncFolder(dirname(path));
  return true;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
