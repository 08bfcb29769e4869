import { request as overHttp } from 'node:http';
import { request as overTls } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { KeyStoreError } from './errors.ts';
import { KEEPER_BYTES_MAX } from './keeper-protocol.ts';

export type KeeperAddress = {
  /** `https://host:port`; `http` is for loopback. */
  readonly url: string;
  readonly token: string;
  /** PEM of the authority that signed the keeper's certificate; without it those that Node trusts. */
  readonly authority?: string;
  /** Wait for one answer, milliseconds. */
  readonly answerWaitMsMax?: number;
  readonly retryFirstMs?: number;
  readonly retryMsMax?: number;
};

/**
 * Posts to a key keeper and gives its answer. While it is away or cannot write it is asked again, until the signal: nothing can be made without
 * keys, so that waiting is all there is. Throws `KEY_STORE_REFUSED` for what asking again cannot mend, `KEY_STORE_UNREACHABLE` after the signal.
 */
export async function askKeeper(
  address: KeeperAddress,
  path: string,
  body: object,
  signal: AbortSignal,
): Promise<unknown> {
  const { retryFirstMs = 200, retryMsMax = 10_000 } = address;
  const text = JSON.stringify(body);
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await post(address, path, text, signal).catch((cause: unknown) => ({ cause }));
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

type Answered = { readonly status: number; readonly text: string };

async function post(
  { url, token, authority, answerWaitMsMax = 30_000 }: KeeperAddress,
  path: string,
  body: string,
  signal: AbortSignal,
): Promise<Answered> {
  const target = new URL(path, url);
  const request = target.protocol === 'https:' ? overTls : overHttp;
  return new Promise((resolve, reject) => {
    const sent = request(
      target,
      {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerWaitMsMax)]),
        ...(authority === undefined ? {} : { ca: authority }),
      },
      (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes > KEEPER_BYTES_MAX) response.destroy(new Error('the answer is too long'));
          parts.push(part);
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
