import { randomUUID } from 'node:crypto';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Permissions of what is made. */
export type Modes = { readonly file: number; readonly folder: number };

/** What everybody may read. */
const PUBLIC: Modes = { file: 0o444, folder: 0o777 };

/**
 * False, and nothing is written, where the file is there. Whoever sees the file sees all of it, synced; once it is answered, the names of it and of the folders that were made for it are
 * on disk, whoever made them.
 */
export async function writeOnce(
  path: string,
  content: string | Uint8Array,
  { file: mode, folder }: Modes = PUBLIC,
): Promise<boolean> {
  const made = await mkdir(dirname(path), { recursive: true, mode: folder });
  if (made !== undefined) await syncFolders(dirname(dirname(path)), dirname(made));
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, 'wx', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // Commit point: the name is made at once and only if nobody has it. If we die on the next line, the draft stays beside it, which harms nothing.
    await link(draft, path);
  } catch (error) {
    if (!isError(error, 'EEXIST')) throw error;
    // Who wrote it may have been killed before its name was on disk.
    await syncFolder(dirname(path));
    return false;
  } finally {
    await unlink(draft);
  }
  await syncFolder(dirname(path));
  return true;
}

/** A folder and those above it, up to the last. */
async function syncFolders(first: string, last: string): Promise<void> {
  for (let folder = first; ; folder = dirname(folder)) {
    await syncFolder(folder);
    if (folder === last || folder === dirname(folder)) return;
  }
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
