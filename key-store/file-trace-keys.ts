import { freshKey } from './fresh-key.ts';
import { unwrapKeys } from './key-block.ts';
import type { KeyBlock } from './key-block.ts';
import { KEY_ID_BYTES } from './key-block.ts';
import { KeyCache } from './key-cache.ts';
import type { Found, KeyFile } from './key-file.ts';
import { isErased } from './key-file.ts';
import type { KeyFolderOptions } from './key-folder.ts';
import { KeyFolder, idOf, written } from './key-folder.ts';
import type { HomeTrace, TraceKeys } from './trace-keys.ts';

/** Trace keys in files of one folder: appended, one sync a call, overwritten when destroyed; those that a maker appends to are followed. */
export async function openFileTraceKeys(options: KeyFolderOptions): Promise<TraceKeys> {
  return new FileTraceKeys(options, await KeyFolder.open(options, 'ledger'));
}

type Place = { readonly file: KeyFile; readonly found: Found };

/** A trace, and its key's id in hex: made once, since it is a hash. */
type Named = { readonly id: string; readonly home: HomeTrace };

function named(home: HomeTrace): Named {
  return { id: idOf(home).toString('hex'), home };
}

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

  async keysFor(
    homes: readonly HomeTrace[],
    offered: readonly Uint8Array[] = [],
  ): Promise<readonly (Uint8Array | null)[]> {
    return this.#inTurn(async () => {
      const asked = homes.map((home, at) => ({ ...named(home), offered: offered[at] }));
      const found = await this.#look(asked);
      const missing = new Map(
        asked.filter(({ id }) => !found.has(id)).map((each) => [each.id, each]),
      );
      if (missing.size > 0) await this.#make([...missing.values()], found);
      return asked.map(({ id }) => found.get(id) ?? null);
    });
  }

  async find(home: HomeTrace): Promise<Uint8Array | null | undefined> {
    const asked = named(home);
    return this.#inTurn(async () => (await this.#look([asked])).get(asked.id));
  }

  async destroy(homes: readonly HomeTrace[]): Promise<number> {
    return this.#inTurn(async () => {
      await this.#follow();
      const ids = homes.map(idOf);
      const destroyed = new Set<string>();
      // In every file: a maker that had not seen the ledger's key has made a second one.
      for (const file of this.#folder.newestFirst()) {
        const asked = ids.filter((id) => file.mayHave(id));
        if (asked.length === 0) continue;
        const found = await file.find(asked);
        const left = [...found].filter(([, place]) => !isErased(place));
        if (left.length > 0) await written(async () => file.erase(left.map(([, place]) => place)));
        for (const [id] of left) destroyed.add(id);
      }
      for (const id of ids) this.#cache.drop(id.toString('hex'));
      return destroyed.size;
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => this.#folder.close());
  }

  /** The keys that there are, by their ids. */
  async #look(asked: readonly Named[]): Promise<Map<string, Uint8Array | null>> {
    const found = new Map<string, Uint8Array | null>();
    let missing = this.#fromCache(asked, found);
    if (missing.length === 0) return found;
    await this.#follow();
    missing = this.#fromCache(missing, found);
    if (missing.length === 0) return found;
    const places = await this.#locate(missing);
    // What was made together is asked for together, by who reads a log again: each block is taken in as a whole.
    const taken = new Map<KeyBlock, ReturnType<typeof unwrapKeys>>();
    for (const [id, { found: place }] of places) {
      const keys = taken.get(place.block) ?? this.#takeIn(place.block);
      taken.set(place.block, keys);
      found.set(id, keys[place.slot] ?? null);
    }
    return found;
  }

  #fromCache(asked: readonly Named[], found: Map<string, Uint8Array | null>): readonly Named[] {
    return asked.filter(({ id }) => {
      const cached = this.#cache.get(id);
      if (cached !== undefined) found.set(id, cached);
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

  #takeIn(block: KeyBlock): ReturnType<typeof unwrapKeys> {
    const keys = unwrapKeys(block, this.#options.wrappingKey(block.tenant));
    for (const [slot, key] of keys.entries()) {
      const id = block.ids.toString('hex', slot * KEY_ID_BYTES, (slot + 1) * KEY_ID_BYTES);
      this.#cache.put(id, key);
    }
    return keys;
  }

  /** Where the keys lie, by their ids. */
  async #locate(asked: readonly Named[]): Promise<ReadonlyMap<string, Place>> {
    const places = new Map<string, Place>();
    for (const file of this.#folder.newestFirst()) {
      const left = asked
        .filter(({ id }) => !places.has(id))
        .map(({ id }) => Buffer.from(id, 'hex'))
        .filter((id) => file.mayHave(id));
      if (left.length === 0) continue;
      for (const [id, found] of await file.find(left)) places.set(id, { file, found });
    }
    return places;
  }

  /** Makes keys, and puts them into `found` when they are on disk. */
  async #make(
    missing: readonly (Named & { readonly offered: Uint8Array | undefined })[],
    found: Map<string, Uint8Array | null>,
  ): Promise<void> {
    const keys = missing.map((each) => each.offered ?? freshKey());
    await this.#folder.append(
      missing.map(({ home }) => home),
      keys,
    );
    for (const [at, { id }] of missing.entries()) {
      const key = keys[at] ?? null;
      found.set(id, key);
      this.#cache.put(id, key);
    }
  }

  async #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(action);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}
