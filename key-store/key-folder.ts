import { hash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyStoreError } from './errors.ts';
import { KEY_ID_BYTES, encodeKeyBlock } from './key-block.ts';
import { FILE_IDS_MAX, KeyFile } from './key-file.ts';
import type { HomeTrace } from './trace-keys.ts';
import { TRACE_KEY_BYTES } from './trace-keys.ts';

export type KeyFolderOptions = {
  /** Made when missing, mode 0700. Not to be in the same backups as the data. */
  readonly folder: string;
  /** The tenant's 32-byte key that wraps its traces' keys. */
  readonly wrappingKey: (tenant: string) => Uint8Array;
};

/** Who appends to a file, by how its name begins: each file has one writer, and the others follow it. */
export const keyWriters = { maker: 'm', ledger: '' } as const;
export type KeyWriter = keyof typeof keyWriters;

/** The files of one folder of keys: those that are ours to append to, and those that we follow. */
export class KeyFolder {
  readonly own: KeyFile[] = [];
  readonly followed: KeyFile[] = [];
  readonly #options: KeyFolderOptions;
  readonly #writer: KeyWriter;
  readonly #known = new Set<string>();

  private constructor(options: KeyFolderOptions, writer: KeyWriter) {
    this.#options = options;
    this.#writer = writer;
  }

  static async open(options: KeyFolderOptions, writer: KeyWriter): Promise<KeyFolder> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const folder = new KeyFolder(options, writer);
    for (const name of await folder.#names(writer)) {
      folder.own.push(await KeyFile.open(join(options.folder, name)));
    }
    await folder.findFollowed();
    return folder;
  }

  /** Opens files of others that were made since. */
  async findFollowed(): Promise<void> {
    for (const name of await this.#names(this.#writer === 'maker' ? 'ledger' : 'maker')) {
      if (this.#known.has(name)) continue;
      this.#known.add(name);
      this.followed.push(await KeyFile.follow(join(this.#options.folder, name)));
    }
  }

  /** All files, the newest first. */
  newestFirst(): readonly KeyFile[] {
    return [...this.own, ...this.followed].toReversed();
  }

  /** Appends keys, a block a tenant, and syncs them. `keys` are 32 bytes a home, in order. */
  async append(homes: readonly HomeTrace[], keys: readonly Uint8Array[]): Promise<void> {
    const { wrappingKey } = this.#options;
    const numbered = homes.map((home, at) => ({ home, key: keys[at] ?? NO_KEY }));
    const blocks = [...Map.groupBy(numbered, ({ home }) => home.tenant)].map(([tenant, group]) => {
      const ids = group.map(({ home }) => idOf(home));
      const made = { tenant, iv: randomBytes(16), ids, keys: Buffer.concat(group.map(keyIn)) };
      return encodeKeyBlock(made, wrappingKey(tenant));
    });
    await written(async () => (await this.#fileFor(homes.length)).append(blocks, homes.map(idOf)));
  }

  async close(): Promise<void> {
    for (const file of [...this.own, ...this.followed]) await file.close();
    this.own.length = 0;
    this.followed.length = 0;
  }

  async #names(writer: KeyWriter): Promise<readonly string[]> {
    const prefix = keyWriters[writer];
    const names = await readdir(this.#options.folder);
    return names.filter((name) => FILE_NAME.exec(name)?.[1] === prefix).toSorted();
  }

  async #fileFor(ids: number): Promise<KeyFile> {
    const last = this.own.at(-1);
    if (last && last.ids + ids <= FILE_IDS_MAX) return last;
    const { folder } = this.#options;
    const number = String(this.own.length).padStart(8, '0');
    const file = await KeyFile.open(join(folder, `${keyWriters[this.#writer]}${number}.keys`));
    await syncFolder(folder);
    this.own.push(file);
    return file;
  }
}

const FILE_NAME = /^(m?)\d{8}\.keys$/;
const NO_KEY = new Uint8Array(TRACE_KEY_BYTES);

function keyIn({ key }: { readonly key: Uint8Array }): Uint8Array {
  return key;
}

// Neither part of a name holds a NUL: a trace id is hex digits.
export function nameOf({ tenant, traceId }: HomeTrace): string {
  return `${traceId}\0${tenant}`;
}

export function idOf(home: HomeTrace): Buffer {
  return Buffer.from(hash('sha256', nameOf(home), 'binary').slice(0, KEY_ID_BYTES), 'latin1');
}

/** What fails on the disk, as an error of ours. */
export async function written<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof KeyStoreError) throw cause;
    throw new KeyStoreError('KEY_STORE_UNWRITABLE', 'The trace keys could not be written.', cause);
  }
}

/** A file's name is on disk when its folder is synced. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}
