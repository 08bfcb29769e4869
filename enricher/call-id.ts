import { hash } from 'node:crypto';

/**
 * 32 hex digits: 6 bytes of the append time in ms, so that ids sort by time, and 10 bytes of SHA-256 over tenant, producer, trace and the
 * span first seen. The same spans in the same order give the same id, on every replay.
 */
export function callIdOf(
  first: {
    readonly tenant: string;
    readonly producer: string;
    readonly traceId: string;
    readonly spanId: string;
  },
  appendTimeMs: number,
): string {
  const { tenant, producer, traceId, spanId } = first;
  const digest = hash('sha256', `${tenant}\0${producer}\0${traceId}\0${spanId}`, 'hex');
  return appendTimeMs.toString(16).padStart(12, '0').slice(-12) + digest.slice(0, 20);
}
