/**
 * Keys of the enricher's committed state that others may look at (`EventLog.inspect`). Names are percent-encoded, so that no tenant or
 * producer can pose as another.
 */

/** The role under which the enricher owns its partitions. */
export const enricherRole = 'enricher';

/** Where an accepted span ends: each in exactly one, and their counts sum to `accepted`. */
export const spanBuckets = [
  'hop',
  'ancestor',
  'inference',
  'housekeeping',
  'duplicate',
  'dead_letter',
  'open',
] as const;
export type SpanBucket = (typeof spanBuckets)[number];

/** A bucket, or the sum that the sender was told. */
export type SpanCount = SpanBucket | 'accepted';

export const countPrefix = 'count/';

/** Key of a count; its value is the decimal number as ASCII. */
export function countKey(tenant: string, producer: string, count: SpanCount): string {
  return `${countPrefix}${encodeURIComponent(tenant)}/${encodeURIComponent(producer)}/${count}`;
}

export function parseCountKey(
  key: string,
): { readonly tenant: string; readonly producer: string; readonly count: string } | undefined {
  const [prefix, tenant, producer, count] = key.split('/');
  if (`${prefix}/` !== countPrefix || !tenant || !producer || !count) return undefined;
  return { tenant: decodeURIComponent(tenant), producer: decodeURIComponent(producer), count };
}

/** Offset of the last registry event that was applied, decimal; absent before the first. */
export const registryOffsetKey = 'registry';

/** What of an owner's state others may see, wherever the log keeps it; the rest is read by its owner alone. */
export function isShown(key: string): boolean {
  return key.startsWith(countPrefix) || key === registryOffsetKey;
}
