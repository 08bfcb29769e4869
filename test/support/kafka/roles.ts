import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { RoleName } from '../../../cli/role-starts.ts';

/** A role as a process of its own, as `waybill <role>` starts it. */
export type RoleProcess = {
  readonly role: RoleName;
  readonly addresses: Readonly<Record<string, string>>;
  readonly pid: number;
  /** Ends it as an operator would; gives its exit code. */
  stop(): Promise<number | null>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT: it hangs, and comes back as if no time had passed. */
  pause(): void;
  resume(): void;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<unknown>;
  /** What it has said on standard error, last lines. */
  said(): string;
};

const READY_WAIT_MS_MAX = 120_000;

export async function startRoleProcess(
  role: RoleName,
  configFile: string,
  settings: readonly string[] = [],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<RoleProcess> {
  const sets = settings.flatMap((setting) => ['--set', setting]);
  const child = spawn(
    process.execPath,
    ['cli/main.ts', role, '--json', '--config', configFile, ...sets],
    { stdio: ['ignore', 'pipe', 'pipe'], env: environment },
  );
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    if (lines.length > 200) lines.shift();
  });
  const ended = once(child, 'close');
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
    return child.exitCode;
  };
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_WAIT_MS_MAX);
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue;
    clearTimeout(timer);
    child.stdout.resume();
    return {
      role,
      addresses: JSON.parse(line) as Record<string, string>,
      pid: child.pid ?? 0,
      stop: () => end('SIGTERM'),
      kill: async () => {
        await end('SIGKILL');
      },
      pause: () => void child.kill('SIGSTOP'),
      resume: () => void child.kill('SIGCONT'),
      ended,
      said: () => lines.join('\n'),
    };
  }
  clearTimeout(timer);
  throw new Error(`waybill ${role} ended before it ran:\n${lines.join('\n')}`);
}
