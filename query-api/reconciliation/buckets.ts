import type { EventLog } from '../../event-log/event-log.ts';
import { countPrefix, enricherRole, parseCountKey } from '../../schemas/state-keys.ts';

/** Spans of one producer in one bucket of one partition, as the enricher counts them. */
export type BucketCount = {
  readonly producer: string;
  readonly bucket: string;
  readonly spans: number;
};

/** One producer's account: what was accepted, and where it ended. */
export type ProducerAccount = {
  readonly producer: string;
  readonly accepted: number;
  readonly buckets: Readonly<Record<string, number>>;
  readonly sum: number;
  readonly balanced: boolean;
};

/** The tenant's counts over all partitions, as committed by the enricher. */
export async function readBuckets(
  log: Pick<EventLog, 'partitions' | 'inspect'>,
  tenant: string,
): Promise<readonly BucketCount[]> {
  const counts: BucketCount[] = [];
  for (let partition = 0; partition < log.partitions; partition++) {
    const view = await log.inspect(enricherRole, partition);
    for (const [key, value] of view.scanState(`${countPrefix}${encodeURIComponent(tenant)}/`)) {
      const count = parseCountKey(key);
      // The prefix names the tenant already; the key is asked again, because isolation is not a matter of one line.
      if (count?.tenant !== tenant) continue;
      const spans = Number(Buffer.from(value).toString('ascii'));
      counts.push({ producer: count.producer, bucket: count.count, spans });
    }
  }
  return counts;
}

/** The accounts by producer. `accepted` is a count beside the buckets, not one of them. */
export function sumBuckets(counts: readonly BucketCount[]): readonly ProducerAccount[] {
  const producers = new Map<string, Map<string, number>>();
  for (const { producer, bucket, spans } of counts) {
    const buckets = producers.get(producer) ?? new Map<string, number>();
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + spans);
    producers.set(producer, buckets);
  }
  return [...producers].sort(byName).map(([producer, all]) => {
    const accepted = all.get('accepted') ?? 0;
    const buckets = Object.fromEntries(
      [...all].filter(([name]) => name !== 'accepted').sort(byName),
    );
    const sum = Object.values(buckets).reduce((total, spans) => total + spans, 0);
    return { producer, accepted, buckets, sum, balanced: sum === accepted };
  });
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
