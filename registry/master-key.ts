import { readFile, stat } from 'node:fs/promises';
import { RegistryError } from './errors.ts';

/**
 * A secret of the deployment: 64 hex digits in a file that nobody but its owner may read, so mode 0600 or 0400. Throws
 * `REGISTRY_KEY_INVALID` for anything else, a file that is not there included, and never shows what it holds.
 */
export async function readSecretKey(path: string): Promise<Buffer> {
  const text = await readPrivately(path).catch((cause: unknown) => {
    if (cause instanceof RegistryError) throw cause;
    return refuse(path, 'cannot be read', cause);
  });
  if (!/^[0-9a-f]{64}$/i.test(text)) refuse(path, 'has not 64 hex digits');
  return Buffer.from(text, 'hex');
}

async function readPrivately(path: string): Promise<string> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) refuse(path, 'is readable by others: give it mode 0600');
  return (await readFile(path, 'utf8')).trim();
}

function refuse(path: string, message: string, cause?: unknown): never {
  throw new RegistryError('REGISTRY_KEY_INVALID', [{ path, message }], { cause });
}
