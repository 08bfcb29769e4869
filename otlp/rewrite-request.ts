import assert from 'node:assert/strict';
import { partitionOfKey } from '../schemas/partition.ts';
import type { Redactor } from '../schemas/redactor.ts';
import type { Part } from './part-builder.ts';
import { buildParts, isSameKey, keyText } from './part-builder.ts';
import type { RequestPlan } from './request-plan.ts';
import { planRequest } from './request-plan.ts';
import type { RewriteLimits } from './rewrite-pass.ts';
import { createPass } from './rewrite-pass.ts';
import type { ItemKey, ItemRewriter, RejectReason } from './rewrite-message.ts';
import { NO_TRACE } from './rewrite-message.ts';
import type { RedactionTally } from './span-notes.ts';
import { TRACE_ID_BYTES } from './tags.ts';
import { cursorOver } from './wire.ts';

export type RewriteOptions = {
  /** Partitions of the topic. */
  readonly partitions: number;
  readonly redactor: Redactor;
  readonly limits: RewriteLimits;
};

export type RewriteResult = {
  /** Redacted `TracesData` or `LogsData`, each of one partition; together exactly the accepted spans or log records. */
  readonly parts: readonly Part[];
  readonly accepted: number;
  readonly rejected: readonly { readonly reason: RejectReason; readonly count: number }[];
  /** How many values were replaced, by class, rule and action; for counting. */
  readonly redactions: RedactionTally;
};

/**
 * The collector's one pass over an export request: redacts every string that can carry a value, drops fields that are not known,
 * cuts what is too long, refuses broken items one by one, and splits what is left by the partition of its key.
 * Unchanged stretches are copied as they came; a request that needs no change and belongs to one partition is not copied at
 * all, so parts may be views of `request`, which must not be written to afterwards. Throws `OTLP_MALFORMED` when the framing
 * around the items is broken: then nothing is accepted.
 */
export function rewriteRequest(
  request: Uint8Array,
  { partitions, redactor, limits }: RewriteOptions,
  rewriteItem: ItemRewriter,
): RewriteResult {
  // A part holds at least one resource, scope and item of the largest size.
  assert(
    limits.messageBytesMax >= 3 * limits.spanBytesMax + 8192,
    'a message must have room for a span, its resource and its scope',
  );
  const cursor = cursorOver(request);
  const plan = planRequest(
    createPass(cursor, redactor, limits),
    request.length,
    limits,
    rewriteItem,
  );
  const partitionOf = partitioner(cursor.bytes, partitions);
  const rejected = [...plan.rejected].map(([reason, count]) => ({ reason, count }));
  const whole = wholeRequest(plan, cursor.bytes, partitionOf, limits.messageBytesMax);
  const parts = whole
    ? [whole]
    : buildParts(plan, cursor.bytes, partitionOf, limits.messageBytesMax);
  return { parts, accepted: plan.accepted, rejected, redactions: plan.redactions };
}

// The fast path: null unless the request can go into the log as it came.
function wholeRequest(
  plan: RequestPlan,
  request: Buffer,
  partitionOf: (key: ItemKey) => number,
  messageBytesMax: number,
): Part | null {
  if (!plan.isUnchanged || plan.accepted === 0 || request.length > messageBytesMax) return null;
  let first: ItemKey | null = null;
  let partition = -1;
  let isOneKey = true;
  for (const { scopes } of plan.resources) {
    for (const { items } of scopes) {
      for (const { key } of items) {
        if (first === null) {
          first = key;
          partition = partitionOf(key);
        } else if (!isSameKey(request, first, key)) {
          isOneKey = false;
          if (partitionOf(key) !== partition) return null;
        }
      }
    }
  }
  const key = isOneKey && first !== null ? keyText(request, first) : null;
  return { partition, key, bytes: request, items: plan.accepted };
}

const hexDigits = Buffer.from('0123456789abcdef', 'latin1');
const hexKey = new Uint8Array(2 * TRACE_ID_BYTES);

// Items of one trace mostly follow each other: the last answer is kept.
function partitioner(request: Buffer, partitions: number): (key: ItemKey) => number {
  let lastKey: ItemKey | null = null;
  let last = 0;
  return (key) => {
    if (lastKey !== null && isSameKey(request, lastKey, key)) return last;
    lastKey = key;
    last = partitionOfKey(keyBytes(request, key), partitions);
    return last;
  };
}

function keyBytes(request: Buffer, { traceIdAt, apart }: ItemKey): Uint8Array {
  if (traceIdAt === NO_TRACE) return Buffer.from(apart, 'latin1');
  for (let index = 0; index < TRACE_ID_BYTES; index += 1) {
    const byte = request[traceIdAt + index] ?? 0;
    hexKey[2 * index] = hexDigits[byte >> 4] ?? 0;
    hexKey[2 * index + 1] = hexDigits[byte & 15] ?? 0;
  }
  return hexKey;
}
