import { freshKey } from './fresh-key.ts';
import { unwrapKey, unwrapKeys } from './key-block.ts';
import type { KeyBlock } from './key-block.ts';
import { KEY_ID_BYTES } from './key-block.ts';
import { KeyCache } from './key-cache.ts';
import type { Found, KeyFile } from './key-file.ts';
import { isErased } from './key-file.ts';
import type { KeyFolderOptions } from './key-folder.ts';
import { KeyFolder, idOf, nameOf, written } from './key-folder.ts';
import type { HomeTrace, TraceKeys } from './trace-keys.ts';

/** Trace keys in files of one folder: appended, one sync a call, overwritten when destroyed; those that a maker appends to are followed. */
export async function openFileTraceKeys(options: KeyFolderOptions): Promise<TraceKeys> {
  return new FileTraceKeys(options, await KeyFolder.open(options, 'ledger'));
}

type Place = { readonly file: KeyFile; readonly found: Found };

class FileTraceKeys implements TraceKeys {
  readonly #options: KeyFolderOptions;
  readonly #folder: KeyFolder;
  /** By the key's id in hex. */
  readonly #cache = new KeyCache();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: KeyFolderOptions, folder: KeyFolder) {
    this.#options = options;
    this.#folder = folder;
  }

  async keysFor(homes: readonly HomeTrace[]): Promise<readonly (Uint8Array | null)[]> {
    return this.#inTurn(async () => {
      const asked = new Map(homes.map((home) => [nameOf(home), home]));
      const found = await this.#look([...asked.values()]);
      const missing = [...asked.values()].filter((home) => !found.has(nameOf(home)));
      if (missing.length > 0) await this.#make(missing, found);
      return homes.map((home) => found.get(nameOf(home)) ?? null);
    });
  }

  async find(home: HomeTrace): Promise<Uint8Array | null | undefined> {
    return this.#inTurn(async () => (await this.#look([home])).get(nameOf(home)));
  }

  async destroy(homes: readonly HomeTrace[]): Promise<number> {
    return this.#inTurn(async () => {
      await this.#follow();
      const places = await this.#locate(homes);
      const left = [...places.values()].filter(({ found }) => !isErased(found));
      const byFile = Map.groupBy(left, ({ file }) => file);
      for (const [file, some] of byFile) {
        await written(async () => file.erase(some.map(({ found }) => found)));
      }
      for (const home of homes) this.#cache.drop(idOf(home).toString('hex'));
      return left.length;
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => this.#folder.close());
  }

  /** The keys that there are, by the names of their traces. */
  async #look(homes: readonly HomeTrace[]): Promise<Map<string, Uint8Array | null>> {
    const found = new Map<string, Uint8Array | null>();
    let missing = this.#fromCache(homes, found);
    if (missing.length === 0) return found;
    await this.#follow();
    missing = this.#fromCache(missing, found);
    if (missing.length === 0) return found;
    const places = await this.#locate(missing);
    for (const home of missing) {
      const place = places.get(nameOf(home));
      if (place === undefined) continue;
      const { block, slot } = place.found;
      const key = unwrapKey(block, slot, this.#options.wrappingKey(home.tenant));
      found.set(nameOf(home), key);
      this.#cache.put(idOf(home).toString('hex'), key);
    }
    return found;
  }

  #fromCache(
    homes: readonly HomeTrace[],
    found: Map<string, Uint8Array | null>,
  ): readonly HomeTrace[] {
    return homes.filter((home) => {
      const cached = this.#cache.get(idOf(home).toString('hex'));
      if (cached !== undefined) found.set(nameOf(home), cached);
      return cached === undefined;
    });
  }

  /** Takes in what others have appended: their newest keys are those that are asked for next. */
  async #follow(): Promise<void> {
    await this.#folder.findFollowed();
    for (const file of this.#folder.followed) {
      for (const block of await file.refresh()) this.#takeIn(block);
    }
  }

  #takeIn(block: KeyBlock): void {
    const keys = unwrapKeys(block, this.#options.wrappingKey(block.tenant));
    for (const [slot, key] of keys.entries()) {
      const id = block.ids.toString('hex', slot * KEY_ID_BYTES, (slot + 1) * KEY_ID_BYTES);
      this.#cache.put(id, key);
    }
  }

  /** Where the keys lie, by the names of their traces. */
  async #locate(homes: readonly HomeTrace[]): Promise<ReadonlyMap<string, Place>> {
    const places = new Map<string, Place>();
    for (const file of this.#folder.newestFirst()) {
      const asked = homes
        .filter((home) => !places.has(nameOf(home)))
        .map((home) => ({ home, id: idOf(home) }))
        .filter(({ id }) => file.mayHave(id));
      if (asked.length === 0) continue;
      const found = await file.find(asked.map(({ id }) => id));
      for (const { home, id } of asked) {
        const at = found.get(id.toString('hex'));
        if (at) places.set(nameOf(home), { file, found: at });
      }
    }
    return places;
  }

  /** Makes keys, and puts them into `found` when they are on disk. */
  async #make(homes: readonly HomeTrace[], found: Map<string, Uint8Array | null>): Promise<void> {
    const keys = homes.map(() => freshKey());
    await this.#folder.append(homes, keys);
    for (const [at, home] of homes.entries()) {
      const key = keys[at] ?? null;
      found.set(nameOf(home), key);
      this.#cache.put(idOf(home).toString('hex'), key);
    }
  }

  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(action);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}
