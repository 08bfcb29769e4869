import { request as overHttp } from 'node:http';
import { request as overTls } from 'node:https';
import type { PeerAddress } from './peer-settings.ts';

export type Posted = {
  /** JSON text. */
  readonly body: string;
  /** Bytes of an answer. */
  readonly answerBytesMax: number;
  readonly signal: AbortSignal;
};

export type Answered = { readonly status: number; readonly text: string };

/** One request and its answer, whatever its status. Rejects when there is none, in time or within its bytes; nothing is tried again here. */
export async function postJson(
  { url, token, authority, answerWaitMsMax = 30_000 }: PeerAddress,
  path: string,
  { body, answerBytesMax, signal }: Posted,
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
          if (bytes > answerBytesMax) response.destroy(new Error('the answer is too long'));
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
