import { askKeeper } from './ask-keeper.ts';
import type { KeeperAddress } from './ask-keeper.ts';
import { KeyStoreError } from './errors.ts';
import { freshKey } from './fresh-key.ts';
import { KeyCache } from './key-cache.ts';
import { nameOf } from './key-folder.ts';
import {
  KEEPER_HOMES_MAX,
  destroyedAnswer,
  encodeHomes,
  encodeKey,
  keeperPaths,
  keysAnswer,
} from './keeper-protocol.ts';
import type { TraceKeyMaker } from './trace-key-maker.ts';
import type { HomeTrace, TraceKeys } from './trace-keys.ts';

/** Trace keys that a key keeper holds, for a ledger on any machine. Waits for a keeper that is away, until the signal. */
export function openRemoteTraceKeys(address: KeeperAddress, signal: AbortSignal): TraceKeys {
  const cache = new KeyCache();
  const ask = async (path: string, body: object): Promise<unknown> =>
    askKeeper(address, path, body, signal);

  const take = async (homes: readonly HomeTrace[]): Promise<void> => {
    const { keys } = keysAnswer.parse(await ask(keeperPaths.take, { homes: encodeHomes(homes) }));
    for (const [at, home] of homes.entries()) cache.put(nameOf(home), keys[at] || null);
  };
  return {
    keysFor: async (homes) => {
      const found = new Map<string, Uint8Array | null>();
      for (const some of inParts([...distinct(homes)])) {
        const unknown = some.filter((home) => cache.get(nameOf(home)) === undefined);
        if (unknown.length > 0) await take(unknown);
        for (const home of some) found.set(nameOf(home), cache.get(nameOf(home)) ?? null);
      }
      return homes.map((home) => found.get(nameOf(home)) ?? null);
    },
    find: async (home) => {
      const cached = cache.get(nameOf(home));
      if (cached !== undefined) return cached;
      const answer = await ask(keeperPaths.find, { homes: encodeHomes([home]) });
      const [key] = keysAnswer.parse(answer).keys;
      return key === false ? undefined : (key ?? null);
    },
    destroy: async (homes) => {
      let destroyed = 0;
      for (const some of inParts(homes)) {
        const answer = await ask(keeperPaths.destroy, { homes: encodeHomes(some) });
        destroyed += destroyedAnswer.parse(answer).destroyed;
        for (const home of some) cache.drop(nameOf(home));
      }
      return destroyed;
    },
    close: async () => Promise.resolve(),
  };
}

/**
 * Makes keys at once and has a key keeper write them down. Where the keeper had another key for a trace, `flush` rejects with `KEY_STORE_KEYS_DIFFER`, and
 * `keyFor` gives the keeper's from then on: what was encrypted since the last flush is to be made again. So each that encrypts has one of its own.
 */
export function openRemoteTraceKeyMaker(
  address: KeeperAddress,
  signal: AbortSignal,
): TraceKeyMaker {
  const cache = new KeyCache();
  const pending = new Map<string, { readonly home: HomeTrace; readonly key: Uint8Array }>();
  let turn: Promise<unknown> = Promise.resolve();

  const offer = async (some: readonly [string, { home: HomeTrace; key: Uint8Array }][]) => {
    const homes = encodeHomes(some.map(([, { home }]) => home));
    const offered = some.map(([, { key }]) => encodeKey(key));
    const answer = await askKeeper(address, keeperPaths.take, { homes, offered }, signal);
    const { keys } = keysAnswer.parse(answer);
    let differ = 0;
    for (const [at, [name, { key }]] of some.entries()) {
      const kept = keys[at] || null;
      if (kept === null || Buffer.compare(kept, key) !== 0) differ += 1;
      cache.put(name, kept);
      pending.delete(name);
    }
    return differ;
  };
  const write = async (): Promise<void> => {
    let differ = 0;
    for (const some of inParts([...pending])) differ += await offer(some);
    if (differ > 0) throw new KeyStoreError('KEY_STORE_KEYS_DIFFER', `Of ${differ} traces.`);
  };
  return {
    keyFor: (home) => {
      const name = nameOf(home);
      const cached = cache.get(name);
      if (cached !== undefined) return cached;
      const waiting = pending.get(name);
      if (waiting) return waiting.key;
      const key = freshKey();
      pending.set(name, { home, key });
      return key;
    },
    flush: async () => {
      const mine = turn.then(write);
      turn = mine.catch(() => undefined);
      return mine;
    },
    close: async () => {
      await turn;
    },
  };
}

function distinct(homes: readonly HomeTrace[]): Iterable<HomeTrace> {
  return new Map(homes.map((home) => [nameOf(home), home])).values();
}

/** As many at a time as a keeper takes. */
function* inParts<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += KEEPER_HOMES_MAX) {
    yield all.slice(at, at + KEEPER_HOMES_MAX);
  }
}
