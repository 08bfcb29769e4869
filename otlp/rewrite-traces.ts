import assert from 'node:assert/strict';
import { partitionOfKey } from '../schemas/partition.ts';
import type { Redactor } from '../schemas/redactor.ts';
import type { TracesPart } from './part-builder.ts';
import { buildParts, isSameTrace } from './part-builder.ts';
import type { RequestPlan } from './request-plan.ts';
import { planRequest } from './request-plan.ts';
import type { RewriteLimits } from './rewrite-pass.ts';
import { createPass } from './rewrite-pass.ts';
import type { RejectReason } from './rewrite-span.ts';
import { TRACE_ID_BYTES } from './tags.ts';
import { cursorOver } from './wire.ts';

export type RewriteOptions = {
  /** Partitions of the spans topic. */
  readonly partitions: number;
  readonly redactor: Redactor;
  readonly limits: RewriteLimits;
};

export type RewriteResult = {
  /** Redacted `TracesData`, each of one partition; together exactly the accepted spans. */
  readonly parts: readonly TracesPart[];
  readonly accepted: number;
  readonly rejected: readonly { readonly reason: RejectReason; readonly count: number }[];
};

/**
 * The collector's one pass over an `ExportTraceServiceRequest`: redacts every string that can carry a value, drops fields that are not
 * known, cuts what is too long, refuses broken spans one by one, and splits what is left by the partition of its trace id.
 * Unchanged stretches are copied as they came; a request that needs no change and belongs to one partition is not copied at
 * all, so parts may be views of `request`, which must not be written to afterwards. Throws `OTLP_MALFORMED` when the framing
 * around the spans is broken: then nothing is accepted.
 */
export function rewriteTraces(request: Uint8Array, options: RewriteOptions): RewriteResult {
  const { partitions, redactor, limits } = options;
  // A part holds at least one resource, scope and span of the largest size.
  assert(
    limits.messageBytesMax >= 3 * limits.spanBytesMax + 8192,
    'a message must have room for a span, its resource and its scope',
  );
  const cursor = cursorOver(request);
  const plan = planRequest(createPass(cursor, redactor, limits), request.length, limits);
  const partitionOf = partitioner(cursor.bytes, partitions);
  const rejected = [...plan.rejected].map(([reason, count]) => ({ reason, count }));
  const whole = wholeRequest(plan, cursor.bytes, partitionOf, limits.messageBytesMax);
  const parts = whole
    ? [whole]
    : buildParts(plan, cursor.bytes, partitionOf, limits.messageBytesMax);
  return { parts, accepted: plan.accepted, rejected };
}

// The fast path: null unless the request can go into the log as it came.
function wholeRequest(
  plan: RequestPlan,
  request: Buffer,
  partitionOf: (traceIdAt: number) => number,
  messageBytesMax: number,
): TracesPart | null {
  if (!plan.isUnchanged || plan.accepted === 0 || request.length > messageBytesMax) return null;
  let first = -1;
  let partition = -1;
  let isOneTrace = true;
  for (const { scopes } of plan.resources) {
    for (const { spans } of scopes) {
      for (const { traceIdAt } of spans) {
        if (first < 0) {
          first = traceIdAt;
          partition = partitionOf(traceIdAt);
        } else if (!isSameTrace(request, first, traceIdAt)) {
          isOneTrace = false;
          if (partitionOf(traceIdAt) !== partition) return null;
        }
      }
    }
  }
  const traceId = isOneTrace ? request.toString('hex', first, first + TRACE_ID_BYTES) : null;
  return { partition, traceId, bytes: request, spans: plan.accepted };
}

const hexDigits = Buffer.from('0123456789abcdef', 'latin1');
const hexKey = new Uint8Array(2 * TRACE_ID_BYTES);

// Spans of one trace mostly follow each other: the last answer is kept.
function partitioner(request: Buffer, partitions: number): (traceIdAt: number) => number {
  let lastAt = -1;
  let last = 0;
  return (traceIdAt) => {
    if (lastAt >= 0 && isSameTrace(request, lastAt, traceIdAt)) return last;
    for (let index = 0; index < TRACE_ID_BYTES; index += 1) {
      const byte = request[traceIdAt + index] ?? 0;
      hexKey[2 * index] = hexDigits[byte >> 4] ?? 0;
      hexKey[2 * index + 1] = hexDigits[byte & 15] ?? 0;
    }
    lastAt = traceIdAt;
    last = partitionOfKey(hexKey, partitions);
    return last;
  };
}

/** Several `TracesData` of one partition as one: protobuf messages merge by standing one behind the other. */
export function concatTraces(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return parts.length === 1 && only ? only : Buffer.concat(parts);
}
