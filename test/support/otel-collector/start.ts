import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { freePorts } from '../kafka/start-brokers.ts';
import { otelCollector } from './build.ts';

/** An upstream OpenTelemetry Collector, as its users run it. */
export type OtelCollector = {
  readonly otlpHttp: string;
  readonly pid: number;
  stop(): Promise<void>;
};

const READY_WAIT_MS_MAX = 30_000;
const TAIL_LINES = 20;

/** `settings` are configuration keys put over the file's, e.g. `exporters::kafka::traces::encoding`. */
export async function startOtelCollector(
  configFile: string,
  environment: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, string>> = {},
): Promise<OtelCollector> {
  const [address = '', grpc = ''] = (await freePorts(2)).map((port) => `127.0.0.1:${port}`);
  const set = Object.entries(settings).map(([key, value]) => `--config=yaml:${key}: ${value}`);
  const child = spawn(otelCollector(), ['--config', configFile, ...set], {
    env: { ...process.env, ...environment, OTLP_HTTP_ADDRESS: address, OTLP_GRPC_ADDRESS: grpc },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => {
    lines.push(...chunk.toString().split('\n'));
    lines.splice(0, lines.length - TAIL_LINES);
  });
  const ended = once(child, 'exit');
  const otlpHttp = `http://${address}`;
  const deadline = Date.now() + READY_WAIT_MS_MAX;
  while (!(await answers(otlpHttp))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`The OpenTelemetry Collector did not start:\n${lines.join('\n')}`);
    }
    await wait(100);
  }
  return {
    otlpHttp,
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** An empty request is a true one: it goes through the receiver. */
async function answers(otlpHttp: string): Promise<boolean> {
  const headers = { 'content-type': 'application/json' };
  const request = { method: 'POST', headers, body: '{"resourceSpans":[]}' };
  return fetch(`${otlpHttp}/v1/traces`, request).then(
    ({ ok }) => ok,
    () => false,
  );
}
