import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { treeOf } from '../../../bench/load/watch-processes.ts';
import type { Pipeline } from '../pipeline.ts';
import { startPipeline } from '../pipeline.ts';

/** A pipeline that lives many times on one data directory. */
export type Lives = {
  /** The one that is up; waits for the next when none is. Rejects once `failed` has. */
  readonly target: () => Promise<Pipeline>;
  /** Rejects when a pipeline ended that nobody killed. */
  readonly failed: Promise<never>;
  /** Starts it, and gives how long it took until it was ready, ms. */
  start(): Promise<number>;
  /** Starts it, and kills it that many ms later, ready or not. */
  startAndKill(afterMs: number): Promise<void>;
  /** SIGKILL to the one process; its engine is to end with it. */
  killProcess(): Promise<void>;
  /** SIGKILL to the process and all below it, the engine first or last. */
  killTree(engineFirst: boolean): Promise<void>;
  /** SIGKILL to the engine alone, which the pipeline is to start again. */
  killEngine(): Promise<void>;
  /** Ends it as a person would; its exit code. */
  stop(): Promise<number | null>;
  /** Processes of all lives that still live. */
  leftOver(): readonly number[];
  /** What the lives said on standard error, the last of it. */
  said(): string;
};

type Life = { readonly child: ChildProcess; expectedEnd: boolean };

const SAID_CHARS_MAX = 20_000;
const READY_WAIT_MS_MAX = 60_000;

export function createLives(dataDir: string): Lives {
  let up = Promise.withResolvers<Pipeline>();
  let isUp = false;
  let life: Life | undefined;
  let text = '';
  const processes = new Set<number>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch((error: unknown) => up.reject(error));
  up.promise.catch(() => undefined);

  const begin = async (): Promise<Pipeline> =>
    startPipeline({
      dataDir,
      readyWaitMsMax: READY_WAIT_MS_MAX,
      onSpawn: (child) => {
        const own: Life = { child, expectedEnd: false };
        life = own;
        child.stderr?.on('data', (chunk) => {
          text = (text + String(chunk)).slice(-SAID_CHARS_MAX);
        });
        child.once('exit', (code, signal) => {
          if (own.expectedEnd) return;
          failed.reject(new Error(`waybill up ended by itself (${code ?? signal}):\n${text}`));
        });
      },
    });
  const end = async (kill: (pid: number) => void): Promise<void> => {
    const { child } = noteTree();
    if (life) life.expectedEnd = true;
    if (isUp) {
      // Whoever waits for a pipeline while none is up waits for the next one that is.
      up = Promise.withResolvers();
      up.promise.catch(() => undefined);
      isUp = false;
    }
    const ended = child.exitCode === null && !child.signalCode ? once(child, 'exit') : undefined;
    kill(child.pid ?? 0);
    await ended;
  };
  /** Remembers the processes of the life that is. */
  const noteTree = (): { child: ChildProcess; below: readonly number[] } => {
    if (!life) throw new Error('No pipeline was started.');
    const { child } = life;
    const [, ...below] = treeOf(child.pid ?? 0);
    for (const pid of [child.pid ?? 0, ...below]) processes.add(pid);
    return { child, below };
  };
  const kill = (pid: number): void => void tryKill(pid);

  return {
    failed: failed.promise,
    target: () => up.promise,
    start: async () => {
      const startedMs = performance.now();
      up.resolve(await begin());
      isUp = true;
      return performance.now() - startedMs;
    },
    startAndKill: async (afterMs) => {
      // It ends before it is ready, or is killed right after it was: the start's own failure says nothing.
      begin().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await end(kill);
    },
    killProcess: () => end(kill),
    killTree: (engineFirst) => {
      const { below } = noteTree();
      return end((pid) => {
        const order = engineFirst ? [...below, pid] : [pid, ...below];
        for (const each of order) kill(each);
      });
    },
    killEngine: () => {
      for (const pid of noteTree().below) kill(pid);
      return Promise.resolve();
    },
    stop: async () => {
      await end((pid) => process.kill(pid, 'SIGTERM'));
      return life?.child.exitCode ?? null;
    },
    leftOver: () => [...processes].filter(isAlive),
    said: () => text,
  };
}

function tryKill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile, as an engine does whose parent is gone.
    return false;
  }
}

/** A zombie lives no longer: it waits for whoever inherited it to take note. */
function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
}
