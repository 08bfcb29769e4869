import { randomUUID } from 'node:crypto';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** False, and nothing is written, where the file is there. Whoever sees the file sees all of it, synced. */
export async function writeOnce(path: string, content: string | Uint8Array): Promise<boolean> {
  const made = await mkdir(dirname(path), { recursive: true });
  if (made !== undefined) await syncFolder(dirname(made));
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, 'wx', 0o444);
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
