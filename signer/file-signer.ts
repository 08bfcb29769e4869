import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { formatCheckpoint } from '../integrity/checkpoint.ts';
import { emptyRoot } from '../integrity/merkle.ts';
import { signNote } from '../integrity/sign-note.ts';
import { formatVerifierKey } from '../integrity/verifier-key.ts';
import { verifyConsistency } from '../integrity/verify-tree-proof.ts';
import type { FolderLock } from '../event-log/folder-lock.ts';
import { lockFolder } from '../event-log/folder-lock.ts';
import { SignerError } from './errors.ts';
import { originOf } from './log-origin.ts';
import type { SignAnswer, SignRequest, SignedHead, Signer } from './signer.ts';
import type { SignerKeys } from './signer-keys.ts';
import { keyFileIn, openSignerKeys, readSignerKeys, signersFor } from './signer-keys.ts';

/** Lines of the state file before it is written anew with one a log. */
const STATE_LINES_MAX = 100_000;

/**
 * A signer whose keys and memory are files of one folder. It is for one process at a time, since what it remembers is compared and swapped in memory:
 * `SIGNER_IN_USE` for another one.
 */
export async function openFileSigner(folder: string): Promise<Signer> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = lockSigner(folder);
  try {
    await openSignerKeys(folder);
    const keysSeen = await fingerprint(folder);
    const keys = await readSignerKeys(folder);
    const path = join(folder, 'signed.log');
    const { heads, lines, isCut } = await readHeads(path);
    if (isCut || lines > STATE_LINES_MAX) await rewrite(path, heads);
    const earlier = await readEarlierPolicy(folder);
    const state = { file: await open(path, 'a', 0o600), lock };
    return new FileSigner({ folder, keys, earlier, keysSeen }, heads, state);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function lockSigner(folder: string): FolderLock {
  try {
    return lockFolder(folder);
  } catch (cause) {
    throw new SignerError('SIGNER_IN_USE', folder, cause);
  }
}

export type Head = { readonly size: number; readonly root: Uint8Array; readonly fence: number };

type SignerNames = {
  readonly folder: string;
  readonly keys: SignerKeys;
  readonly earlier: string;
  readonly keysSeen: string;
};

/** Where the folder has the policy as it was told last. */
export function policyFileIn(folder: string): string {
  return join(folder, 'policy.txt');
}

class FileSigner implements Signer {
  #keys: SignerKeys;
  /** Lines of keys that sign no more: retired ones, and those of before a restore. */
  #earlier: string;
  readonly #folder: string;
  #keysSeen: string;
  #told: string | undefined;
  readonly #heads: Map<string, Head>;
  readonly #state: FileHandle;
  readonly #lock: FolderLock;
  /** Whether a head may lie in the file that nobody was told of: what follows a line that was cut short could not be read. */
  #isTorn = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    { folder, keys, earlier, keysSeen }: SignerNames,
    heads: Map<string, Head>,
    { file, lock }: { readonly file: FileHandle; readonly lock: FolderLock },
  ) {
    this.#keys = keys;
    this.#earlier = earlier;
    this.#folder = folder;
    this.#keysSeen = keysSeen;
    this.#heads = heads;
    this.#state = file;
    this.#lock = lock;
  }

  async sign(request: SignRequest): Promise<SignAnswer> {
    const answer = this.#turn.then(async () => this.#sign(request));
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  async latest(logId: string): Promise<SignedHead | undefined> {
    const head = this.#heads.get(logId);
    if (head === undefined) return undefined;
    return { size: head.size, root: head.root, note: await this.#note(logId, head) };
  }

  /** The folder keeps a copy, for people. */
  async policy(logIds: readonly string[]): Promise<string> {
    await this.#followKeys();
    const policy = policyText(policyLines(this.#keys, logIds), this.#earlier);
    if (policy !== this.#told) {
      const file = policyFileIn(this.#folder);
      await writeFile(`${file}.new`, policy);
      await rename(`${file}.new`, file);
      this.#told = policy;
    }
    return policy;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#state.close();
    this.#lock.release();
  }

  async #sign(request: SignRequest): Promise<SignAnswer> {
    await this.#followKeys();
    const { logId, oldSize, size, root, proof, fence } = request;
    const last = this.#heads.get(logId) ?? { size: 0, root: emptyRoot(), fence: 0 };
    if (fence < last.fence) return { kind: 'refused', reason: 'fenced' };
    const same = size === last.size && Buffer.compare(root, last.root) === 0;
    if (!same && oldSize !== last.size) return { kind: 'conflict', size: last.size };
    if (!same && size === last.size) return { kind: 'refused', reason: 'fork' };
    const claim = { oldSize, oldRoot: last.root, size, root };
    if (!same && !verifyConsistency(claim, proof)) return { kind: 'refused', reason: 'proof' };
    const head = { size, root: Uint8Array.from(root), fence };
    if (!same || fence !== last.fence) await this.#remember(logId, head);
    return { kind: 'signed', note: await this.#note(logId, head) };
  }

  /** Commit point: the head is on disk before anything of it is signed. If we die on the next line, the same request is signed then. */
  async #remember(logId: string, head: Head): Promise<void> {
    if (this.#isTorn) throw new SignerError('SIGNER_STATE', 'A head was not written.');
    this.#isTorn = true;
    await this.#state.appendFile(lineOf(logId, head));
    await this.#state.datasync();
    this.#isTorn = false;
    this.#heads.set(logId, head);
  }

  /** Keys that were added or retired are in force from the next signature on; while their file is damaged, the last good ones hold. */
  async #followKeys(): Promise<void> {
    const seen = await fingerprint(this.#folder).catch(() => this.#keysSeen);
    if (seen === this.#keysSeen) return;
    const keys = await readSignerKeys(this.#folder).catch(() => undefined);
    // Under another name it would be another log.
    if (keys?.deployment !== this.#keys.deployment) return;
    this.#earlier = await readEarlierPolicy(this.#folder);
    this.#keys = keys;
    this.#keysSeen = seen;
  }

  async #note(logId: string, { size, root }: Head): Promise<string> {
    const origin = this.#origin(logId);
    return signNote(formatCheckpoint({ origin, size, root }), signersFor(this.#keys, origin));
  }

  #origin(logId: string): string {
    return originOf(this.#keys.deployment, logId);
  }
}

/** Whom to believe for these logs: lines of a tlog-policy. */
export function policyLines(keys: SignerKeys, logIds: readonly string[]): string {
  const lines = logIds.flatMap((logId) =>
    signersFor(keys, originOf(keys.deployment, logId)).map(
      ({ key }) => `log ${formatVerifierKey(key)}\n`,
    ),
  );
  return lines.join('');
}

/** A policy of these lines, each key once. */
export function policyText(...lines: readonly string[]): string {
  const each = lines.flatMap((some) => some.split('\n').filter((line) => line !== ''));
  return `${[...new Set(each)].map((line) => `${line}\n`).join('')}quorum none\n`;
}

async function fingerprint(folder: string): Promise<string> {
  const { ino, mtimeMs, size } = await stat(keyFileIn(folder));
  return `${ino} ${mtimeMs} ${size}`;
}

const EARLIER_FILE = 'earlier-policy.txt';

export async function readEarlierPolicy(folder: string): Promise<string> {
  return readFile(join(folder, EARLIER_FILE), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
}

/** Sets what a signer is to remember, for one that signs under a new name. */
export async function writeSignerMemory(
  folder: string,
  { earlier, heads }: { readonly earlier: string; readonly heads: ReadonlyMap<string, Head> },
): Promise<void> {
  await writeEarlierPolicy(folder, earlier);
  await rewrite(join(folder, 'signed.log'), heads);
}

export async function writeEarlierPolicy(folder: string, lines: string): Promise<void> {
  const file = join(folder, EARLIER_FILE);
  await writeFile(`${file}.new`, lines, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

/** The logs that were ever signed; only read, since a signer may be writing. */
export async function signedLogs(folder: string): Promise<readonly string[]> {
  const { heads } = await readHeads(join(folder, 'signed.log'));
  return [...heads.keys()];
}

const lineSchema = z.tuple([
  z.string(),
  z.number().int().min(0),
  z.string().regex(/^[0-9a-f]{64}$/),
  z.number().int().min(0),
]);

/** `<CRC-32 of the rest> <JSON>` and a line end. */
function lineOf(logId: string, { size, root, fence }: Head): string {
  const json = JSON.stringify([logId, size, Buffer.from(root).toString('hex'), fence]);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

type Remembered = {
  readonly heads: Map<string, Head>;
  readonly lines: number;
  /** Whether the last line has no end. */
  readonly isCut: boolean;
};

async function readHeads(path: string): Promise<Remembered> {
  const heads = new Map<string, Head>();
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n');
  // What stands behind the last line end was cut short by a crash, before anything was signed of it.
  const cut = lines.pop() ?? '';
  for (const line of lines) {
    const json = line.slice(9);
    if (line.slice(0, 8) !== crc32(json).toString(16).padStart(8, '0')) {
      throw new SignerError('SIGNER_STATE', `${path} is damaged.`);
    }
    const [logId, size, root, fence] = lineSchema.parse(JSON.parse(json));
    heads.set(logId, { size, root: Uint8Array.from(Buffer.from(root, 'hex')), fence });
  }
  return { heads, lines: lines.length, isCut: cut !== '' };
}

async function rewrite(path: string, heads: ReadonlyMap<string, Head>): Promise<void> {
  const draft = await open(`${path}.new`, 'w', 0o600);
  try {
    await draft.writeFile([...heads].map(([logId, head]) => lineOf(logId, head)).join(''));
    await draft.sync();
  } finally {
    await draft.close();
  }
  await rename(`${path}.new`, path);
}
