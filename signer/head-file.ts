import type { FileHandle } from 'node:fs/promises';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { SignerError } from './errors.ts';
import { writeWhole } from './write-whole.ts';

/** What was signed last of a log. */
export type Head = { readonly size: number; readonly root: Uint8Array; readonly fence: number };

/** Lines of the file before it is written anew with one a log: some 10 MB. */
const LINES_MAX = 100_000;

/** A signer's memory in its folder, for one writer: a line for each head, the last of a log holds. */
export class HeadFile {
  readonly #path: string;
  readonly #heads: Map<string, Head>;
  readonly #linesMax: number;
  #lines: number;
  #file: FileHandle;
  /** Whether a head may lie in the file that nobody was told of: what follows a line that was cut short could not be read. */
  #isTorn = false;

  /** Use `openHeadFile`. */
  constructor(path: string, heads: Map<string, Head>, linesMax: number, file: FileHandle) {
    this.#path = path;
    this.#heads = heads;
    this.#linesMax = linesMax;
    this.#lines = heads.size;
    this.#file = file;
  }

  head(logId: string): Head | undefined {
    return this.#heads.get(logId);
  }

  /** Resolves once the head is on disk. `SIGNER_STATE` for all that follow one that could not be written. */
  async remember(logId: string, head: Head): Promise<void> {
    if (this.#isTorn) throw new SignerError('SIGNER_STATE', 'A head was not written.');
    this.#isTorn = true;
    if (this.#lines >= this.#linesMax) await this.#shorten();
    await this.#file.appendFile(lineOf(logId, head));
    await this.#file.datasync();
    this.#isTorn = false;
    this.#lines += 1;
    this.#heads.set(logId, head);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #shorten(): Promise<void> {
    await writeWhole(this.#path, textOf(this.#heads), 0o600);
    await this.#file.close();
    this.#file = await open(this.#path, 'a', 0o600);
    this.#lines = this.#heads.size;
  }
}

/**
 * Opens the memory of a folder; undefined where there is none. It is written anew: what a process that was killed had not brought to disk is there from here on, before any
 * of it is signed. `SIGNER_STATE` where it is damaged.
 */
export async function openHeadFile(
  folder: string,
  linesMax = LINES_MAX,
): Promise<HeadFile | undefined> {
  const heads = await readHeads(folder);
  if (heads === undefined) return undefined;
  await writeHeads(folder, heads);
  const path = pathIn(folder);
  // One line can always be added to what one line a log makes.
  return new HeadFile(path, heads, Math.max(linesMax, 2 * heads.size), await open(path, 'a'));
}

/** Sets what is remembered; the folder's signer must not be running. */
export async function writeHeads(folder: string, heads: ReadonlyMap<string, Head>): Promise<void> {
  await writeWhole(pathIn(folder), textOf(heads), 0o600);
}

/** What is remembered, undefined where there is no memory; only read, since a signer may be writing. */
export async function readHeads(folder: string): Promise<Map<string, Head> | undefined> {
  const path = pathIn(folder);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const heads = new Map<string, Head>();
  // What stands behind the last line end was cut short by a crash, before anything was signed of it.
  for (const line of text.split('\n').slice(0, -1)) {
    const json = line.slice(9);
    if (line.slice(0, 8) !== checkOf(json)) {
      throw new SignerError('SIGNER_STATE', `${path} is damaged.`);
    }
    const [logId, size, root, fence] = lineSchema.parse(JSON.parse(json));
    heads.set(logId, { size, root: Uint8Array.from(Buffer.from(root, 'hex')), fence });
  }
  return heads;
}

function pathIn(folder: string): string {
  return join(folder, 'signed.log');
}

function textOf(heads: ReadonlyMap<string, Head>): string {
  return [...heads].map(([logId, head]) => lineOf(logId, head)).join('');
}

/** `<CRC-32 of the rest> <JSON>` and a line end. */
function lineOf(logId: string, { size, root, fence }: Head): string {
  const json = JSON.stringify([logId, size, Buffer.from(root).toString('hex'), fence]);
  return `${checkOf(json)} ${json}\n`;
}

function checkOf(json: string): string {
  return crc32(json).toString(16).padStart(8, '0');
}

const lineSchema = z.tuple([
  z.string(),
  z.number().int().min(0),
  z.string().regex(/^[0-9a-f]{64}$/),
  z.number().int().min(0),
]);
