import { hash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyStoreError } from './errors.ts';
import { KEY_ID_BYTES, encodeKeyBlock, unwrapKey } from './key-block.ts';
import type { Found } from './key-file.ts';
import { FILE_IDS_MAX, KeyFile, isErased } from './key-file.ts';
import type { HomeTrace, TraceKeys } from './trace-keys.ts';
import { TRACE_KEY_BYTES } from './trace-keys.ts';

export type FileTraceKeysOptions = {
  /** Made when missing, mode 0700. Not to be in the same backups as the data. */
  readonly folder: string;
  /** The tenant's 32-byte key that wraps its traces' keys. */
  readonly wrappingKey: (tenant: string) => Uint8Array;
};

/** Keys held in memory for the next record of their trace. */
const CACHED_KEYS_MAX = 65_536;

/** Trace keys in files of one folder: appended, one sync a call, overwritten when destroyed. */
export async function openFileTraceKeys(options: FileTraceKeysOptions): Promise<TraceKeys> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const names = (await readdir(options.folder)).filter((name) => /^\d{8}\.keys$/.test(name)).sort();
  const files: KeyFile[] = [];
  for (const name of names) files.push(await KeyFile.open(join(options.folder, name)));
  return new FileTraceKeys(options, files);
}

class FileTraceKeys implements TraceKeys {
  readonly #options: FileTraceKeysOptions;
  readonly #files: KeyFile[];
  readonly #cache = new Map<string, Buffer | null>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: FileTraceKeysOptions, files: KeyFile[]) {
    this.#options = options;
    this.#files = files;
  }

  async keysFor(homes: readonly HomeTrace[]): Promise<readonly (Uint8Array | null)[]> {
    return this.#inTurn(async () => {
      const found = new Map<string, Buffer | null>();
      const missing = new Map<string, HomeTrace>();
      for (const home of homes) {
        const name = nameOf(home);
        if (found.has(name) || missing.has(name)) continue;
        const key = await this.#look(home);
        if (key === undefined) missing.set(name, home);
        else found.set(name, key);
      }
      if (missing.size > 0) await this.#make([...missing.values()], found);
      for (const [name, key] of found) this.#remember(name, key);
      return homes.map((home) => found.get(nameOf(home)) ?? null);
    });
  }

  async find(home: HomeTrace): Promise<Uint8Array | null | undefined> {
    return this.#inTurn(async () => this.#look(home));
  }

  async destroy(homes: readonly HomeTrace[]): Promise<number> {
    return this.#inTurn(async () => {
      const byFile = new Map<KeyFile, Found[]>();
      for (const home of homes) {
        const at = await this.#locate(idOf(home));
        if (at === undefined || isErased(at.found)) continue;
        byFile.set(at.file, [...(byFile.get(at.file) ?? []), at.found]);
      }
      for (const [file, found] of byFile) await written(async () => file.erase(found));
      for (const home of homes) this.#cache.delete(nameOf(home));
      return [...byFile.values()].reduce((sum, { length }) => sum + length, 0);
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => {
      for (const file of this.#files) await file.close();
      this.#files.length = 0;
    });
  }

  async #look(home: HomeTrace): Promise<Buffer | null | undefined> {
    const cached = this.#cache.get(nameOf(home));
    if (cached !== undefined) return cached;
    const at = await this.#locate(idOf(home));
    if (at === undefined) return undefined;
    return unwrapKey(at.found.block, at.found.slot, this.#options.wrappingKey(home.tenant));
  }

  async #locate(
    id: Buffer,
  ): Promise<{ readonly file: KeyFile; readonly found: Found } | undefined> {
    for (const file of this.#files.toReversed()) {
      if (!file.mayHave(id)) continue;
      const found = await file.find(id);
      if (found) return { file, found };
    }
    return undefined;
  }

  /** Makes keys, a block a tenant, and puts them into `found` when they are on disk. */
  async #make(homes: readonly HomeTrace[], found: Map<string, Buffer | null>): Promise<void> {
    const ids = homes.map(idOf);
    const blocks = [...Map.groupBy(homes, ({ tenant }) => tenant)].map(([tenant, group]) => {
      const keys = randomBytes(group.length * TRACE_KEY_BYTES);
      for (const [at, home] of group.entries()) {
        const key = keys.subarray(at * TRACE_KEY_BYTES, (at + 1) * TRACE_KEY_BYTES);
        found.set(nameOf(home), Buffer.from(key));
      }
      const made = { tenant, iv: randomBytes(16), ids: group.map(idOf), keys };
      return encodeKeyBlock(made, this.#options.wrappingKey(tenant));
    });
    await written(async () => (await this.#fileFor(ids.length)).append(blocks, ids));
  }

  async #fileFor(ids: number): Promise<KeyFile> {
    const last = this.#files.at(-1);
    if (last && last.ids + ids <= FILE_IDS_MAX) return last;
    const { folder } = this.#options;
    const name = `${String(this.#files.length).padStart(8, '0')}.keys`;
    const file = await KeyFile.open(join(folder, name));
    await syncFolder(folder);
    this.#files.push(file);
    return file;
  }

  #remember(name: string, key: Buffer | null): void {
    this.#cache.delete(name);
    this.#cache.set(name, key);
    if (this.#cache.size <= CACHED_KEYS_MAX) return;
    const [oldest] = this.#cache.keys();
    if (oldest !== undefined) this.#cache.delete(oldest);
  }

  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(action);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

// Neither part of a name holds a NUL: a trace id is hex digits.
function nameOf({ tenant, traceId }: HomeTrace): string {
  return `${traceId}\0${tenant}`;
}

function idOf(home: HomeTrace): Buffer {
  return Buffer.from(hash('sha256', nameOf(home), 'binary').slice(0, KEY_ID_BYTES), 'latin1');
}

async function written<T>(action: () => Promise<T>): Promise<T> {
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
