import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { randomBytes } from 'node:crypto';
import { setProcessFlags } from '../cli/process-flags.ts';
import { parseCollectorConfig } from '../collector/config.ts';
import { startCollector } from '../collector/main.ts';
import { saveCredentials } from '../registry/credential-file.ts';
import { createKey } from '../registry/credentials.ts';

/** A collector alone in a process, on a data directory of its own. */
export type CollectorProcess = {
  readonly otlpHttpPort: number;
  readonly otlpGrpcPort: number;
  readonly pid: number;
  readonly logDirectory: string;
  readonly producerKey: string;
  /** User and system seconds of the process so far. */
  cpuSeconds(): number;
  /** Resident bytes at their highest. */
  memoryBytesPeak(): number;
  /** Ends it gracefully and gives its exit code. */
  stop(): Promise<number | null>;
};

export type CollectorProcessOptions = {
  readonly directory: string;
  /** Knobs of the collector's configuration beside its paths and ports; with `kafka`, its log is there. */
  readonly config?: Record<string, unknown>;
  /** A program that runs it, e.g. `['strace', '-f']`. */
  readonly runBy?: readonly string[];
};

/** Makes keys in the directory and starts a collector on it; its ports are free ones. */
export async function startCollectorProcess(
  options: CollectorProcessOptions,
): Promise<CollectorProcess> {
  const { directory } = options;
  const logDirectory = join(directory, 'log');
  const producerKey = await prepareDirectory(directory);
  const config = {
    ...options.config,
    otlpHttpPort: 0,
    otlpGrpcPort: 0,
    ...(options.config?.['kafka'] ? {} : { logDirectory }),
    masterKeyFile: join(directory, 'master.key'),
    credentialsFile: join(directory, 'credentials.json'),
  };
  const self = [
    process.execPath,
    // As a role's worker thread has it.
    '--max-semi-space-size=16',
    import.meta.filename,
    JSON.stringify(config),
  ];
  const child = spawn('env', [...(options.runBy ?? []), ...self], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ready = await firstAnswer(child);
  return {
    ...ready,
    logDirectory,
    producerKey,
    cpuSeconds: () => cpuSecondsOf(ready.pid),
    memoryBytesPeak: () => memoryBytesPeakOf(ready.pid),
    stop: () => stopProcess(child, ready.pid),
  };
}

type Ready = { readonly pid: number; readonly otlpHttpPort: number; readonly otlpGrpcPort: number };

async function prepareDirectory(directory: string): Promise<string> {
  const made = createKey('bench');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'master.key'), randomBytes(32).toString('hex'), { mode: 0o600 });
  await saveCredentials(join(directory, 'credentials.json'), [
    {
      ...made.credential,
      use: 'producer',
      tenant: 'default',
      producer: 'bench',
      trust: 'application',
    },
  ]);
  return made.key;
}

async function firstAnswer(child: ChildProcess): Promise<Ready> {
  if (!child.stdout) throw new Error('The collector was started without a pipe.');
  for await (const line of createInterface({ input: child.stdout })) {
    return JSON.parse(line) as Ready;
  }
  throw new Error('The collector ended before it was ready.');
}

/** Fields 14 and 15 of `/proc/<pid>/stat`, in hundredths of a second. Source: proc(5). */
export function cpuSecondsOf(pid: number): number {
  const fields = (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function memoryBytesPeakOf(pid: number): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(peak?.[1] ?? 0) * 1024;
}

/** The signal goes to the collector itself: what runs it may not pass it on. */
async function stopProcess(child: ChildProcess, pid: number): Promise<number | null> {
  const exited = once(child, 'exit');
  if (child.exitCode === null) process.kill(pid, 'SIGTERM');
  else return child.exitCode;
  await exited;
  return child.exitCode;
}

async function runCollector(config: unknown): Promise<void> {
  setProcessFlags();
  const role = await startCollector(parseCollectorConfig(config));
  const port = (name: string): number => Number(new URL(role.addresses[name] ?? '').port);
  const ready: Ready = {
    pid: process.pid,
    otlpHttpPort: port('otlpHttp'),
    otlpGrpcPort: port('otlpGrpc'),
  };
  console.log(JSON.stringify(ready));
  const asked = once(process, 'SIGTERM');
  await Promise.race([asked, role.failed]);
  await role.stop();
}

if (import.meta.main) await runCollector(JSON.parse(process.argv[2] ?? '{}'));
