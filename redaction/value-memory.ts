import type { ByteCache } from '../schemas/byte-cache.ts';
import { cached, createByteCache } from '../schemas/byte-cache.ts';
import type { Redaction } from '../schemas/redactor.ts';
import { keyMeaning } from './key-names.ts';

/** What redaction makes of a stretch of a value under a key. */
export type FindRedaction = (
  keyPath: string,
  value: Uint8Array,
  start: number,
  end: number,
) => Redaction | null;

const VALUE_BYTES_MAX = 96;
const SLOTS = 64;
const KEY_PATHS_MAX = 1024;

/**
 * Remembers what was made of short values, for the attributes of telemetry come with few different ones. Bounded: so many key paths, so
 * many values each, a newcomer in the place of the one before. What depends on the request is not remembered: `isOfRequest` is asked right
 * after a value was looked at.
 */
export function rememberValues(find: FindRedaction, isOfRequest: () => boolean): FindRedaction {
  const memories = new Map<string, ByteCache<Redaction | null, Uint8Array>>();
  return (keyPath, value, start, end) => {
    if (end - start > VALUE_BYTES_MAX) return find(keyPath, value, start, end);
    let memory = memories.get(keyPath);
    if (memory === undefined) {
      if (!isRemembered(keyPath)) return find(keyPath, value, start, end);
      if (memories.size >= KEY_PATHS_MAX) memories.clear();
      memory = createByteCache<Redaction | null, Uint8Array>(
        SLOTS,
        VALUE_BYTES_MAX,
        (bytes, from, to) => find(keyPath, bytes, from, to),
        () => !isOfRequest(),
      );
      memories.set(keyPath, memory);
    }
    return cached(memory, value, start, end);
  };
}

function isRemembered(keyPath: string): boolean {
  const { kind } = keyMeaning(keyPath);
  return kind !== 'identity' && kind !== 'session';
}
