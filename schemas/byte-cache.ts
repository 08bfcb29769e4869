/**
 * What was made of frequent short byte strings (attribute keys, tool names), found again without decoding them. Direct mapped: a
 * newcomer takes the place of whatever has its slot, so memory is bounded by slots × bytes and nothing needs evicting.
 */
export type ByteCache<T, Bytes extends Uint8Array = Buffer> = {
  readonly slots: (Entry<T> | undefined)[];
  readonly bytesMax: number;
  readonly make: (bytes: Bytes, start: number, end: number) => T;
  /** Asked right after a value was made: false where it holds for this once only. */
  readonly isKept: (value: T) => boolean;
};

type Entry<T> = { readonly bytes: Uint8Array; readonly value: T };

/** `slots` must be a power of two. Byte strings longer than `bytesMax` are made afresh each time. */
export function createByteCache<T, Bytes extends Uint8Array = Buffer>(
  slots: number,
  bytesMax: number,
  make: (bytes: Bytes, start: number, end: number) => T,
  isKept: (value: T) => boolean = () => true,
): ByteCache<T, Bytes> {
  return { slots: Array.from({ length: slots }, () => undefined), bytesMax, make, isKept };
}

export function cached<T, Bytes extends Uint8Array>(
  cache: ByteCache<T, Bytes>,
  bytes: Bytes,
  start: number,
  end: number,
): T {
  const length = end - start;
  if (length > cache.bytesMax) return cache.make(bytes, start, end);
  const slot = hashOf(bytes, start, end) & (cache.slots.length - 1);
  const entry = cache.slots[slot];
  if (entry && isSame(entry.bytes, bytes, start, length)) return entry.value;
  const value = cache.make(bytes, start, end);
  if (cache.isKept(value)) {
    cache.slots[slot] = { bytes: Uint8Array.prototype.slice.call(bytes, start, end), value };
  }
  return value;
}

function isSame(kept: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (kept.length !== length) return false;
  for (let at = 0; at < length; at += 1) {
    if (kept[at] !== bytes[start + at]) return false;
  }
  return true;
}

// FNV-1a over at most 16 bytes spread over the string, its last byte always among them: the keys of one vocabulary share their
// beginnings. A collision costs a decoding, never a wrong answer.
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  const step = 1 + ((end - start) >> 4);
  let hash = 0x811c9dc5 ^ (end - start);
  for (let at = end - 1; at >= start; at -= step) {
    hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  }
  return hash ^ (hash >>> 13);
}
