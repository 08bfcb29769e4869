import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { CommandFailure } from '../failure.ts';

/**
 * An encrypted archive of files:
 *
 *     "waybill-archive/1\n" · salt 32 · chunks: length u32 · AES-256-GCM ciphertext · tag 16
 *
 * The key is HKDF-SHA-256 of the backup key and the salt. A chunk's nonce is its number, and its associated data says whether it is the last, so that none
 * can be changed, left out, moved or cut off unseen. What the chunks hold is a sequence of: name length u16 · name · file length u48 · bytes.
 */
const MAGIC = Buffer.from('waybill-archive/1\n');
const SALT_BYTES = 32;
const TAG_BYTES = 16;
const CHUNK_BYTES = 1024 * 1024;

/** A file of the archive: its name within it, and where its bytes are. */
export type ArchivedFile = { readonly name: string; readonly path: string };

/** What an archive is called until it is whole and has its name. */
export const DRAFT_SUFFIX = '.new';

/** Writes an archive beside its name, syncs it, and gives it its name: all of it or what was there before. Gives its size in bytes. */
export async function writeArchive(
  path: string,
  key: Uint8Array,
  files: readonly ArchivedFile[],
): Promise<number> {
  const size = await draftArchive(path, key, files);
  await nameArchive(path);
  return size;
}

/** Writes an archive beside its name and syncs it; {@link nameArchive} gives it its name. Gives its size in bytes. */
export async function draftArchive(
  path: string,
  key: Uint8Array,
  files: readonly ArchivedFile[],
): Promise<number> {
  const out = await open(`${path}${DRAFT_SUFFIX}`, 'w', 0o600);
  let size = 0;
  try {
    const salt = randomBytes(SALT_BYTES);
    await out.appendFile(Buffer.concat([MAGIC, salt]));
    const chunks = new ChunkWriter(out, chunkKey(key, salt));
    for (const { name, path: from } of files) await addFile(chunks, name, from);
    await chunks.end();
    await out.sync();
    ({ size } = await out.stat());
  } finally {
    await out.close();
  }
  return size;
}

export async function nameArchive(path: string): Promise<void> {
  await rename(`${path}${DRAFT_SUFFIX}`, path);
}

async function addFile(chunks: ChunkWriter, name: string, path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const named = Buffer.from(name);
    const head = Buffer.alloc(2 + named.length + 6);
    head.writeUInt16BE(named.length, 0);
    named.copy(head, 2);
    head.writeUIntBE(size, 2 + named.length, 6);
    await chunks.write(head);
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    // A file that is appended to meanwhile is taken as long as it was.
    for (let at = 0; at < size;) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - at), at);
      if (bytesRead === 0) throw new CommandFailure('failed', `waybill: ${path} became shorter.`);
      await chunks.write(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}

class ChunkWriter {
  readonly #out: FileHandle;
  readonly #key: Buffer;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #number = 0;

  constructor(out: FileHandle, key: Buffer) {
    this.#out = out;
    this.#key = key;
  }

