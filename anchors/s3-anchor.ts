import { createHash } from 'node:crypto';
import { checkSameHead, checkpointPath, headOf } from './anchor.ts';
import type { CheckpointAnchor } from './anchor.ts';
import { unexpected } from './request.ts';
import type { Answer } from './request.ts';
import type { S3Place } from './s3-client.ts';
import { objectUrl, sendS3 } from './s3-client.ts';

/** The bucket is made with object lock, which none can be given later. */
export type S3AnchorOptions = S3Place & {
  /** For how long nobody, the account's owner included, can remove a checkpoint. */
  readonly retentionDays: number;
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
      const held = await sendS3(options, { method: 'GET', url, headers: {} }, signal);
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
  return sendS3(options, { method: 'PUT', url, headers, body }, signal);
}

function textOf({ body }: Answer): string {
  return Buffer.from(body).toString('utf8');
}
