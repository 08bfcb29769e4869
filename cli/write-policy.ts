import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes the policy that a server gave, and gives the file. A `policy.txt` that says something else stays as it is, since whoever has it may have it by a safer way:
 * the server's goes beside it, as `policy.server.txt`.
 */
export async function writePolicy(folder: string, policy: string): Promise<string> {
  const file = join(folder, 'policy.txt');
  const there = await readFile(file, 'utf8').catch(noneOf);
  if (there === policy) return file;
  const other = there === undefined ? file : join(folder, 'policy.server.txt');
  await writeFile(other, policy);
  return other;
}

function noneOf(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
