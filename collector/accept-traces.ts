import type { Part } from '../otlp/part-builder.ts';
import type { ProducerCredential } from '../registry/credentials.ts';
import type { SeenPrincipal } from '../schemas/redactor.ts';
import { CollectorError } from './errors.ts';
import type { ExportOutcome } from './export-response.ts';
import type { GroupCommit } from './group-commit.ts';
import type { CollectorMetrics } from './metrics.ts';

/** A request split by partition and redacted, with what could not be taken. */
export type RewrittenTraces = {
  readonly parts: readonly Part[];
  readonly accepted: number;
  readonly rejected: ExportOutcome['rejected'];
  readonly principals: readonly SeenPrincipal[];
};

/** Throws `COLLECTOR_REQUEST_MALFORMED` when the bytes are no `ExportTraceServiceRequest`. Pure but for time spent. */
export type TracesRewriter = (producer: ProducerCredential, request: Uint8Array) => RewrittenTraces;

/** Takes one decoded request. Resolves when its spans are durable; what it rejects with is always a `CollectorError`. */
export type TracesAcceptor = (
  producer: ProducerCredential,
  request: Uint8Array,
) => Promise<ExportOutcome>;

export type AcceptorOptions = {
  readonly rewrite: TracesRewriter;
  readonly groupCommit: GroupCommit;
  readonly messageBytesMax: number;
  readonly metrics: CollectorMetrics;
};

export function createTracesAcceptor(options: AcceptorOptions): TracesAcceptor {
  const { rewrite, groupCommit, messageBytesMax, metrics } = options;
  return async (producer, request) => {
    const { parts, accepted, rejected, principals } = rewrite(producer, request);
    // One message that the log refuses would fail the whole group, again and again.
    if (parts.some(({ bytes }) => bytes.length > messageBytesMax)) {
      throw new CollectorError('COLLECTOR_INTERNAL', 'A part was left above the message limit.');
    }
    if (parts.length > 0 || rejected.length > 0) {
      const requestBytes = request.length;
      await groupCommit.submit({ producer, parts, principals, rejected, requestBytes });
    }
    metrics.add('waybill_collector_request_bytes_total', request.length);
    metrics.add('waybill_collector_spans_accepted_total', accepted);
    for (const { reason, count } of rejected) {
      metrics.add('waybill_collector_spans_rejected_total', count, `reason="${reason}"`);
    }
    return { accepted, rejected };
  };
}
