import { randomBytes } from 'node:crypto';
import { TRACE_KEY_BYTES } from './trace-keys.ts';

const KEYS_DRAWN = 256;
let drawn = Buffer.alloc(0);
let used = 0;

/** A new random key. Many are drawn at once: a call of `randomBytes` costs as much for one as for hundreds. */
export function freshKey(): Uint8Array {
  if (used === drawn.length) {
    drawn = randomBytes(KEYS_DRAWN * TRACE_KEY_BYTES);
    used = 0;
  }
  const key = drawn.subarray(used, used + TRACE_KEY_BYTES);
  used += TRACE_KEY_BYTES;
  return key;
}
