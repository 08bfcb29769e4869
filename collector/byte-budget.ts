import type { ProducerCredential } from '../registry/credentials.ts';
import { CollectorError } from './errors.ts';
import type { CollectorMetrics } from './metrics.ts';

/**
 * Bounds the memory of all requests together and of each producer key, from a request's first byte to its answer.
 * Whoever holds MUST release as much, exactly once.
 */
export interface ByteBudget {
  /** Throws `COLLECTOR_OVERLOADED` (everybody's limit) or `COLLECTOR_PRODUCER_OVER_LIMIT`; then nothing is held. */
  hold(producer: ProducerCredential, bytes: number): void;
  release(producer: ProducerCredential, bytes: number): void;
  /** Charges a whole request to the producer's rate. Throws `COLLECTOR_PRODUCER_OVER_LIMIT`. */
  charge(producer: ProducerCredential, bytes: number): void;
  heldBytes(): number;
}

export type ByteBudgetLimits = {
  readonly heldBytesMax: number;
  readonly producerHeldBytesMax: number;
  readonly producerBytesPerSecondMax: number;
};

type Account = { heldBytes: number; allowanceBytes: number; chargedAtMs: number };

export function createByteBudget(
  limits: ByteBudgetLimits,
  metrics: CollectorMetrics,
  nowMs: () => number,
): ByteBudget {
  let heldBytes = 0;
  const accounts = new WeakMap<ProducerCredential, Account>();
  const accountOf = (producer: ProducerCredential): Account => {
    const known = accounts.get(producer);
    if (known) return known;
    const opened = {
      heldBytes: 0,
      allowanceBytes: limits.producerBytesPerSecondMax,
      chargedAtMs: nowMs(),
    };
    accounts.set(producer, opened);
    return opened;
  };
  return {
    heldBytes: () => heldBytes,
    hold(producer, bytes) {
      const account = accountOf(producer);
      if (heldBytes + bytes > limits.heldBytesMax) {
        throw limitHit(metrics, 'heldBytesMax', 'COLLECTOR_OVERLOADED');
      }
      if (account.heldBytes + bytes > limits.producerHeldBytesMax) {
        throw limitHit(metrics, 'producerHeldBytesMax', 'COLLECTOR_PRODUCER_OVER_LIMIT');
      }
      heldBytes += bytes;
      account.heldBytes += bytes;
    },
    release(producer, bytes) {
      heldBytes -= bytes;
      accountOf(producer).heldBytes -= bytes;
    },
    charge(producer, bytes) {
      const account = accountOf(producer);
      refill(account, limits.producerBytesPerSecondMax, nowMs());
      // Charged while anything is left, so that a request larger than one second's allowance is slow and not impossible.
      if (account.allowanceBytes <= 0) {
        throw limitHit(metrics, 'producerBytesPerSecondMax', 'COLLECTOR_PRODUCER_OVER_LIMIT');
      }
      account.allowanceBytes -= bytes;
    },
  };
}

/** Counts that a limit was reached, and gives the error that says so. */
export function limitHit(
  metrics: CollectorMetrics,
  limit: string,
  code: 'COLLECTOR_OVERLOADED' | 'COLLECTOR_PRODUCER_OVER_LIMIT' | 'COLLECTOR_REQUEST_TOO_LARGE',
): CollectorError {
  metrics.add('waybill_collector_limit_hits_total', 1, `limit="${limit}"`);
  return new CollectorError(code);
}

function refill(account: Account, bytesPerSecond: number, nowMs: number): void {
  const earned = (Math.max(0, nowMs - account.chargedAtMs) / 1000) * bytesPerSecond;
  account.allowanceBytes = Math.min(bytesPerSecond, account.allowanceBytes + earned);
  account.chargedAtMs = nowMs;
}
