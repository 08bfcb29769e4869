export type BackoffLimits = { readonly firstMs: number; readonly msMax: number };

/**
 * How long to wait before attempt `attempt` + 1: anywhere between nothing and a bound that doubles ("full jitter"), so that many senders
 * do not come back together. What the receiver asked for (`Retry-After`) is kept, but never beyond the limit.
 */
export function backoffMs(
  attempt: number,
  askedMs: number | null,
  limits: BackoffLimits,
  random: () => number,
): number {
  const bound = Math.min(limits.msMax, limits.firstMs * 2 ** Math.min(attempt, 30));
  return Math.max(Math.min(askedMs ?? 0, limits.msMax), Math.floor(random() * bound));
}
