import type { CollectorErrorCode } from './errors.ts';
import { createCounters } from './prometheus-text.ts';
import type { Counters } from './prometheus-text.ts';

const LATENCY_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30];
const GROUP_REQUESTS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096];

/** What the collector counts. Labels never name a tenant, a producer or anything out of a request. */
export type CollectorMetrics = Counters<keyof typeof metricsCatalogue>;

export const metricsCatalogue = {
  waybill_collector_requests_total: {
    type: 'counter',
    help: 'Requests answered, by protocol and status.',
  },
  waybill_collector_request_bytes_total: {
    type: 'counter',
    help: 'Bytes of request bodies, after decompression.',
  },
  waybill_collector_spans_accepted_total: {
    type: 'counter',
    help: 'Spans acknowledged after their append.',
  },
  waybill_collector_spans_rejected_total: {
    type: 'counter',
    help: 'Spans refused with partial success, by reason.',
  },
  waybill_collector_log_records_accepted_total: {
    type: 'counter',
    help: 'Log records acknowledged after their append.',
  },
  waybill_collector_log_records_rejected_total: {
    type: 'counter',
    help: 'Log records refused with partial success, by reason.',
  },
  waybill_collector_redactions_total: {
    type: 'counter',
    help: 'Places in telemetry that redaction replaced, by data class and action.',
  },
  waybill_collector_errors_total: { type: 'counter', help: 'Requests that failed, by error code.' },
  waybill_collector_limit_hits_total: {
    type: 'counter',
    help: 'Times a limit was reached, by the name of its knob.',
  },
  waybill_collector_foreign_messages_total: {
    type: 'counter',
    help: 'Messages of foreign topics that are done with, by outcome: taken, dead_letter, or missing where they were deleted unread.',
  },
  waybill_collector_directory_entries_total: {
    type: 'counter',
    help: 'Entries written to the directory of principals.',
  },
  waybill_collector_credential_problems_total: {
    type: 'counter',
    help: 'Times the credentials file, whose last good state stays in force, or an issuer’s keys could not be read.',
  },
  waybill_collector_key_problems_total: {
    type: 'counter',
    help: 'Times new key versions could not be read or recorded; the version in force stays.',
  },
  waybill_collector_heartbeat_problems_total: {
    type: 'counter',
    help: 'Heartbeats that the log did not take; the next ones say the same.',
  },
  waybill_collector_tls_problems_total: {
    type: 'counter',
    help: 'Times the TLS files could not be used; the last good ones stay in force.',
  },
  waybill_collector_append_seconds: {
    type: 'histogram',
    help: 'Duration of one append to the event log, its sync included.',
    buckets: LATENCY_SECONDS,
  },
  waybill_collector_group_requests: {
    type: 'histogram',
    help: 'Requests that shared one append.',
    buckets: GROUP_REQUESTS,
  },
  waybill_collector_queue_requests: {
    type: 'gauge',
    help: 'Requests that wait for an append to begin.',
  },
  waybill_collector_held_bytes: {
    type: 'gauge',
    help: 'Bytes of all requests between first byte and answer.',
  },
} as const;

export function createCollectorMetrics(): CollectorMetrics {
  return createCounters(metricsCatalogue);
}

/** Counts a request that failed: by its error's code, and by the status that its protocol gave it. */
export function countFailure(
  metrics: CollectorMetrics,
  protocol: 'http' | 'grpc',
  code: CollectorErrorCode,
  status: number,
): void {
  metrics.add('waybill_collector_errors_total', 1, `code="${code}"`);
  metrics.add('waybill_collector_requests_total', 1, `protocol="${protocol}",status="${status}"`);
}
