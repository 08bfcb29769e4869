/**
 * One for a destination, whatever number of logs feed it: after a run of failures only one attempt at a time goes out, to see whether
 * the destination is back, instead of one for each log.
 */
export interface Circuit {
  /** Resolves when an attempt may be made. Each MUST be followed by `settle`. */
  enter(): Promise<void>;
  settle(succeeded: boolean): void;
  readonly open: boolean;
}

export function createCircuit(failuresMax: number): Circuit {
  const state = { failures: 0, probing: false };
  let waiting: (() => void)[] = [];
  const isOpen = (): boolean => state.failures >= failuresMax;
  return {
    get open() {
      return isOpen();
    },
    async enter() {
      while (isOpen() && state.probing) {
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      state.probing = isOpen();
    },
    settle(succeeded) {
      state.failures = succeeded ? 0 : state.failures + 1;
      state.probing = false;
      const released = waiting;
      waiting = [];
      for (const release of released) release();
    },
  };
}
