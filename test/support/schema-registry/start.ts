import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { freePorts } from '../kafka/start-brokers.ts';
import { registryProgram } from './fetch.ts';

/** A real registry of schemas, in memory, that speaks Confluent's API. */
export type SchemaRegistryServer = {
  /** Base of its API, as Confluent's. */
  readonly url: string;
  stop(): Promise<void>;
};

const READY_WAIT_MS_MAX = 90_000;
const TAIL_LINES = 20;

export async function startSchemaRegistry(): Promise<SchemaRegistryServer> {
  const { java, folder } = registryProgram();
  const [port = 0, managementPort = 0] = await freePorts(2);
  const properties = {
    'quarkus.http.host': '127.0.0.1',
    'quarkus.http.port': port,
    'quarkus.management.host': '127.0.0.1',
    'quarkus.management.port': managementPort,
  };
  const set = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`);
  const child = spawn(java, ['-Xmx384m', ...set, '-jar', 'quarkus-run.jar'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      lines.push(...chunk.toString().split('\n'));
      lines.splice(0, lines.length - TAIL_LINES);
    });
  }
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const deadline = Date.now() + READY_WAIT_MS_MAX;
  while (!(await answers(url))) {
    if (child.exitCode === null && Date.now() < deadline) {
      await wait(250);
      continue;
    }
    await stop();
    throw new Error(`The schema registry did not start:\n${lines.join('\n')}`);
  }
  return { url, stop };
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/subjects`).then(
    ({ ok }) => ok,
    () => false,
  );
}
