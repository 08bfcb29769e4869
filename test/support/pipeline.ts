import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** What `waybill up --json` prints when it is ready. */
export type PipelineAddresses = {
  readonly otlpHttp: string;
  readonly otlpGrpc: string;
  readonly queryApi: string;
  readonly clickhouse: string;
  readonly producerKeyFile: string;
  readonly gatewayKeyFile: string;
  readonly auditorKeyFile: string;
};

export type Pipeline = PipelineAddresses & {
  readonly process: ChildProcess;
  readonly producerKey: string;
  readonly gatewayKey: string;
  readonly auditorKey: string;
  /** Ends it as a person would, and gives its exit code. */
  stop(): Promise<number | null>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Asks the query API; fails on any status but 200. */
  ask<T>(path: string): Promise<T>;
};

export type PipelineOptions = {
  readonly dataDir: string;
  readonly readyWaitMsMax?: number;
  /** Of a new data directory; 2 where it is not given, so that what crosses partitions is met. */
  readonly partitions?: number;
  readonly moreArguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Told of the process as soon as there is one, long before it is ready. */
  readonly onSpawn?: (child: ChildProcess) => void;
};

/** Starts the whole embedded pipeline as a process of its own, on free ports, as `npx waybill up --json` does. */
export async function startPipeline(options: PipelineOptions): Promise<Pipeline> {
  const ports = ['--otlp-http-port', '--otlp-grpc-port', '--query-port'].flatMap((name) => [
    name,
    '0',
  ]);
  const child = spawn(
    process.execPath,
    [
      'cli/main.ts',
      'up',
      '--json',
      '--data-dir',
      options.dataDir,
      ...ports,
      '--partitions',
      String(options.partitions ?? 2),
      ...(options.moreArguments ?? []),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.environment } },
  );
  options.onSpawn?.(child);
  const addresses = await firstLine(child, options.readyWaitMsMax ?? 60_000);
  return describePipeline(child, addresses);
}

function describePipeline(child: ChildProcess, addresses: PipelineAddresses): Pipeline {
  const auditorKey = readFileSync(addresses.auditorKeyFile, 'utf8').trim();
  const ended = once(child, 'exit');
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
    return child.exitCode;
  };
  return {
    ...addresses,
    process: child,
    producerKey: readFileSync(addresses.producerKeyFile, 'utf8').trim(),
    gatewayKey: readFileSync(addresses.gatewayKeyFile, 'utf8').trim(),
    auditorKey,
    stop: () => end('SIGTERM'),
    kill: async () => {
      await end('SIGKILL');
    },
    ask: (path) => ask(`${addresses.queryApi}${path}`, auditorKey),
  };
}

async function ask<T>(url: string, key: string): Promise<T> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`GET ${url}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

async function firstLine(child: ChildProcess, waitMsMax: number): Promise<PipelineAddresses> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('the pipeline was started without pipes');
  const said: string[] = [];
  createInterface({ input: stderr }).on('line', (line) => said.push(line));
  const lines = createInterface({ input: stdout });
  const timer = setTimeout(() => child.kill('SIGKILL'), waitMsMax);
  try {
    for await (const line of lines) {
      if (line.startsWith('{')) return JSON.parse(line) as PipelineAddresses;
    }
  } finally {
    clearTimeout(timer);
    stdout.resume();
  }
  throw new Error(`waybill up ended before it was ready:\n${said.slice(-20).join('\n')}`);
}

/** Asks again until the answer satisfies, and fails with the last answer when it does not in time. */
export async function eventually<T>(
  question: () => Promise<T>,
  satisfied: (answer: T) => boolean,
  waitMsMax = 20_000,
): Promise<T> {
  const deadline = Date.now() + waitMsMax;
  for (;;) {
    const answer = await question();
    if (satisfied(answer)) return answer;
    if (Date.now() > deadline) {
      throw new Error(`not within ${waitMsMax} ms; last answer: ${JSON.stringify(answer)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
