import { AnchorError } from './errors.ts';
import { ask } from './request.ts';
import type { Answer, Request } from './request.ts';
import { signS3 } from './sign-s3.ts';
import type { S3Credentials } from './sign-s3.ts';

/** A bucket of an S3-compatible server, and which part of it is ours. */
export type S3Place = {
  /** `https://s3.example`; the bucket is the first part of the path. */
  readonly endpoint: string;
  readonly bucket: string;
  /** What object names begin with, e.g. `waybill/`. */
  readonly prefix: string;
  readonly credentials: S3Credentials;
  readonly now: () => Date;
};

export type S3Request = Pick<Request, 'method' | 'body' | 'answerBytesMax' | 'waitMsMax'> & {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
};

/** Sends one signed request. What is asked for again and what is final are the caller's to tell of the status. */
export async function sendS3(
  { credentials, now }: Pick<S3Place, 'credentials' | 'now'>,
  { url, ...request }: S3Request,
  signal: AbortSignal,
): Promise<Answer> {
  const body = request.body ?? new Uint8Array(0);
  const headers = signS3({ ...request, url, body }, credentials, now());
  return ask({ ...request, url: url.href, headers }, signal);
}

/** The address of an object below the prefix. */
export function objectUrl({ endpoint, bucket, prefix }: S3Place, name: string): URL {
  const path = `${bucket}/${prefix}${name}`;
  if (!/^[A-Za-z0-9._~/-]+$/.test(path)) {
    throw new AnchorError(
      'ANCHOR_REFUSED',
      'Bucket and prefix are letters, digits and ._~/- only.',
    );
  }
  return new URL(`/${path}`, endpoint);
}
