import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from './clickhouse.ts';
import type { EngineLimits } from './engine-configuration.ts';
import { engineConfigXml, usersXml } from './engine-configuration.ts';
import { StoreError } from './errors.ts';
import { keepPasswords, passwordFile } from './passwords.ts';
import type { StoreUser, UserPasswords } from './users.ts';

export type EngineOptions = {
  /** Holds configuration, data and log of the engine; made when missing. One engine at a time. */
  readonly folder: string;
  /** Where the users' passwords are kept, one file of mode 0600 each; made when missing. */
  readonly keysFolder: string;
  /** 0 takes a free port, and keeps it over restarts. */
  readonly httpPort?: number;
  readonly tcpPort?: number;
  readonly limits?: Partial<EngineLimits>;
  /** How long a start may take, milliseconds. Default 30,000. */
  readonly startWaitMsMax?: number;
};

/** How a role signs in. The password stays in its file until it is needed. */
export type StoreCredential = { readonly username: string; readonly passwordFile: string };

export type RunningEngine = {
  /** `http://127.0.0.1:port`. Stays the same when the engine is started again after a crash. */
  readonly url: string;
  readonly tcpPort: number;
  readonly credentials: Readonly<Record<StoreUser, StoreCredential>>;
  /** Process id of the engine that runs now. */
  pid(): number | undefined;
  /** How often it was started again. */
  restarts(): number;
  /** Rejects with `STORE_ENGINE_FAILED` when it ended too often to be started again. */
  readonly failed: Promise<never>;
  /** Ends the engine; what inserts were answered for is on disk. Safe twice. */
  stop(): Promise<void>;
};

const DEFAULT_LIMITS: EngineLimits = {
  memoryBytesMax: 2 * 1024 ** 3,
  queryMemoryBytesMax: 1024 ** 3,
  querySecondsMax: 30,
  threadsMax: 2,
};

/** An engine that ends is started again, but not more often than this within the window. */
const RESTARTS_MAX = 5;
const RESTARTS_WINDOW_MS = 60_000;
const STDERR_CHARS_MAX = 16_384;

/**
 * Starts the embedded ClickHouse engine as a child process that ends with this one, and keeps it running. Ready means that a
 * query was answered. Rejects with `STORE_ENGINE_FAILED`.
 */
export async function startEngine(options: EngineOptions): Promise<RunningEngine> {
  const folder = resolve(options.folder);
  const passwords = await writeConfiguration(folder, options);
  const waitMs = options.startWaitMsMax ?? 30_000;
  let ports: Ports = { http: options.httpPort ?? 0, tcp: options.tcpPort ?? 0 };
  let engine = await startOnce(folder, ports, passwords, waitMs);
  ports = engine.ports;
  let stopped = false;
  let restarted: readonly number[] = [];
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined);
  const supervise = async (): Promise<void> => {
    for (;;) {
      await engine.ended;
      if (stopped) return;
      restarted = [...restarted.filter((at) => at > Date.now() - RESTARTS_WINDOW_MS), Date.now()];
      if (restarted.length > RESTARTS_MAX)
        throw new StoreError('STORE_ENGINE_FAILED', engine.tail());
      engine = await startOnce(folder, ports, passwords, waitMs);
      if (stopped) engine.end();
    }
  };
  const supervised = supervise().catch(reject);
  return {
    url: `http://127.0.0.1:${ports.http}`,
    tcpPort: ports.tcp,
    credentials: credentialsIn(options.keysFolder, ''),
    pid: () => engine.child.pid,
    restarts: () => restarted.length,
    failed,
    stop: async () => {
      stopped = true;
      engine.end();
      await supervised;
    },
  };
}

/** Names and password files of all users, whose names begin with `prefix`. */
export function credentialsIn(keysFolder: string, prefix: string): RunningEngine['credentials'] {
  const of = (user: StoreUser): StoreCredential => ({
    username: `${prefix}${user}`,
    passwordFile: passwordFile(keysFolder, user),
  });
  return {
    writer: of('writer'),
    reader: of('reader'),
    eraser: of('eraser'),
    auditor: of('auditor'),
    dashboard: of('dashboard'),
    migrator: of('migrator'),
  };
}

async function writeConfiguration(folder: string, options: EngineOptions): Promise<UserPasswords> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  await mkdir(join(folder, 'data'), { recursive: true, mode: 0o700 });
  const passwords = await keepPasswords(options.keysFolder);
  await writeFile(join(folder, 'users.xml'), usersXml(passwords, limits), { mode: 0o600 });
  await writeFile(join(folder, 'config.xml'), engineConfigXml(folder, limits), { mode: 0o600 });
  return passwords;
}

type Ports = { readonly http: number; readonly tcp: number };

type Engine = {
  readonly child: ChildProcess;
  readonly ports: Ports;
  readonly ended: Promise<unknown>;
  end(): void;
  /** The last of what it wrote to standard error. */
  tail(): string;
};

/** Tries until the time is up: the engine before may still be letting go of the folder. */
async function startOnce(
  folder: string,
  ports: Ports,
  passwords: UserPasswords,
  waitMs: number,
): Promise<Engine> {
  const deadline = Date.now() + waitMs;
  let reason = '';
  for (;;) {
    const engine = await launch(folder, ports);
    const started = await untilReady(engine, folder, passwords, deadline);
    if (started) return { ...engine, ports: started };
    engine.end();
    await engine.ended;
    // The last attempt may have been ended before it could say anything.
    reason = engine.tail() || reason;
    if (Date.now() > deadline) throw new StoreError('STORE_ENGINE_FAILED', reason);
    await sleep(200);
  }
}

async function launch(folder: string, ports: Ports): Promise<Engine> {
  await rm(join(folder, 'ports.json'), { force: true });
  const script = join(import.meta.dirname, 'engine-process.ts');
  const child = spawn(process.execPath, [script, folder, String(ports.http), String(ports.tcp)], {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { TZ: 'UTC' },
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-STDERR_CHARS_MAX);
  });
  child.stdin.on('error', () => undefined);
  return {
    child,
    ports,
    ended: once(child, 'close').catch((error: unknown) => (text += String(error))),
    end: () => child.kill('SIGKILL'),
    tail: () => text.trim(),
  };
}

/** The ports, once a query was answered; nothing when the process ended or the time is up. */
async function untilReady(
  engine: Engine,
  folder: string,
  passwords: UserPasswords,
  deadline: number,
): Promise<Ports | undefined> {
  while (Date.now() < deadline && engine.child.exitCode === null && !engine.child.signalCode) {
    const ports = await readPorts(join(folder, 'ports.json'));
    if (ports && (await answers(ports, passwords))) return ports;
    await sleep(25);
  }
  return undefined;
}

async function readPorts(file: string): Promise<Ports | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const match = /"http":(\d+),"tcp":(\d+)/.exec(text);
  return match ? { http: Number(match[1]), tcp: Number(match[2]) } : undefined;
}

async function answers(ports: Ports, passwords: UserPasswords): Promise<boolean> {
  const store = openStore({
    url: `http://127.0.0.1:${ports.http}`,
    username: 'reader',
    password: passwords.reader,
  });
  try {
    await store.ping();
    return true;
  } catch {
    return false;
  } finally {
    await store.close();
  }
}
