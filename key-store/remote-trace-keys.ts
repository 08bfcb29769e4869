import type { z } from 'zod';
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

/**
 * Trace keys that a key keeper holds, for a ledger on any machine. Waits for a keeper that is away, until the signal. Nothing is remembered here: what another
 * ledger has had destroyed would live on, and a batch has new traces, so that it asks anyway.
 */
export function openRemoteTraceKeys(address: KeeperAddress, signal: AbortSignal): TraceKeys {
  const ask = async (path: string, body: object): Promise<unknown> =>
    askKeeper(address, path, body, signal);
  return {
    keysFor: async (homes) => {
      const found = new Map<string, Uint8Array | null>();
      for (const some of inParts([...distinct(homes)])) {
        const answer = await ask(keeperPaths.take, { homes: encodeHomes(some) });
        const keys = takenKeys(answer, some.length);
        for (const [at, home] of some.entries()) found.set(nameOf(home), keys[at] ?? null);
      }
      return homes.map((home) => found.get(nameOf(home)) ?? null);
    },
    find: async (home) => {
      const answer = await ask(keeperPaths.find, { homes: encodeHomes([home]) });
      const [key] = answeredKeys(answer, 1);
      return key === false ? undefined : (key ?? null);
    },
    destroy: async (homes) => {
      let destroyed = 0;
      for (const some of inParts(homes)) {
        const answer = await ask(keeperPaths.destroy, { homes: encodeHomes(some) });
        destroyed += understood(destroyedAnswer, answer).destroyed;
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
    const keys = takenKeys(answer, some.length);
    let differ = 0;
    for (const [at, [name, { key }]] of some.entries()) {
      const kept = keys[at] ?? null;
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

/** Throws `KEY_STORE_REFUSED` for what is no answer: nothing that was asked is at fault, and none of it may pass for destroyed. */
function understood<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new KeyStoreError('KEY_STORE_REFUSED', 'The answer is none of a key keeper.');
}

/** One for each trace that was asked for. */
function answeredKeys(answer: unknown, asked: number): readonly (Uint8Array | null | false)[] {
  const { keys } = understood(keysAnswer, answer);
  if (keys.length === asked) return keys;
  throw new KeyStoreError('KEY_STORE_REFUSED', `Of ${asked} keys came ${keys.length}.`);
}

/** The same, where each trace has had a key: it is there, or was destroyed. */
function takenKeys(answer: unknown, asked: number): readonly (Uint8Array | null)[] {
  return answeredKeys(answer, asked).map((key) => {
    if (key !== false) return key;
    throw new KeyStoreError('KEY_STORE_REFUSED', 'A key that was to be made is not there.');
  });
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
