import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** What runs until it is told to end. */
export type Runs = { readonly failed: Promise<never>; stop(): Promise<void> };

const STOP_WAIT_MS_MAX = 25_000;

/** Waits for a signal or a failure, and stops in order: exit code 0 only when it was told to end. Never waits for ever. */
export async function untilEnd(
  command: string,
  running: Runs,
  ending: Promise<string>,
  terminal: Terminal,
): Promise<number> {
  const problem = await Promise.race([
    ending.then(() => undefined),
    running.failed.catch((error: unknown) => error),
  ]);
  if (problem !== undefined) {
    const why = problem instanceof Error ? problem.message : 'a role ended';
    terminal.note(
      `waybill ${command}: ${why}\nWhat was acknowledged is on disk; stopping the rest.`,
    );
  } else {
    terminal.note('Stopping: finishing what was accepted …');
  }
  const late = new AbortController();
  const stopped = await Promise.race([
    running.stop().then(() => true),
    sleep(STOP_WAIT_MS_MAX, false, { signal: late.signal, ref: false }).catch(() => false),
  ]);
  late.abort();
  if (!stopped) {
    terminal.note(
      `waybill ${command}: not stopped within ${STOP_WAIT_MS_MAX / 1000} s; ending now.`,
    );
    process.exit(exitCodes.failed);
  }
  return problem === undefined ? exitCodes.ok : exitCodes.failed;
}
