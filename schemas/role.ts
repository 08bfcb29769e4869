/** A role that runs: what `main.ts` of each process room gives back. */
export interface RunningRole {
  /** What others need to reach it, e.g. `{ otlpHttp: 'http://127.0.0.1:4318' }`. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Rejects when the role can no longer work. MUST be watched; a role never ends the process by itself. */
  readonly failed: Promise<never>;
  /** Stops accepting, finishes, flushes, commits, closes; safe twice; bounded by `stopWaitMsMax` of its configuration. */
  stop(): Promise<void>;
}
