import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AnchorError } from './errors.ts';
import type { ObjectStore } from './object-store.ts';
import { writeOnce } from './write-once.ts';

/** Unlike heads, objects are not for everybody. */
const OWN = { file: 0o400, folder: 0o700 } as const;

/** Objects as files below a folder, which is made when missing; for its owner alone. */
export function folderObjects(folder: string): ObjectStore {
  return {
    async putOnce(name, bytes) {
      const path = join(folder, name);
      return reaching(path, async () => writeOnce(path, bytes, OWN));
    },
    async get(name, bytesMax) {
      const path = join(folder, name);
      return reaching(path, async () => readBounded(path, bytesMax));
    },
    async list(prefix) {
      const below = join(folder, prefix);
      const found = await reaching(below, async () => filesBelow(below));
      return found.map((name) => `${prefix}${name}`).toSorted();
    },
  };
}

async function readBounded(path: string, bytesMax: number): Promise<Uint8Array | undefined> {
  try {
    const { size } = await stat(path);
    if (size > bytesMax) {
      throw new AnchorError('ANCHOR_ANSWER_INVALID', `${path} is longer than ${bytesMax} bytes.`);
    }
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Drafts have a name behind the name; they are nobody's. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, '/').length));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function reaching<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof AnchorError) throw error;
    throw new AnchorError('ANCHOR_UNREACHABLE', `${path} cannot be read or written.`, error);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
