import type { Terminal } from './terminal.ts';

/** A terminal and a parent may both pass one Ctrl-C on: within this, a second signal is the first. */
const SAME_SIGNAL_MS = 500;

/** Resolves at the first signal to end; a later one ends at once. */
export function endOnSignal(terminal: Terminal): Promise<string> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (firstMs === undefined) {
          firstMs = Date.now();
          resolve(signal);
        } else if (Date.now() - firstMs > SAME_SIGNAL_MS) {
          terminal.note('waybill: told again; ending at once.');
          process.exit(130);
        }
      });
    }
  });
}
