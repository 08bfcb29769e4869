import { open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** All of it under its name, or what was there before; on disk when it resolves. It belongs to the folder's owner, also where an administrator writes it. */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const draft = await open(`${path}.new`, 'w', mode);
  try {
    const { uid, gid } = await stat(dirname(path));
    if (process.getuid?.() === 0) await draft.chown(uid, gid);
    await draft.writeFile(text);
    await draft.sync();
  } finally {
    await draft.close();
  }
  await rename(`${path}.new`, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
