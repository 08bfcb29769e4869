import type { Part } from '../otlp/part-builder.ts';
import type { ProducerCredential } from '../registry/credentials.ts';
import type { SeenPrincipal } from '../schemas/redactor.ts';
import type { Signal } from '../schemas/topics.ts';
import { CollectorError } from './errors.ts';
import type { ExportOutcome } from './export-response.ts';
import type { GroupCommit } from './group-commit.ts';
import type { CollectorMetrics } from './metrics.ts';

/** A request split by partition and redacted, with what could not be taken. */
export type RewrittenExport = {
  readonly parts: readonly Part[];
  readonly accepted: number;
  readonly rejected: ExportOutcome['rejected'];
  readonly principals: readonly SeenPrincipal[];
};

/** Throws `COLLECTOR_REQUEST_MALFORMED` when the bytes are no `ExportTraceServiceRequest`. Pure but for time spent. */
export type ExportRewriter = (producer: ProducerCredential, request: Uint8Array) => RewrittenExport;

/** Takes one decoded request. Resolves when its spans or log records are durable; what it rejects with is always a `CollectorError`. */
export type ExportAcceptor = (
  producer: ProducerCredential,
  request: Uint8Array,
) => Promise<ExportOutcome>;

export type AcceptorOptions = {
  readonly signal: Signal;
  readonly rewrite: ExportRewriter;
  readonly groupCommit: GroupCommit;
  readonly messageBytesMax: number;
  readonly metrics: CollectorMetrics;
};

export function createExportAcceptor(options: AcceptorOptions): ExportAcceptor {
  const { signal, rewrite, groupCommit, messageBytesMax, metrics } = options;
  return async (producer, request) => {
    const { parts, accepted, rejected, principals } = rewrite(producer, request);
    checkParts(parts, messageBytesMax);
    if (parts.length > 0 || rejected.length > 0) {
      const requestBytes = request.length;
      await groupCommit.submit({ producer, signal, parts, principals, rejected, requestBytes });
    }
    metrics.add('waybill_collector_request_bytes_total', request.length);
    countOutcome(metrics, signal, { accepted, rejected });
    return { accepted, rejected };
  };
}

/** One message that the log refuses would fail the whole group, again and again. */
export function checkParts(parts: readonly Part[], messageBytesMax: number): void {
  if (parts.some(({ bytes }) => bytes.length > messageBytesMax)) {
    throw new CollectorError('COLLECTOR_INTERNAL', 'A part was left above the message limit.');
  }
}

/** Counts what became of spans or log records once that is durable. */
export function countOutcome(
  metrics: CollectorMetrics,
  signal: Signal,
  { accepted, rejected }: ExportOutcome,
): void {
  const counted = counters[signal];
  metrics.add(counted.accepted, accepted);
  for (const { reason, count } of rejected) {
    metrics.add(counted.rejected, count, `reason="${reason}"`);
  }
}

const counters = {
  traces: {
    accepted: 'waybill_collector_spans_accepted_total',
    rejected: 'waybill_collector_spans_rejected_total',
  },
  logs: {
    accepted: 'waybill_collector_log_records_accepted_total',
    rejected: 'waybill_collector_log_records_rejected_total',
  },
} as const;
