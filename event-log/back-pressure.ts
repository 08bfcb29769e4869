import { statfsSync } from 'node:fs';
import { EventLogError } from './errors.ts';

export type BackPressureLimits = {
  /** Appends of spans are refused while the log's disk has less than this free. Bytes. */
  readonly diskFreeBytesMin: number;
  /** Appends of spans are refused while a required reader is further behind than this. Milliseconds. */
  readonly lagMsMax: number;
  /** Roles that must have read the spans: see `lagMsMax`. */
  readonly requiredReaders: readonly string[];
};

/** Both are looked at no oftener than this: a full disk does not fill, and a reader does not fall behind, within a second. */
const CHECK_INTERVAL_MS = 1000;

/**
 * Gives a function that throws `EVENT_LOG_FULL` while a limit is passed. `lagMsOf` says how long the oldest message that a
 * role has not committed has been waiting.
 */
export function watchLimits(
  folder: string,
  limits: BackPressureLimits,
  clock: () => number,
  lagMsOf: (role: string) => number,
): () => void {
  let checkedMs = -Infinity;
  let refusal: string | undefined;
  return () => {
    const nowMs = clock();
    if (Math.abs(nowMs - checkedMs) >= CHECK_INTERVAL_MS) {
      checkedMs = nowMs;
      refusal = diskRefusal(folder, limits) ?? lagRefusal(limits, lagMsOf);
    }
    if (refusal !== undefined) throw new EventLogError('EVENT_LOG_FULL', refusal);
  };
}

function diskRefusal(folder: string, limits: BackPressureLimits): string | undefined {
  const disk = statfsSync(folder);
  const freeBytes = disk.bavail * disk.bsize;
  if (freeBytes >= limits.diskFreeBytesMin) return undefined;
  return `the disk has ${freeBytes} bytes free, below ${limits.diskFreeBytesMin}`;
}

function lagRefusal(
  limits: BackPressureLimits,
  lagMsOf: (role: string) => number,
): string | undefined {
  const late = limits.requiredReaders.find((role) => lagMsOf(role) > limits.lagMsMax);
  return late === undefined
    ? undefined
    : `${late} is more than ${limits.lagMsMax} ms behind on the spans`;
}
