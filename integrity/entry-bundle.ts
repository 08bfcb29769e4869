import { IntegrityError } from './errors.ts';
import { TILE_WIDTH } from './tile.ts';

/** The longest leaf that a bundle can hold: its length is told in 16 bits. */
export const ENTRY_BYTES_MAX = 65_535;

/** Leaves one after the other, each behind its length as 16 bits, high byte first. Source: C2SP tlog-tiles. */
export function encodeEntries(entries: readonly Uint8Array[]): Uint8Array {
  const length = entries.reduce((sum, entry) => sum + 2 + entry.length, 0);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const entry of entries) {
    if (entry.length > ENTRY_BYTES_MAX) {
      throw new RangeError(`an entry of ${entry.length} bytes does not fit a bundle`);
    }
    bytes.set([entry.length >> 8, entry.length & 255], at);
    bytes.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bytes;
}

/** The leaves of a bundle of this width; TILE_MALFORMED unless there are exactly as many and nothing behind them. */
export function decodeEntries(bytes: Uint8Array, width: number): readonly Uint8Array[] {
  if (width < 1 || width > TILE_WIDTH) throw malformed(`a bundle has no width of ${width}`);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (entries.length < width) {
    const [high, low] = bytes.subarray(at, at + 2);
    if (high === undefined || low === undefined) throw malformed('the bundle ends within an entry');
    const end = at + 2 + high * 256 + low;
    if (end > bytes.length) throw malformed('the bundle ends within an entry');
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  if (at !== bytes.length) throw malformed('the bundle goes on behind its last entry');
  return entries;
}

function malformed(detail: string): IntegrityError {
  return new IntegrityError('TILE_MALFORMED', detail);
}
