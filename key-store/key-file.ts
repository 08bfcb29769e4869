import { fstatSync, readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { KeyStoreError } from './errors.ts';
import { IdFilter } from './id-filter.ts';
import type { KeyBlock } from './key-block.ts';
import { KEY_ID_BYTES, readKeyBlock, slotsOf } from './key-block.ts';
import { TRACE_KEY_BYTES } from './trace-keys.ts';

/** Ids of one file, and so the memory of its filter: 512 KiB. */
export const FILE_IDS_MAX = 131_072;

/** Where a key lies. */
export type Found = { readonly block: KeyBlock; readonly slot: number; readonly at: number };

/** Whether nothing of the key is left. A flag alone may come of a crash between the two writes of `erase`. */
export function isErased({ block, slot }: Found): boolean {
  const from = slot * TRACE_KEY_BYTES;
  const gone = block.wrapped.subarray(from, from + TRACE_KEY_BYTES).every((byte) => byte === 0);
  return gone && block.flags[slot] !== 0;
}

/** One file of key blocks: appended to until it is full, then only read, and overwritten where a key is destroyed. */
export class KeyFile {
  ids = 0;
  readonly #handle: FileHandle;
  readonly #filter = new IdFilter(FILE_IDS_MAX);
  #size = 0;
  /** How far an append of ours may have reached that was not told as done. */
  #reached = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /**
   * Opens a file, or makes it (mode 0600). Bytes at its end that are no whole block were never promised to anybody, and are cut off; anywhere
   * else they are damage.
   */
  static async open(path: string): Promise<KeyFile> {
    const file = new KeyFile(await open(path, 'a+', 0o600).then(reopen(path)));
    const bytes = await file.#read();
    for (;;) {
      const block = readKeyBlock(bytes, file.#size);
      if (block === undefined) break;
      file.#note(block.ids);
      file.#size += block.bytes;
    }
    if (file.#size < bytes.length) await file.#cut(path, bytes);
    file.#reached = file.#size;
    return file;
  }

  /** Opens a file that somebody else appends to: {@link refresh} tells what is new. */
  static async follow(path: string): Promise<KeyFile> {
    return new KeyFile(await open(path, 'r+'));
  }

  /** The blocks that were appended since the last look; one that is only half there is told at a later look. */
  async refresh(): Promise<readonly KeyBlock[]> {
    const { size } = await this.#handle.stat();
    if (size <= this.#size) return [];
    const bytes = Buffer.allocUnsafeSlow(size - this.#size);
    await this.#handle.read(bytes, 0, bytes.length, this.#size);
    const blocks: KeyBlock[] = [];
    for (let at = 0; ;) {
      const block = readKeyBlock(bytes, at);
      if (block === undefined) return blocks;
      this.#note(block.ids);
      this.#size += block.bytes;
      at += block.bytes;
      blocks.push(block);
    }
  }

  mayHave(id: Buffer): boolean {
    return this.#filter.mayHave(id);
  }

  /** Where the keys of these ids lie, by the id's 32 hex digits; one reading of the file for all. */
  async find(ids: readonly Buffer[]): Promise<ReadonlyMap<string, Found>> {
    return this.#search(await this.#read(), ids);
  }

  /** The same for one id, at once: for who cannot wait. */
  findNow(id: Buffer): Found | undefined {
    const bytes = Buffer.allocUnsafeSlow(fstatSync(this.#handle.fd).size);
    readSync(this.#handle.fd, bytes, 0, bytes.length, 0);
    return this.#search(bytes, [id]).get(id.toString('hex'));
  }

  #search(bytes: Buffer, ids: readonly Buffer[]): ReadonlyMap<string, Found> {
    const wanted = new Set(ids.map((id) => id.toString('latin1')));
    const found = new Map<string, Found>();
    for (let at = 0; at < this.#size && found.size < wanted.size;) {
      const block = readKeyBlock(bytes, at);
      if (block === undefined) throw new KeyStoreError('KEY_STORE_DAMAGED', `block at ${at}.`);
      for (const slot of slotsOf(block, wanted)) {
        const id = block.ids.subarray(slot * KEY_ID_BYTES, (slot + 1) * KEY_ID_BYTES);
        found.set(id.toString('hex'), { block, slot, at });
      }
      at += block.bytes;
    }
    return found;
  }

  /**
   * Commit point: when it resolves, the blocks are on disk. If we die before, they may be there: keys that nobody used. `KEY_STORE_SHARED` where somebody else
   * has appended, whose keys would be written over.
   */
  async append(blocks: readonly Buffer[], ids: readonly Buffer[]): Promise<void> {
    const bytes = Buffer.concat(blocks);
    const { size } = await this.#handle.stat();
    if (size < this.#size || size > this.#reached) {
      throw new KeyStoreError(
        'KEY_STORE_SHARED',
        `${size} bytes, of which ${this.#size} are ours.`,
      );
    }
    this.#reached = this.#size + bytes.length;
    // A disk that is nearly full takes a part and says how much.
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#handle.write(bytes, at, undefined, this.#size + at);
      at += bytesWritten;
    }
    await this.#handle.datasync();
    this.#size = this.#reached;
    for (const id of ids) this.#note(id);
  }

  /** Overwrites the keys, flags after them, and syncs both before it resolves. */
  async erase(found: readonly Found[]): Promise<void> {
    const zeros = Buffer.alloc(TRACE_KEY_BYTES);
    for (const { block, slot, at } of found) {
      const flag = Buffer.of(1);
      await this.#handle.write(flag, 0, 1, at + block.flagsAt + slot);
    }
    await this.#handle.datasync();
    for (const { block, slot, at } of found) {
      const place = at + block.wrappedAt + slot * TRACE_KEY_BYTES;
      await this.#handle.write(zeros, 0, zeros.length, place);
    }
    await this.#handle.datasync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #note(ids: Buffer): void {
    for (let at = 0; at < ids.length; at += KEY_ID_BYTES) {
      this.#filter.add(ids.subarray(at, at + KEY_ID_BYTES));
    }
    this.ids += ids.length / KEY_ID_BYTES;
  }

  async #read(): Promise<Buffer> {
    const { size } = await this.#handle.stat();
    const bytes = Buffer.allocUnsafeSlow(size);
    await this.#handle.read(bytes, 0, size, 0);
    return bytes;
  }

  async #cut(path: string, bytes: Buffer): Promise<void> {
    // A block that is whole anywhere further on means that this one was once, too: to cut it off would destroy the keys behind it.
    for (let at = this.#size + 1; at < bytes.length; at += 1) {
      if (readKeyBlock(bytes, at) === undefined) continue;
      throw new KeyStoreError('KEY_STORE_DAMAGED', `${path}, block at ${this.#size}.`);
    }
    await this.#handle.truncate(this.#size);
  }
}

// Opened to append it is made where it is missing; opened again, it can be written at a place.
function reopen(path: string): (made: FileHandle) => Promise<FileHandle> {
  return async (made) => {
    await made.close();
    return open(path, 'r+');
  };
}
