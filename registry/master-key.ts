import { readFile } from 'node:fs/promises';

/** The deployment's master key: 64 hex digits in a file. Throws a `TypeError` for anything else, without saying what it holds. */
export async function readMasterKey(file: string): Promise<Buffer> {
  const text = (await readFile(file, 'utf8')).trim();
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new TypeError(`The master key file ${file} has not 64 hex digits.`);
  }
  return Buffer.from(text, 'hex');
}
