import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { playedSceneSchema, settingsVariable } from './agent-settings.ts';
import type { AgentSettings, AgentTeam, PlayedScene } from './agent-settings.ts';
import { serverFile, watchArguments } from './connect-server.ts';
import { telemetryEnvironment } from './telemetry-environment.ts';
import { issueToken } from './user-token.ts';

/** Where the cast sends its spans, and where it may write. */
export type Stage = {
  readonly otlpHttp: string;
  readonly producerKey: string;
  readonly gatewayKey: string;
  /** Made when missing; for the few files the servers work on. */
  readonly propsFolder: string;
  readonly tokenSecret: string;
  /** Ends every process of the cast at once. */
  readonly signal: AbortSignal;
  /** Told each scene that has been played. */
  readonly onScene: (played: PlayedScene) => void;
};

/**
 * Plays the whole script with real processes: agents of three teams, servers over stdio and streamable HTTP, a gateway. Resolves with
 * every scene's trace when all processes have ended and flushed their spans.
 */
export async function playAll(stage: Stage): Promise<readonly PlayedScene[]> {
  const children: ChildProcess[] = [];
  stage.signal.throwIfAborted();
  stage.signal.addEventListener('abort', () => {
    for (const child of children) child.kill('SIGKILL');
  });
  try {
    const everythingUrl = await startEverything(stage, children);
    const gatewayUrl = await startGateway(stage, children, everythingUrl);
    const settings = agentSettings(stage, everythingUrl, gatewayUrl);
    const teams: readonly AgentTeam[] = ['payments', 'research', 'platform'];
    const played = await Promise.all(
      teams.map((team) => playTeam(stage, { ...settings, team }, children)),
    );
    return played.flat();
  } finally {
    await Promise.all(children.map(endProcess));
  }
}

const sceneWaitMsMax = 90_000;
const startWaitMsMax = 60_000;
const endWaitMsMax = 3_000;

async function startEverything(stage: Stage, children: ChildProcess[]): Promise<string> {
  const port = await freePort();
  const child = start(
    [...watchArguments, serverFile('server-everything'), 'streamableHttp'],
    { ...environmentOf(stage, 'everything'), PORT: String(port) },
    children,
  );
  await lineOf(child, 'stderr', /listening/i);
  return `http://127.0.0.1:${port}/mcp`;
}

async function startGateway(
  stage: Stage,
  children: ChildProcess[],
  upstreamUrl: string,
): Promise<string> {
  const file = fileURLToPath(new URL('policy-gateway.ts', import.meta.url));
  const child = start(
    [file, upstreamUrl],
    {
      ...environmentOf({ ...stage, producerKey: stage.gatewayKey }, 'policy-gateway'),
      DEMO_TOKEN_SECRET: stage.tokenSecret,
    },
    children,
  );
  const line = await lineOf(child, 'stdout', /http:\S+mcp/);
  return /http:[^"]+/.exec(line)?.[0] ?? '';
}

async function playTeam(
  stage: Stage,
  settings: AgentSettings,
  children: ChildProcess[],
): Promise<readonly PlayedScene[]> {
  const file = fileURLToPath(new URL('agent-process.ts', import.meta.url));
  const environment = {
    ...environmentOf(stage, `${settings.team}-agents`),
    [settingsVariable]: JSON.stringify(settings),
  };
  const child = start([file], environment, children);
  const played: PlayedScene[] = [];
  const complaints = linesOf(child, 'stderr');
  const timer = setTimeout(() => child.kill('SIGKILL'), sceneWaitMsMax);
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    const scene = playedSceneSchema.parse(JSON.parse(line));
    played.push(scene);
    stage.onScene(scene);
  }
  await ended;
  clearTimeout(timer);
  if (child.exitCode === 0) return played;
  throw new Error(`the agents of ${settings.team} failed:\n${complaints.slice(-10).join('\n')}`);
}

function agentSettings(
  stage: Stage,
  everythingUrl: string,
  gatewayUrl: string,
): Omit<AgentSettings, 'team'> {
  const papersFolder = join(stage.propsFolder, 'papers');
  mkdirSync(papersFolder, { recursive: true });
  writeFileSync(join(papersFolder, 'paper.txt'), 'On the custody of calls.\n');
  return {
    everythingUrl,
    gatewayUrl,
    papersFolder,
    benToken: issueToken(stage.tokenSecret, 'ben@example.com'),
    memoryFile: join(stage.propsFolder, 'memory.jsonl'),
    serverTelemetry: {
      orders: environmentOf(stage, 'orders'),
      filesystem: environmentOf(stage, 'filesystem'),
    },
  };
}

function environmentOf(
  { otlpHttp, producerKey }: Pick<Stage, 'otlpHttp' | 'producerKey'>,
  service: string,
): Record<string, string> {
  return telemetryEnvironment({ service, otlpHttp, key: producerKey });
}

function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  children: ChildProcess[],
): ChildProcess {
  const child = spawn(process.execPath, [...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

/** The first line that fits; what comes later is read and forgotten, so that the child never waits for us. */
async function lineOf(
  child: ChildProcess,
  stream: 'stdout' | 'stderr',
  pattern: RegExp,
): Promise<string> {
  const said = [linesOf(child, 'stdout'), linesOf(child, 'stderr')];
  const found = Promise.withResolvers<string>();
  createInterface({ input: child[stream] ?? process.stdin }).on('line', (line) => {
    if (pattern.test(line)) found.resolve(line);
  });
  const failed = (): void => found.reject(new Error(said.flat().slice(-10).join('\n')));
  child.once('exit', failed);
  const timer = setTimeout(failed, startWaitMsMax);
  return await found.promise.finally(() => clearTimeout(timer));
}

const linesKept = 50;

function linesOf(child: ChildProcess, stream: 'stdout' | 'stderr'): readonly string[] {
  const lines: string[] = [];
  createInterface({ input: child[stream] ?? process.stdin }).on('line', (line) => {
    lines.push(line);
    if (lines.length > linesKept) lines.shift();
  });
  return lines;
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), endWaitMsMax);
  await ended;
  clearTimeout(timer);
}

/** A port that is free now. The server takes a number only, so that another process could take it first; then it says so and ends. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}
