import { freshKey } from './fresh-key.ts';
import { unwrapKey } from './key-block.ts';
import { KeyCache } from './key-cache.ts';
import type { KeyFolderOptions } from './key-folder.ts';
import { KeyFolder, idOf, nameOf } from './key-folder.ts';
import type { HomeTrace } from './trace-keys.ts';

/**
 * Makes keys of home traces at once, for who encrypts record by record, and writes them down together. What was encrypted MUST NOT be committed before `flush`
 * has resolved.
 */
export interface TraceKeyMaker {
  /** The trace's key, made where there was none; null where it was destroyed, as far as is known here. */
  keyFor(home: HomeTrace): Uint8Array | null;
  /** Commit point: when it resolves, every key given so far is on disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export async function openTraceKeyMaker(options: KeyFolderOptions): Promise<TraceKeyMaker> {
  const folder = await KeyFolder.open(options, 'maker');
  for (const file of folder.followed) await file.refresh();
  const cache = new KeyCache();
  const pending = new Map<string, { readonly home: HomeTrace; readonly key: Uint8Array }>();
  let turn: Promise<void> = Promise.resolve();

  const look = (home: HomeTrace): Uint8Array | null | undefined => {
    const id = idOf(home);
    for (const file of folder.newestFirst()) {
      const found = file.mayHave(id) ? file.findNow(id) : undefined;
      if (found) return unwrapKey(found.block, found.slot, options.wrappingKey(home.tenant));
    }
    return undefined;
  };
  const keyFor = (home: HomeTrace): Uint8Array | null => {
    const name = nameOf(home);
    const cached = cache.get(name);
    if (cached !== undefined) return cached;
    const known = pending.get(name)?.key ?? look(home);
    if (known !== undefined) {
      cache.put(name, known);
      return known;
    }
    const key = freshKey();
    pending.set(name, { home, key });
    cache.put(name, key);
    return key;
  };
  const write = async (): Promise<void> => {
    if (pending.size === 0) return;
    const made = [...pending];
    const homes = made.map(([, { home }]) => home);
    const keys = made.map(([, { key }]) => key);
    await folder.append(homes, keys);
    for (const [name] of made) pending.delete(name);
  };
  const flush = async (): Promise<void> => {
    const mine = turn.then(write);
    turn = mine.catch(() => undefined);
    return mine;
  };
  return {
    keyFor,
    flush,
    close: async () => {
      await flush();
      await folder.close();
    },
  };
}
