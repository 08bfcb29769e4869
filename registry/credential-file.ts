import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { TrustClassValues } from '../schemas/record-types.ts';
import type { Credential } from './credentials.ts';
import { readerRoles } from './credentials.ts';

/**
 * The credentials in force. `current` changes its identity when the file does, so that a cache may be kept by it.
 */
export interface CredentialWatch {
  current(): readonly Credential[];
  /** Stops looking at the file. Safe twice. */
  stop(): void;
}

export type CredentialWatchOptions = {
  readonly pollMs: number;
  /** Called when the file could not be read or understood; the last good credentials stay in force. */
  readonly onProblem: (problem: unknown) => void;
};

/**
 * The credentials of a file `{"credentials": [...]}`; it holds hashes only, never keys. Rejects when it is missing,
 * not JSON or not of this form: with no credentials nobody could be told apart.
 */
export async function loadCredentials(path: string): Promise<readonly Credential[]> {
  return checked(JSON.parse(await readFile(path, 'utf8')), 'The credentials file has mistakes');
}

function checked(content: unknown, otherwise: string): readonly Credential[] {
  const parsed = fileSchema.safeParse(content);
  if (parsed.success) return parsed.data.credentials;
  const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new TypeError(`${otherwise}: ${mistakes.join('; ')}.`);
}

/**
 * Replaces the file whole (mode 0600, synced, renamed), so that a reader sees the old or the new one, never half. Rejects, and leaves it as it
 * was, when the credentials are such that nobody could read them again.
 */
export async function saveCredentials(
  path: string,
  credentials: readonly Credential[],
): Promise<void> {
  const content = JSON.stringify({ credentials }, null, 2);
  checked(JSON.parse(content), 'Such credentials cannot be kept');
  const draft = `${path}.new`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(`${content}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/**
 * Loads, changes and saves the file, one change at a time: a lock file beside it keeps others out. What `change` throws leaves the file
 * as it was.
 */
export async function changeCredentials(
  path: string,
  change: (credentials: readonly Credential[]) => readonly Credential[],
): Promise<void> {
  const lock = await lockFile(`${path}.lock`);
  try {
    await saveCredentials(path, change(await loadCredentials(path)));
  } finally {
    await lock.close();
    await rm(`${path}.lock`);
  }
}

async function lockFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (cause) {
    const message = `Another change of the credentials is under way; if none is, remove ${path}.`;
    throw new Error(message, { cause });
  }
}

/**
 * Loads the file and then looks for changes of it every `pollMs`: a key that was taken out is refused within about that
 * time. Polling, because file events are lost on network file systems and on a rename.
 */
export async function watchCredentials(
  path: string,
  options: CredentialWatchOptions,
): Promise<CredentialWatch> {
  let seen = await fingerprint(path);
  let credentials = await loadCredentials(path);
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      const now = await fingerprint(path);
      if (now !== seen) credentials = await loadCredentials(path);
      seen = now;
    } catch (problem) {
      options.onProblem(problem);
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), options.pollMs);
  timer.unref();
  return { current: () => credentials, stop: () => clearInterval(timer) };
}

/** The inode is in it, because a file that was replaced within one tick of the clock has another. */
async function fingerprint(path: string): Promise<string> {
  const { ino, mtimeMs, size } = await stat(path);
  return `${ino} ${mtimeMs} ${size}`;
}

const name = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
const base = {
  keyId: name,
  tenant: name,
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .exactOptional(),
  certificate: z.string().min(1).max(1024).exactOptional(),
  client: z
    .strictObject({ issuer: z.string().min(1).max(1024), clientId: z.string().min(1).max(256) })
    .exactOptional(),
  expiresAt: z.iso.datetime().exactOptional(),
};

const fileSchema = z.strictObject({
  credentials: z.array(
    z
      .discriminatedUnion('use', [
        z.strictObject({
          ...base,
          use: z.literal('producer'),
          producer: name,
          trust: z.enum(TrustClassValues),
        }),
        z.strictObject({
          ...base,
          use: z.literal('reader'),
          role: z.enum(readerRoles),
        }),
      ])
      .refine(
        ({ sha256, certificate, client }) =>
          [sha256, certificate, client].filter((proof) => proof !== undefined).length === 1,
        'needs one of sha256, certificate and client',
      ),
  ),
});
