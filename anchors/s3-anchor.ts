import { createHash } from 'node:crypto';
import { checkSameHead, checkpointPath, headOf } from './anchor.ts';
import type { CheckpointAnchor } from './anchor.ts';
import { AnchorError } from './errors.ts';
import { ask, unexpected } from './request.ts';
import type { Answer } from './request.ts';
import { signS3 } from './sign-s3.ts';
import type { S3Credentials } from './sign-s3.ts';

export type S3AnchorOptions = {
  /** `https://s3.example`; the bucket is the first part of the path. */
  readonly endpoint: string;
  /** Made with object lock, which no bucket can be given later. */
  readonly bucket: string;
  /** What object names begin with, e.g. `waybill/`. */
  readonly prefix: string;
  readonly credentials: S3Credentials;
  /** For how long nobody, the account's owner included, can remove a checkpoint. */
  readonly retentionDays: number;
  readonly now: () => Date;
};

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Keeps checkpoints as objects under a retention in COMPLIANCE mode, stated on each object, for not every server applies a bucket's default. An object that
 * is there is compared and never written again.
 */
export function s3Anchor(options: S3AnchorOptions): CheckpointAnchor {
  return {
    name: 's3',
    async keep(signed, signal) {
      const url = objectUrl(options, checkpointPath(headOf(signed)));
      const put = await putOnce(options, url, signed, signal);
      if (put.status === 200) return;
      // 409: two requests for one object at a time; one of them won.
      if (put.status !== 412 && put.status !== 409) throw unexpected(put, url.href);
      const held = await send(options, { method: 'GET', url, headers: {} }, signal);
      if (held.status !== 200) throw unexpected(held, url.href);
      checkSameHead(textOf(held), signed);
    },
  };
}

async function putOnce(
  options: S3AnchorOptions,
  url: URL,
  signed: string,
  signal: AbortSignal,
): Promise<Answer> {
  const body = Buffer.from(signed);
  const until = new Date(options.now().getTime() + options.retentionDays * DAY_MS);
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    // Object lock wants the body's digest.
    'content-md5': createHash('md5').update(body).digest('base64'),
    'if-none-match': '*',
    'x-amz-object-lock-mode': 'COMPLIANCE',
    'x-amz-object-lock-retain-until-date': until.toISOString(),
  };
  return send(options, { method: 'PUT', url, headers, body }, signal);
}

type Sent = {
  readonly method: 'GET' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
};

async function send(
  options: S3AnchorOptions,
  { method, url, headers, body }: Sent,
  signal: AbortSignal,
): Promise<Answer> {
  const toSign = { method, url, headers, body: body ?? new Uint8Array(0) };
  const signedHeaders = signS3(toSign, options.credentials, options.now());
  const request = { url: url.href, method, headers: signedHeaders };
  return ask(body ? { ...request, body } : request, signal);
}

function objectUrl({ endpoint, bucket, prefix }: S3AnchorOptions, path: string): URL {
  const name = `${bucket}/${prefix}${path}`;
  if (!/^[A-Za-z0-9._~/-]+$/.test(name)) {
    throw new AnchorError(
      'ANCHOR_REFUSED',
      'Bucket and prefix are letters, digits and ._~/- only.',
    );
  }
  return new URL(`/${name}`, endpoint);
}

function textOf({ body }: Answer): string {
  return Buffer.from(body).toString('utf8');
}
