import type { X509Certificate } from 'node:crypto';
import { hex, invalid, timeStampRequest } from './time-stamp.ts';
import type { TimeStampInfo } from './time-stamp.ts';
import { ask, unexpected } from './request.ts';
import { verifyTimeStamp } from './verify-time-stamp.ts';

export type TimeStampAuthority = {
  readonly url: string;
  /** Certificates that the signer's has to come from. */
  readonly authorities: readonly X509Certificate[];
};

export type TimeStamp = TimeStampInfo & {
  /** The authority's answer, byte for byte: a `.tsr` file that `openssl ts -verify` reads. */
  readonly response: Uint8Array;
};

/**
 * Has an authority say that these bytes (a signed checkpoint) existed at its time. The nonce is random, 16 bytes, so that no older answer fits. Errors: those of
 * `ask`, ANCHOR_REFUSED where the authority gives none, ANCHOR_TIME_INVALID where what it gives does not hold. Source: RFC 3161 §3.4.
 */
export async function requestTimeStamp(
  { url, authorities }: TimeStampAuthority,
  message: Uint8Array,
  nonce: Uint8Array,
  signal: AbortSignal,
): Promise<TimeStamp> {
  const body = timeStampRequest(message, nonce);
  const headers = { 'content-type': 'application/timestamp-query' };
  const answer = await ask({ url, method: 'POST', headers, body }, signal);
  if (answer.status !== 200) throw unexpected(answer, url);
  const info = verifyTimeStamp(answer.body, message, authorities);
  if (withoutZeros(info.nonce ?? '') !== withoutZeros(hex(nonce))) {
    throw invalid('it answers another request');
  }
  return { ...info, response: answer.body };
}

function withoutZeros(digits: string): string {
  return digits.replace(/^0+/, '');
}
