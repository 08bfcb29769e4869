import { existsSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatCheckpoint } from '../integrity/checkpoint.ts';
import { emptyRoot } from '../integrity/merkle.ts';
import { signNote } from '../integrity/sign-note.ts';
import { formatVerifierKey } from '../integrity/verifier-key.ts';
import { verifyConsistency } from '../integrity/verify-tree-proof.ts';
import type { FolderLock } from '../event-log/folder-lock.ts';
import { lockFolder } from '../event-log/folder-lock.ts';
import { SignerError } from './errors.ts';
import type { Head, HeadFile } from './head-file.ts';
import { openHeadFile, readHeads, writeHeads } from './head-file.ts';
import { originOf } from './log-origin.ts';
import type { SignAnswer, SignRequest, SignedHead, Signer } from './signer.ts';
import type { SignerKeys } from './signer-keys.ts';
import { keyFileIn, openSignerKeys, readSignerKeys, signersFor } from './signer-keys.ts';
import { writeWhole } from './write-whole.ts';

/**
 * A signer whose keys and memory are files of one folder. It is for one process at a time, since what it remembers is compared and swapped in memory:
 * `SIGNER_IN_USE` for another one. A folder that has one of keys and memory has lost the other: `SIGNER_STATE`, `SIGNER_KEYS`.
 */
export async function openFileSigner(folder: string): Promise<Signer> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = lockSigner(folder);
  try {
    await begin(folder);
    const keysSeen = await fingerprint(folder);
    const keys = await readSignerKeys(folder);
    const earlier = await readEarlierPolicy(folder);
    const heads = await openHeadFile(folder);
    if (heads === undefined) throw new SignerError('SIGNER_STATE', `${folder} has no memory.`);
    return new FileSigner({ folder, keys, earlier, keysSeen }, heads, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Makes an empty memory and then the first key, where there is neither: a key without a memory could sign a second tree. */
async function begin(folder: string): Promise<void> {
  if (existsSync(keyFileIn(folder))) return;
  const heads = await readHeads(folder);
  if (heads !== undefined && heads.size > 0) {
    throw new SignerError('SIGNER_KEYS', `${keyFileIn(folder)} is gone, and was signed with.`);
  }
  await writeHeads(folder, new Map());
  await openSignerKeys(folder);
}

function lockSigner(folder: string): FolderLock {
  try {
    return lockFolder(folder);
  } catch (cause) {
    throw new SignerError('SIGNER_IN_USE', folder, cause);
  }
}

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
  readonly #heads: HeadFile;
  readonly #lock: FolderLock;
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ folder, keys, earlier, keysSeen }: SignerNames, heads: HeadFile, lock: FolderLock) {
    this.#keys = keys;
    this.#earlier = earlier;
    this.#folder = folder;
    this.#keysSeen = keysSeen;
    this.#heads = heads;
    this.#lock = lock;
  }

  async sign(request: SignRequest): Promise<SignAnswer> {
    return this.#inTurn(async () => this.#sign(request));
  }

  async latest(logId: string): Promise<SignedHead | undefined> {
    const head = this.#heads.head(logId);
    if (head === undefined) return undefined;
    return { size: head.size, root: head.root, note: await this.#note(logId, head) };
  }

  /** The folder keeps a copy, for people. */
  async policy(logIds: readonly string[]): Promise<string> {
    return this.#inTurn(async () => {
      await this.#followKeys();
      const policy = policyText(policyLines(this.#keys, logIds), this.#earlier);
      if (policy !== this.#told) await writeWhole(policyFileIn(this.#folder), policy, 0o644);
      this.#told = policy;
      return policy;
    });
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#heads.close();
    this.#lock.release();
  }

  /** One at a time: what is remembered is compared and swapped, and files have one name. */
  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(action);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #sign(request: SignRequest): Promise<SignAnswer> {
    await this.#followKeys();
    const { logId, oldSize, size, root, proof, fence } = request;
    const last = this.#heads.head(logId) ?? { size: 0, root: emptyRoot(), fence: 0 };
    if (fence < last.fence) return { kind: 'refused', reason: 'fenced' };
    const same = size === last.size && Buffer.compare(root, last.root) === 0;
    if (!same && oldSize !== last.size) return { kind: 'conflict', size: last.size };
    if (!same && size === last.size) return { kind: 'refused', reason: 'fork' };
    const claim = { oldSize, oldRoot: last.root, size, root };
    if (!same && !verifyConsistency(claim, proof)) return { kind: 'refused', reason: 'proof' };
    const head = { size, root: Uint8Array.from(root), fence };
    // Commit point: the head is on disk before anything of it is signed. If we die on the next line, the same request is signed then.
    if (!same || fence !== last.fence) await this.#heads.remember(logId, head);
    return { kind: 'signed', note: await this.#note(logId, head) };
  }

  /** Keys that were added or retired are in force from the next signature on; while their files are damaged or not to be read, the last good ones hold. */
  async #followKeys(): Promise<void> {
    const seen = await fingerprint(this.#folder).catch(() => this.#keysSeen);
    if (seen === this.#keysSeen) return;
    const keys = await readSignerKeys(this.#folder).catch(() => undefined);
    // Under another name it would be another log.
    if (keys?.deployment !== this.#keys.deployment) return;
    const earlier = await readEarlierPolicy(this.#folder).catch(() => undefined);
    if (earlier === undefined) return;
    this.#earlier = earlier;
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

/** Of the keys, and of those that are believed for what they signed: somebody may take one away by hand. */
async function fingerprint(folder: string): Promise<string> {
  const keys = await stat(keyFileIn(folder));
  const earlier = await stat(join(folder, EARLIER_FILE)).catch(() => undefined);
  return [keys, earlier].map((file) => `${file?.ino} ${file?.mtimeMs} ${file?.size}`).join(', ');
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
  await writeHeads(folder, heads);
}

export async function writeEarlierPolicy(folder: string, lines: string): Promise<void> {
  await writeWhole(join(folder, EARLIER_FILE), lines, 0o600);
}

/** The logs that were ever signed. */
export async function signedLogs(folder: string): Promise<readonly string[]> {
  return [...((await readHeads(folder))?.keys() ?? [])];
}
