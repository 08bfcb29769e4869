import { readFileSync, readdirSync } from 'node:fs';

export type ProcessWatch = { stop(): Readonly<Record<string, number>> };

const SAMPLE_EVERY_MS = 1000;
const TICKS_PER_SECOND = 100;

/** Samples the resident memory of a process and its children, and a lag, once a second. Linux only. */
export function watchProcesses(pid: number, lag: () => Promise<number>): ProcessWatch {
  const memory: number[] = [];
  const lags: number[] = [];
  const cpuBefore = cpuOfTree(pid);
  const sample = (): void => {
    memory.push(treeOf(pid).reduce((sum, each) => sum + residentBytes(each), 0));
    lag().then(
      (value) => lags.push(value),
      () => lags.push(Number.NaN),
    );
  };
  const timer = setInterval(sample, SAMPLE_EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      const third = Math.floor(memory.length / 3);
      return {
        'memory MiB peak': Math.max(...memory) / 2 ** 20,
        'memory MiB first third': mean(memory.slice(0, third)) / 2 ** 20,
        'memory MiB last third': mean(memory.slice(-third)) / 2 ** 20,
        'lag messages first third': mean(lags.slice(0, third)),
        'lag messages last third': mean(lags.slice(-third)),
        'lag messages peak': Math.max(...lags),
        'cpu seconds': cpuOfTree(pid) - cpuBefore,
      };
    },
  };
}

function mean(samples: readonly number[]): number {
  const known = samples.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
}

/** The process and all below it that live now. Linux only. */
export function treeOf(pid: number): readonly number[] {
  const children = readdirSync('/proc')
    .map(Number)
    .filter((each) => each > 0 && statFields(each)[1] === String(pid));
  return [pid, ...children.flatMap((child) => treeOf(child))];
}

function cpuOfTree(pid: number): number {
  return treeOf(pid).reduce((sum, each) => {
    const fields = statFields(each);
    return sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;
  }, 0);
}

/** Fields of /proc/<pid>/stat from the state on: state, ppid, … utime (11), stime (12). */
function statFields(pid: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** Memory of its own: the mapped pages of the log are the system's cache, and are taken back when they are needed. */
function residentBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
