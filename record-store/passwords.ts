import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { UserPasswords } from './users.ts';

/** The file that holds a store user's password. */
export function passwordFile(keysFolder: string, user: string): string {
  return join(keysFolder, `clickhouse-${user}.password`);
}

export async function readPassword(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trim();
}

/** The user's password; made of 256 random bits on the first call. Only the owner of the file may read it. */
async function keepPassword(keysFolder: string, user: string): Promise<string> {
  const file = passwordFile(keysFolder, user);
  try {
    return await readPassword(file);
  } catch {
    const password = randomBytes(32).toString('base64url');
    await writeFile(file, `${password}\n`, { mode: 0o600, flag: 'wx' });
    return password;
  }
}

/** The passwords of all users, made where they are missing. */
export async function keepPasswords(keysFolder: string): Promise<UserPasswords> {
  await mkdir(keysFolder, { recursive: true, mode: 0o700 });
  return {
    writer: await keepPassword(keysFolder, 'writer'),
    reader: await keepPassword(keysFolder, 'reader'),
    eraser: await keepPassword(keysFolder, 'eraser'),
    auditor: await keepPassword(keysFolder, 'auditor'),
    dashboard: await keepPassword(keysFolder, 'dashboard'),
    migrator: await keepPassword(keysFolder, 'migrator'),
  };
}
