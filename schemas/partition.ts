/**
 * The partition of a key as Java's and kafkajs' default partitioner choose it: murmur2 of the key's bytes, its sign bit cleared,
 * modulo the count. Trace ids are keyed as 32 lower-case hex digits, as the OpenTelemetry Collector's Kafka exporter does.
 * Source: Apache Kafka `org.apache.kafka.common.utils.Utils.murmur2`.
 */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

const MULTIPLIER = 0x5bd1e995;
const SEED = 0x9747b28c;

export function murmur2(data: Uint8Array): number {
  const length = data.length;
  let hash = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let word =
      (data[at] ?? 0) |
      ((data[at + 1] ?? 0) << 8) |
      ((data[at + 2] ?? 0) << 16) |
      ((data[at + 3] ?? 0) << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> 24;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  hash = mixTail(hash, data, at);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  return hash ^ (hash >>> 15);
}

function mixTail(hash: number, data: Uint8Array, at: number): number {
  const left = data.length - at;
  if (left === 0) return hash;
  if (left >= 3) hash ^= (data[at + 2] ?? 0) << 16;
  if (left >= 2) hash ^= (data[at + 1] ?? 0) << 8;
  return Math.imul(hash ^ (data[at] ?? 0), MULTIPLIER);
}
