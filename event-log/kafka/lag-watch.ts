import { EventLogError } from '../errors.ts';

export type LagLimits = {
  /** Appends of spans are refused while a required reader is further behind than this. Milliseconds. */
  readonly lagMsMax: number;
  /** Roles that must have read the spans. */
  readonly requiredReaders: readonly string[];
};

export type LagWatchOptions = {
  readonly limits: LagLimits;
  readonly lagMsOf: (role: string) => Promise<number>;
  readonly clock: () => number;
  readonly onTrouble: (error: unknown) => void;
};

export interface LagWatch {
  /** Throws `EVENT_LOG_FULL` while a limit is passed, by what was last seen; looks anew in the background. */
  check(): void;
  stop(): void;
}

/** A reader does not fall behind within a few seconds, and each look asks the brokers. */
const LOOK_MS = 5000;

export function watchLag({ limits, lagMsOf, clock, onTrouble }: LagWatchOptions): LagWatch {
  let lookedMs = -Infinity;
  let isLooking = false;
  let isStopped = false;
  let refusal: string | undefined;

  async function look(): Promise<void> {
    for (const role of limits.requiredReaders) {
      const lagMs = await lagMsOf(role);
      refusal =
        lagMs > limits.lagMsMax
          ? `${role} is more than ${limits.lagMsMax} ms behind on the spans`
          : undefined;
      if (refusal !== undefined) return;
    }
  }

  return {
    check() {
      const nowMs = clock();
      if (!isLooking && !isStopped && Math.abs(nowMs - lookedMs) >= LOOK_MS) {
        lookedMs = nowMs;
        isLooking = true;
        look()
          .catch((error: unknown) => onTrouble(error))
          .finally(() => {
            isLooking = false;
          });
      }
      if (refusal !== undefined) throw new EventLogError('EVENT_LOG_FULL', refusal);
    },
    stop() {
      isStopped = true;
    },
  };
}
