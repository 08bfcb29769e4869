import { setTimeout as wait } from 'node:timers/promises';
import type { PeerAddress } from '../inner-http/peer-settings.ts';
import { postJson } from '../inner-http/post-json.ts';
import { KeyStoreError } from './errors.ts';
import { KEEPER_BYTES_MAX } from './keeper-protocol.ts';

export type KeeperAddress = PeerAddress & {
  readonly retryFirstMs?: number;
  readonly retryMsMax?: number;
  /** Told of each answer, and of each time that none came: what waits for the keeper can say so. */
  readonly onAnswered?: (isAnswered: boolean) => void;
};

/**
 * Posts to a key keeper and gives its answer. While it is away or cannot write it is asked again, until the signal: nothing can be made without
 * keys, so that waiting is all there is. Throws `KEY_STORE_REFUSED` for what asking again cannot mend, `KEY_STORE_UNREACHABLE` after the signal.
 */
export async function askKeeper(
  address: KeeperAddress,
  path: string,
  asked: object,
  signal: AbortSignal,
): Promise<unknown> {
  const { retryFirstMs = 200, retryMsMax = 10_000, onAnswered } = address;
  const posted = { body: JSON.stringify(asked), answerBytesMax: KEEPER_BYTES_MAX, signal };
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await postJson(address, path, posted).catch((cause: unknown) => ({ cause }));
    onAnswered?.('status' in outcome && outcome.status < 500);
    if ('status' in outcome && outcome.status === 200) return read(outcome.text, address.url);
    if ('status' in outcome && outcome.status < 500) {
      const detail = `${address.url} answered ${outcome.status}: ${outcome.text.slice(0, 200)}.`;
      throw new KeyStoreError('KEY_STORE_REFUSED', detail);
    }
    const cause = 'cause' in outcome ? outcome.cause : undefined;
    if (signal.aborted) {
      throw new KeyStoreError('KEY_STORE_UNREACHABLE', `${address.url}.`, cause);
    }
    const ms = Math.min(retryMsMax, retryFirstMs * 2 ** attempt);
    await wait(ms, undefined, { signal }).catch(() => undefined);
  }
}

// What stands there is not told: it may be keys.
function read(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new KeyStoreError('KEY_STORE_REFUSED', `${url} answered what is no JSON.`);
  }
}
