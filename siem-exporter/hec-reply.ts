import { z } from 'zod';

/** What a receiver's answer means for the events that were sent. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly slowDown: boolean; readonly ackId: number | null }
  /** Try the same events again later. Nothing is lost; they may have been taken already. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs: number | null }
  /** Somebody must mend something (token, index, address) first: the cursor stands, attempts go on slowly. */
  | { readonly kind: 'hold'; readonly reason: string }
  /** Too large, or one of them is bad and it was not said which: send the halves. A single event cannot be sent. */
  | { readonly kind: 'split'; readonly reason: string }
  /** This one event is refused for good. `indexedBefore`: those before it were taken. */
  | {
      readonly kind: 'reject_event';
      readonly reason: string;
      readonly index: number;
      readonly indexedBefore: boolean;
    };

export type Reply = {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | undefined;
};

/**
 * The meaning of an answer of Splunk's HTTP Event Collector to `eventCount` events. What this table does not know is held, never skipped:
 * a proxy's error page must not send the audit trail to the dead letters.
 * Source: Splunk, "Troubleshoot HTTP Event Collector", reply codes.
 */
export function judgeReply(reply: Reply, eventCount: number, nowMs: number): Verdict {
  const { code, ackId = null, 'invalid-event-number': invalidEvent = null } = readBody(reply.body);
  const afterMs = retryAfterMs(reply.retryAfter, nowMs);
  if (reply.status === 413) return { kind: 'split', reason: 'http_413' };
  if (code === undefined) return judgeStatus(reply.status, afterMs);
  const reason = `hec_${code}`;
  switch (codeMeanings[code]) {
    case 'accepted':
      if (reply.status !== 200) return { kind: 'hold', reason: `http_${reply.status}` };
      return { kind: 'accepted', slowDown: code !== 0, ackId };
    case 'retry':
      return { kind: 'retry', reason, afterMs };
    case 'hold':
      return { kind: 'hold', reason };
    case 'bad_format':
      // Event 0 of several may also stand for a body that is too large (Splunk Cloud), so that halving comes first.
      if (
        invalidEvent === null ||
        invalidEvent >= eventCount ||
        (invalidEvent === 0 && eventCount > 1)
      ) {
        return { kind: 'split', reason };
      }
      return { kind: 'reject_event', reason, index: invalidEvent, indexedBefore: true };
    case 'bad_event':
      if (invalidEvent === null || invalidEvent >= eventCount) return { kind: 'split', reason };
      return { kind: 'reject_event', reason, index: invalidEvent, indexedBefore: false };
    case undefined:
      return judgeStatus(reply.status, afterMs);
  }
  return { kind: 'hold', reason };
}

type CodeMeaning = 'accepted' | 'retry' | 'hold' | 'bad_format' | 'bad_event';

const codeMeanings: Readonly<Record<number, CodeMeaning>> = {
  0: 'accepted',
  1: 'hold', // token disabled
  2: 'hold', // token is required
  3: 'hold', // invalid authorization
  4: 'hold', // invalid token
  5: 'hold', // no data: we never send an empty body, so something between took it away
  6: 'bad_format',
  7: 'hold', // incorrect index
  8: 'retry', // internal server error
  9: 'retry', // server is busy
  10: 'hold', // data channel is missing
  11: 'hold', // invalid data channel
  12: 'bad_event', // event field is required
  13: 'bad_event', // event field cannot be blank
  14: 'hold', // ack is disabled
  15: 'bad_event', // error in handling indexed fields
  16: 'hold', // query string authorization is not enabled
  18: 'retry', // queues are full
  19: 'retry', // ack service unavailable
  20: 'retry', // both
  21: 'hold', // invalid token
  22: 'hold', // token disabled
  23: 'retry', // shutting down
  24: 'accepted', // queue is approaching its capacity
  25: 'accepted', // ack is approaching its capacity
  26: 'retry', // queue is at capacity
  27: 'retry', // ack channel is at capacity
  28: 'hold', // sticky session needed
};

// An answer without a code that we know: from a load balancer, a proxy, or not a HEC at all.
function judgeStatus(status: number, afterMs: number | null): Verdict {
  const reason = `http_${status}`;
  const passing = status === 408 || status === 429 || status >= 500;
  return passing ? { kind: 'retry', reason, afterMs } : { kind: 'hold', reason };
}

/** What a HEC says in its answers; anything else reads as an answer that says nothing. */
const wholeNumber = z.number().int().min(0).optional().catch(undefined);
const hecBody = z
  .object({ code: wholeNumber, 'invalid-event-number': wholeNumber, ackId: wholeNumber })
  .catch({ code: undefined, 'invalid-event-number': undefined, ackId: undefined });

function readBody(body: string): z.infer<typeof hecBody> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    value = null;
  }
  return hecBody.parse(value);
}

/** `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110 §10.2.3). Null when it says nothing. */
function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}
