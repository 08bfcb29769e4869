import { readFile } from 'node:fs/promises';
import { CollectorError } from './errors.ts';

/** The deployment's master key: 32 bytes, written as 64 hex digits. Throws `COLLECTOR_MASTER_KEY_INVALID`, never showing it. */
export async function readMasterKey(path: string): Promise<Buffer> {
  const text = (await readFile(path, 'utf8')).trim();
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new CollectorError('COLLECTOR_MASTER_KEY_INVALID');
  return Buffer.from(text, 'hex');
}
