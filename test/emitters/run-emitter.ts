import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { once } from 'node:events';
import type { EmitterScript } from './emitter-script.ts';
import { scriptFolder } from './emitter-script.ts';
import { startScriptedModel } from './model/scripted-model.ts';
import type { Capture } from './otlp-capture.ts';
import { receiveOtlp } from './receive-otlp.ts';
import type { Receiver } from './receive-otlp.ts';

const runMsMax = 6 * 60_000;
/** Nothing has come for so long: the emitter's batches are all here. */
const quietMs = 1500;

export type Run = {
  readonly capture: Capture;
  /** What is different on each run, and what stands for it: addresses with their ports, folders. */
  readonly places: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
};

/** Runs an emitter's script between a model, MCP servers and a receiver on loopback, and gives what was received. */
export async function runEmitter(emitter: EmitterScript, folder: string): Promise<Run> {
  const receiver = await receiveOtlp();
  const model = await startScriptedModel();
  const home = mkdtempSync(join(tmpdir(), 'emitter-home-'));
  const environment: NodeJS.ProcessEnv = {
    PATH: [...installedPaths(emitter, folder), process.env['PATH']].join(':'),
    HOME: home,
    TMPDIR: home,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    EMITTER_FOLDER: folder,
    WAYBILL_FOLDER: resolve('.'),
    PYTHONPATH: resolve(scriptFolder),
    PYTHONDONTWRITEBYTECODE: '1',
    MODEL_URL: model.url,
    OPENAI_API_KEY: 'scripted',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    ORDERS_COMMAND: JSON.stringify([process.execPath, resolve('test/emitters/orders-process.ts')]),
  };
  const places = new Map([
    [new URL(receiver.url).host, '127.0.0.1:4318'],
    [new URL(model.url).host, '127.0.0.1:8100'],
  ]);
  const servers: ChildProcess[] = [];
  try {
    for (const [variable, place, flags] of orderServers) {
      const { child, url } = await startOrders(flags, environment);
      servers.push(child);
      environment[variable] = url;
      places.set(new URL(url).host, place);
      places.set(`localhost:${new URL(url).port}`, place);
    }
    await runScript(emitter, folder, environment);
    await quiet(receiver);
  } finally {
    for (const server of servers) server.kill();
    await Promise.all([receiver.close(), model.close()]);
    rmSync(home, { recursive: true, force: true });
  }
  places.set(home, '/home/emitter');
  places.set(folder, '/emitter');
  places.set(resolve('.'), '/waybill');
  return { capture: joined(receiver), places, problems: [...receiver.problems, ...model.problems] };
}

const orderServers = [
  ['TRACED_ORDERS_URL', '127.0.0.1:8300', ['--http', '--traced']],
  ['RECORDING_ORDERS_URL', '127.0.0.1:8310', ['--http', '--traced', '--recording']],
  ['ORDERS_URL', '127.0.0.1:8200', ['--http']],
] as const;

function installedPaths({ language }: EmitterScript, folder: string): readonly string[] {
  return [join(folder, language === 'python' ? 'venv/bin' : 'node_modules/.bin')];
}

async function startOrders(
  flags: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, ['test/emitters/orders-process.ts', ...flags], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [first] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, url: first.toString().trim() };
}

/** A script of Node runs beside its packages, because that is where Node looks for them. */
async function runScript(
  { path, language }: EmitterScript,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  let program = [join(folder, 'venv/bin/python'), resolve(path)];
  if (language === 'node') {
    cpSync(scriptFolder, folder, { recursive: true });
    program = [process.execPath, join(folder, basename(path))];
  }
  const [command = '', ...args] = program;
  const child = spawn(command, args, {
    cwd: folder,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: runMsMax,
    killSignal: 'SIGKILL',
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code !== 0) throw new Error(`${path} ended with ${String(signal ?? code)}`);
}

async function quiet(receiver: Receiver): Promise<void> {
  const since = Date.now();
  while (Date.now() - Math.max(since, receiver.lastMs()) < quietMs) {
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

function joined({ traces, logs }: Receiver): Capture {
  return {
    traces: { resourceSpans: traces.flatMap(({ resourceSpans = [] }) => resourceSpans) },
    logs: { resourceLogs: logs.flatMap(({ resourceLogs = [] }) => resourceLogs) },
  };
}
