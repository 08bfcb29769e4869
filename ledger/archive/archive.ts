import { AnchorError } from '../../anchors/errors.ts';
import type { ObjectStore } from '../../anchors/object-store.ts';
import { LedgerError } from '../errors.ts';
import type { RangeName } from './range-names.ts';
import { parseRangeName } from './range-names.ts';
import { OBJECT_BYTES_MAX, unpackRange } from './sealed-range.ts';

export type ArchiveLimits = {
  /** Between two looks for what is signed and not archived, milliseconds. */
  readonly everyMs: number;
  /** How long a record that is archived stays in the log all the same; null: for ever. */
  readonly logKeepsHours: number | null;
  /** One range. */
  readonly leavesMax: number;
  /** Sum of message values of one range, beyond the last. */
  readonly bytesMax: number;
};

/** Where sealed ranges are kept. Failures are `LEDGER_ARCHIVE_UNREACHABLE`, `…_REFUSED` and `…_DAMAGED`. */
export type Archive = ArchiveLimits & {
  /** Writes a packed range; false where there is one of that name. */
  readonly putOnce: (name: string, packed: Uint8Array, signal: AbortSignal) => Promise<boolean>;
  /** A range, unpacked; undefined where there is none. */
  readonly get: (name: string, signal: AbortSignal) => Promise<Buffer | undefined>;
  /** The ranges of a log, or of all; what else lies there is left out. */
  readonly list: (log: string | undefined, signal: AbortSignal) => Promise<readonly RangeName[]>;
};

export function archiveIn(objects: ObjectStore, limits: ArchiveLimits): Archive {
  return {
    ...limits,
    putOnce: async (name, packed, signal) =>
      translated(async () => objects.putOnce(name, packed, signal)),
    get: async (name, signal) => {
      const packed = await translated(async () => objects.get(name, OBJECT_BYTES_MAX, signal));
      return packed && unpackRange(name, packed);
    },
    list: async (log, signal) => {
      const prefix = log === undefined ? '' : `${log}/`;
      const names = await translated(async () => objects.list(prefix, signal));
      return names.flatMap((name) => parseRangeName(name) ?? []);
    },
  };
}

async function translated<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    const code = error.retryable ? 'LEDGER_ARCHIVE_UNREACHABLE' : 'LEDGER_ARCHIVE_REFUSED';
    throw new LedgerError(code, error.message, error);
  }
}
