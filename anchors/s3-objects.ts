import { createHash } from 'node:crypto';
import { AnchorError } from './errors.ts';
import type { ObjectStore } from './object-store.ts';
import { unexpected } from './request.ts';
import type { S3Place } from './s3-client.ts';
import { objectUrl, sendS3 } from './s3-client.ts';

/** Objects are a few MiB, unlike checkpoints. */
const TRANSFER_WAIT_MS_MAX = 120_000;
/** One page of names: a thousand of at most 1,024 bytes each, as XML. */
const PAGE_BYTES_MAX = 4 * 1024 * 1024;
const PAGES_MAX = 10_000;
/** What is said in the place of an object. */
const REFUSAL_BYTES_MAX = 64 * 1024;

/** Objects in a bucket. */
export function s3Objects(place: S3Place): ObjectStore {
  return {
    async putOnce(name, body, signal) {
      const url = objectUrl(place, name);
      const headers = {
        'content-type': 'application/octet-stream',
        // A bucket with object lock wants the body's digest.
        'content-md5': createHash('md5').update(body).digest('base64'),
        'if-none-match': '*',
      };
      const sent = { method: 'PUT', url, headers, body, waitMsMax: TRANSFER_WAIT_MS_MAX } as const;
      const answer = await sendS3(place, sent, signal);
      if (answer.status === 200) return true;
      // 409: two requests for one object at a time; one of them won.
      if (answer.status === 412 || answer.status === 409) return false;
      throw unexpected(answer, url.href);
    },
    async get(name, bytesMax, signal) {
      const url = objectUrl(place, name);
      const answerBytesMax = Math.max(bytesMax, REFUSAL_BYTES_MAX);
      const limits = { answerBytesMax, waitMsMax: TRANSFER_WAIT_MS_MAX };
      const answer = await sendS3(place, { method: 'GET', url, headers: {}, ...limits }, signal);
      if (answer.status === 200) return within(bytesMax, answer.body, name);
      // A bucket that is not there answers 404 too.
      if (answer.status === 404 && !bodyOf(answer.body).includes('NoSuchBucket')) return undefined;
      throw unexpected(answer, url.href);
    },
    async list(prefix, signal) {
      const names: string[] = [];
      let token: string | undefined;
      for (let page = 0; page < PAGES_MAX; page += 1) {
        const listed = await listPage(place, prefix, token, signal);
        names.push(...listed.names);
        token = listed.next;
        if (token === undefined) return names.toSorted();
      }
      throw new AnchorError('ANCHOR_ANSWER_INVALID', 'The bucket lists without end.');
    },
  };
}

/** One page. Source: Amazon S3 API, ListObjectsV2. */
async function listPage(
  place: S3Place,
  prefix: string,
  token: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly names: readonly string[]; readonly next: string | undefined }> {
  const url = new URL(`/${place.bucket}`, objectUrl(place, ''));
  url.searchParams.set('list-type', '2');
  url.searchParams.set('prefix', `${place.prefix}${prefix}`);
  if (token !== undefined) url.searchParams.set('continuation-token', token);
  const asked = { method: 'GET', url, headers: {}, answerBytesMax: PAGE_BYTES_MAX } as const;
  const answer = await sendS3(place, asked, signal);
  if (answer.status !== 200) throw unexpected(answer, url.href);
  const text = bodyOf(answer.body);
  const names = [...text.matchAll(/<Key>([^<]{1,1024})<\/Key>/g)].map(([, key = '']) =>
    key.slice(place.prefix.length),
  );
  const isMore = text.includes('<IsTruncated>true</IsTruncated>');
  const next = /<NextContinuationToken>([^<]{1,4096})<\/NextContinuationToken>/.exec(text)?.[1];
  return { names, next: isMore ? next : undefined };
}

function within(bytesMax: number, body: Uint8Array, name: string): Uint8Array {
  if (body.length <= bytesMax) return body;
  throw new AnchorError('ANCHOR_ANSWER_INVALID', `${name} is longer than ${bytesMax} bytes.`);
}

function bodyOf(body: Uint8Array): string {
  return Buffer.from(body).toString('utf8');
}
