import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes that the files below a folder take on the disk (allocated blocks, so that sparse files count what they hold). */
export async function folderBytes(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) sum += (await stat(join(entry.parentPath, entry.name))).blocks * 512;
  }
  return sum;
}
