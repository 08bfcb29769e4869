import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ChargesAnswer, CountsAnswer, RecordsAnswer, TraceAnswer } from '../cli/answers.ts';
import { apiClient } from '../cli/api-client.ts';
import type { ApiClient } from '../cli/api-client.ts';
import { startEmbedded } from '../cli/embedded.ts';
import type { Embedded, EmbeddedAddresses } from '../cli/embedded.ts';
import { CommandFailure } from '../cli/failure.ts';
import type { Terminal } from '../cli/terminal.ts';
import { playAll } from './cast.ts';
import { checkCalls } from './check-calls.ts';
import type { Check } from './check-calls.ts';
import { playbill } from './playbill.ts';
import { renderDemo, summarise } from './render-demo.ts';
import type { DemoAnswers } from './render-demo.ts';

export type DemoOptions = {
  readonly dataDirectory: string;
  /** Ends when the chains have been shown, instead of staying up until `ending` resolves. */
  readonly once: boolean;
  readonly json: boolean;
  readonly terminal: Terminal;
  /** Resolves when somebody wants the demo to end. */
  readonly ending: Promise<unknown>;
};

/**
 * Starts the pipeline on free ports, plays the script, waits until its calls can be queried and shows them. True when every call was
 * recorded as scripted: number, user, agent, server, outcome, grade. The pipeline is stopped before it returns or throws.
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { terminal } = options;
  const embedded = await startEmbedded({
    dataDirectory: options.dataDirectory,
    host: '127.0.0.1',
    otlpHttpPort: 0,
    otlpGrpcPort: 0,
    queryPort: 0,
    registryFile: fileURLToPath(new URL('registry.yaml', import.meta.url)),
    onProgress: (step) => terminal.progress(`${step} …`),
  });
  const stopped = new AbortController();
  try {
    const shown = await Promise.race([
      show(embedded, options, stopped.signal),
      embedded.failed,
      ended(options),
    ]);
    if (shown !== undefined && !options.once) await Promise.race([options.ending, embedded.failed]);
    return shown ?? false;
  } finally {
    stopped.abort();
    terminal.progress('');
    await embedded.stop();
  }
}

const recordsWaitMsMax = 30_000;
const pollIntervalMs = 200;
const pageRows = 500;

async function ended({ ending }: DemoOptions): Promise<undefined> {
  await ending;
  return undefined;
}

async function show(
  { addresses }: Embedded,
  options: DemoOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const { terminal, json } = options;
  const beganMs = Date.now();
  const scenes = await play(addresses, options, signal);
  const api = apiOf(addresses, terminal);
  const check = await untilComplete(api, scenes, terminal);
  const answers = await ask(api, scenes);
  terminal.progress('');
  const tookMs = Date.now() - beganMs;
  const demo = { addresses, scenes, check, answers, tookMs, once: options.once };
  terminal.out(json ? JSON.stringify(summarise(demo)) : renderDemo(demo, terminal.paint));
  return check.isComplete;
}

async function play(
  addresses: EmbeddedAddresses,
  { terminal, dataDirectory }: DemoOptions,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const propsFolder = resolve(dataDirectory, 'props');
  mkdirSync(propsFolder, { recursive: true });
  terminal.progress('starting agents, servers and a gateway …');
  const played = await playAll({
    otlpHttp: addresses.otlpHttp,
    producerKey: readFileSync(addresses.producerKeyFile, 'utf8').trim(),
    gatewayKey: readFileSync(addresses.gatewayKeyFile, 'utf8').trim(),
    signal,
    propsFolder,
    tokenSecret: randomBytes(16).toString('hex'),
    onScene: ({ scene }) => terminal.progress(`played: ${scene} …`),
  });
  return new Map(played.map(({ scene, traceId }) => [scene, traceId]));
}

/** Asks until the records say what was scripted; a late parent's revision comes last. Gives the last answer when the time is up. */
async function untilComplete(
  api: ApiClient,
  scenes: ReadonlyMap<string, string>,
  terminal: Terminal,
): Promise<Check> {
  const deadlineMs = Date.now() + recordsWaitMsMax;
  for (;;) {
    const check = checkCalls(await readCalls(api, [...scenes.values()]), scenes);
    if (check.isComplete || Date.now() > deadlineMs) return check;
    const there = check.calls.filter(({ differences }) => differences.length === 0).length;
    terminal.progress(`${there} of ${playbill.length} calls are recorded as scripted …`);
    await sleep(pollIntervalMs);
  }
}

/** The calls of this run only: the data directory may hold earlier ones. */
async function readCalls(api: ApiClient, traces: readonly string[]): Promise<RecordsAnswer> {
  const answers = await Promise.all(
    traces.map((trace) =>
      api.get<RecordsAnswer>('/v1/records', { kind: 'call', trace, limit: String(pageRows) }),
    ),
  );
  return {
    records: answers.flatMap(({ records }) => records),
    nextCursor: null,
    names: Object.assign({}, ...answers.map(({ names }) => names)),
  };
}

async function ask(api: ApiClient, scenes: ReadonlyMap<string, string>): Promise<DemoAnswers> {
  const traces = new Map<string, TraceAnswer>();
  for (const [scene, traceId] of scenes) {
    const trace = await api.get<TraceAnswer>(`/v1/traces/${traceId}`).catch(noneYet);
    if (trace) traces.set(scene, trace);
  }
  return {
    traces,
    counts: await api.get<CountsAnswer>('/v1/counts', { kind: 'call', by: 'outcome' }),
    charges: await api.get<ChargesAnswer>('/v1/charges', { by: 'team' }),
  };
}

/** A trace without any record is told by the check; the others are to be shown all the same. */
function noneYet(failure: unknown): undefined {
  if (failure instanceof CommandFailure && failure.kind === 'failed') return undefined;
  throw failure;
}

function apiOf({ queryApi, auditorKeyFile }: EmbeddedAddresses, terminal: Terminal): ApiClient {
  const given: Readonly<Record<string, string>> = { url: queryApi, 'key-file': auditorKeyFile };
  return apiClient(
    { positionals: [], text: (option) => given[option], texts: () => [], flag: () => false },
    terminal,
  );
}
