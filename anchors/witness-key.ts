import { randomBytes } from 'node:crypto';
import { chmod, open, readFile } from 'node:fs/promises';
import { IntegrityError } from '../integrity/errors.ts';
import type { NoteSigner } from '../integrity/sign-note.ts';
import { formatSignerKey, parseSignerKey } from '../integrity/signer-key.ts';
import { AnchorError } from './errors.ts';

/**
 * The key of a witness out of a file that only its owner can read (0600); made under this name when there is none. WITNESS_KEY_UNREADABLE where the file
 * is none of ours, names another witness, or is open to others.
 */
export async function openWitnessKey(path: string, name: string): Promise<NoteSigner> {
  try {
    await makeKey(path, name);
    const file = await open(path, 'r');
    const { mode } = await file.stat();
    await file.close();
    if ((mode & 0o077) !== 0) throw unreadable(path, 'others can read it: chmod 600.');
    const signer = parseSignerKey((await readFile(path, 'utf8')).trimEnd());
    if (signer.key.use !== 'cosignature') throw unreadable(path, 'it is no cosigner’s key.');
    if (signer.key.name !== name) throw unreadable(path, `it is that of ${signer.key.name}.`);
    return signer;
  } catch (error) {
    if (error instanceof AnchorError) throw error;
    const why = error instanceof IntegrityError ? error.message : 'it cannot be read or made.';
    throw unreadable(path, why, error);
  }
}

async function makeKey(path: string, name: string): Promise<void> {
  const text = formatSignerKey(name, 'cosignature', randomBytes(32));
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(`${text}\n`);
    await file.sync();
    await file.close();
    await chmod(path, 0o600);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function unreadable(path: string, why: string, cause?: unknown): AnchorError {
  return new AnchorError('WITNESS_KEY_UNREADABLE', `${path}: ${why}`, cause);
}
