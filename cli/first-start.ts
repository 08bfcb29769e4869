import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, link, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { saveCredentials } from '../registry/credential-file.ts';
import type { Credential, ReaderRole } from '../registry/credentials.ts';
import { createKey } from '../registry/credentials.ts';

/** Where the keys of a data directory are. */
export type KeyFiles = {
  readonly folder: string;
  readonly masterKeyFile: string;
  readonly credentialsFile: string;
  /** Sends OTLP as an application. */
  readonly producerKeyFile: string;
  /** Sends OTLP as a gateway: what it says of identity weighs more. */
  readonly gatewayKeyFile: string;
  /** Reads everything. */
  readonly auditorKeyFile: string;
};

/** The tenant of the keys of the first start. */
export const FIRST_TENANT = 'default';

export function keyFilesOf(dataDirectory: string): KeyFiles {
  const folder = join(dataDirectory, 'keys');
  return {
    folder,
    masterKeyFile: join(folder, 'master.key'),
    credentialsFile: join(dataDirectory, 'credentials.json'),
    producerKeyFile: join(folder, 'producer.key'),
    gatewayKeyFile: join(folder, 'gateway.key'),
    auditorKeyFile: join(folder, 'auditor.key'),
  };
}

/**
 * Makes the keys of a new data directory: folder 0700, files 0600. True when it made them. The credentials are written last, so
 * that a start that broke off begins again; the master key, once there, is never replaced: ids of people are derived from it.
 */
export async function makeFirstKeys(dataDirectory: string): Promise<boolean> {
  const files = keyFilesOf(dataDirectory);
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  await chmod(files.folder, 0o700);
  if (!existsSync(files.masterKeyFile)) {
    await writeSecret(files.masterKeyFile, randomBytes(32).toString('hex'));
  }
  if (existsSync(files.credentialsFile)) return false;
  await saveCredentials(files.credentialsFile, [
    await makeProducer(files.producerKeyFile, 'producer', 'application'),
    await makeProducer(files.gatewayKeyFile, 'gateway', 'gateway'),
    await makeReader(files.auditorKeyFile, 'auditor'),
  ]);
  return true;
}

async function makeProducer(
  file: string,
  name: string,
  trust: 'application' | 'gateway',
): Promise<Credential> {
  const { key, credential } = createKey(name);
  await writeSecret(file, key);
  return { ...credential, use: 'producer', tenant: FIRST_TENANT, producer: name, trust };
}

async function makeReader(file: string, role: ReaderRole): Promise<Credential> {
  const { key, credential } = createKey(role);
  await writeSecret(file, key);
  return { ...credential, use: 'reader', tenant: FIRST_TENANT, role };
}

/** The whole secret under its name, or nothing: written beside it, synced, renamed. A `new` one never takes another's place. */
export async function writeSecret(file: string, secret: string, only?: 'new'): Promise<void> {
  const path = `${file}.${randomUUID()}.new`;
  const draft = await open(path, 'wx', 0o600);
  try {
    await draft.writeFile(`${secret}\n`);
    await draft.sync();
    // Unlike a rename, a link never takes the place of what another process has just written.
    if (only) await link(path, file).catch((cause: unknown) => refuseTaken(file, cause));
    else await rename(path, file);
  } finally {
    await draft.close();
    await rm(path, { force: true });
  }
}

function refuseTaken(file: string, cause: unknown): never {
  const { code } = cause as NodeJS.ErrnoException;
  if (code !== 'EEXIST') throw cause;
  throw new Error(`There is a file ${file} already.`, { cause });
}