  async write(bytes: Buffer): Promise<void> {
    this.#held.push(Buffer.from(bytes));
    this.#heldBytes += bytes.length;
    if (this.#heldBytes < CHUNK_BYTES) return;
    const all = Buffer.concat(this.#held);
    let from = 0;
    for (; all.length - from >= CHUNK_BYTES; from += CHUNK_BYTES) {
      await this.#seal(all.subarray(from, from + CHUNK_BYTES), false);
    }
    this.#held = [all.subarray(from)];
    this.#heldBytes = all.length - from;
  }

  async end(): Promise<void> {
    await this.#seal(Buffer.concat(this.#held), true);
  }

  async #seal(plain: Buffer, isLast: boolean): Promise<void> {
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(this.#number));
    cipher.setAAD(Buffer.of(isLast ? 1 : 0));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(sealed.length);
    // A disk that is nearly full takes a part of a `write` and says so only by its answer: `appendFile` goes on until it fails.
    await this.#out.appendFile(Buffer.concat([length, sealed]));
    this.#number += 1;
  }
}

/**
 * Unpacks an archive below a folder; every file is synced, mode 0600. Throws a failure for one that was made with another key, was changed or was cut
 * short: then what was unpacked is not to be used.
 */
export async function readArchive(path: string, key: Uint8Array, folder: string): Promise<void> {
  const archive = await open(path, 'r').catch((cause: unknown) => {
    throw new CommandFailure('failed', `waybill: cannot read ${path}.`, cause);
  });
  const files = new FileWriter(folder, path);
  try {
    for await (const plain of chunksOf(archive, path, key)) await files.write(plain);
    files.end();
  } finally {
    await files.close();
    await archive.close();
  }
}

async function* chunksOf(
  archive: FileHandle,
  path: string,
  key: Uint8Array,
): AsyncGenerator<Buffer, void, undefined> {
  const head = await exactly(archive, MAGIC.length + SALT_BYTES, path);
  if (!head.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged(path, 'is no archive');
  const own = chunkKey(key, head.subarray(MAGIC.length));
  for (let number = 0; ; number += 1) {
    const length = (await exactly(archive, 4, path)).readUInt32BE();
    if (length < TAG_BYTES || length > CHUNK_BYTES + TAG_BYTES) throw damaged(path, 'is damaged');
    const sealed = await exactly(archive, length, path);
    const whole = opened(own, number, sealed, false);
    const plain = whole ?? opened(own, number, sealed, true);
    if (plain === undefined) {
      throw damaged(path, number === 0 ? 'was made with another key, or changed' : 'was changed');
    }
    yield plain;
    if (whole !== undefined) continue;
    if ((await archive.read(Buffer.alloc(1), 0, 1)).bytesRead > 0) {
      throw damaged(path, 'has more behind its end');
    }
    return;
  }
}

function opened(key: Buffer, number: number, sealed: Buffer, isLast: boolean): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number));
  decipher.setAAD(Buffer.of(isLast ? 1 : 0));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Cuts what the chunks hold into its files. */
class FileWriter {
  readonly #folder: string;
  readonly #archive: string;
  #held: Buffer = Buffer.alloc(0);
  #file: FileHandle | undefined;
  #left = 0;

  constructor(folder: string, archive: string) {
    this.#folder = folder;
    this.#archive = archive;
  }

  async write(bytes: Buffer): Promise<void> {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    for (;;) {
      if (this.#file === undefined && !(await this.#begin())) return;
      const part = this.#held.subarray(0, Math.min(this.#left, this.#held.length));
      if (part.length > 0) await this.#file?.appendFile(part);
      this.#left -= part.length;
      this.#held = this.#held.subarray(part.length);
      if (this.#left > 0) return;
      await this.#finish();
    }
  }

  end(): void {
    if (this.#file === undefined && this.#held.length === 0) return;
    throw damaged(this.#archive, 'ends within a file');
  }

  /** The file under way, where there is one. */
  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Opens the next file; false where its head is not all there yet. */
  async #begin(): Promise<boolean> {
    if (this.#held.length < 2) return false;
    const headBytes = 2 + this.#held.readUInt16BE() + 6;
    if (this.#held.length < headBytes) return false;
    const name = this.#held.toString('utf8', 2, headBytes - 6);
    this.#left = this.#held.readUIntBE(headBytes - 6, 6);
    this.#held = this.#held.subarray(headBytes);
    if (normalize(name) !== name || name.startsWith('/') || name.startsWith('..')) {
      throw damaged(this.#archive, 'names a file outside of its folder');
    }
    const path = join(this.#folder, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    this.#file = await open(path, 'wx', 0o600);
    return true;
  }

  async #finish(): Promise<void> {
    await this.#file?.sync();
    await this.#file?.close();
    this.#file = undefined;
  }
}

async function exactly(file: FileHandle, bytes: number, path: string): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes);
  if (bytesRead < bytes) throw damaged(path, 'was cut short');
  return buffer;
}

function chunkKey(key: Uint8Array, salt: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, 'waybill/backup/v1', 32));
}

function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(number, 6, 6);
  return nonce;
}

function damaged(path: string, what: string): CommandFailure {
  return new CommandFailure('failed', `waybill: ${path} ${what}; nothing of it is to be used.`);
}
