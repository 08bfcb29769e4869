import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

/**
 * Tells every thread of the process that something was written, for LMDB tells nobody. A count in shared memory, handed down to threads
 * that are started after this module was loaded; a thread that does not have it is told nothing and must look for itself.
 */
export type WrittenSignal = {
  announce(): void;
  /** The count now: read it before looking, so that nothing falls between the look and the wait. */
  seen(): number;
  /** Resolves when the count is no longer `seen`. Holds up no process, and never rejects. */
  next(seen: number): Promise<void>;
};

const NAME = 'waybill.event-log.written';

export function openWrittenSignal(): WrittenSignal {
  const count = new Int32Array(sharedMemory());
  return {
    announce: () => {
      Atomics.add(count, 0, 1);
      Atomics.notify(count, 0);
    },
    seen: () => Atomics.load(count, 0),
    next: async (seen) => {
      await Atomics.waitAsync(count, 0, seen).value;
    },
  };
}

function sharedMemory(): SharedArrayBuffer {
  const known = getEnvironmentData(NAME);
  if (known instanceof SharedArrayBuffer) return known;
  const made = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  setEnvironmentData(NAME, made);
  return made;
}
