import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { brokerClassPath } from './broker-jars.ts';
import type { NodeFiles, RunningNode } from './running-node.ts';

/** Formats the storage of a node that has none yet, by Kafka's own tool on this machine's Java. */
export function formatLocal({ folder, properties }: NodeFiles, format: readonly string[]): void {
  const tool = ['kafka.tools.StorageTool', 'format', '-c', properties, ...format];
  const { status, stderr, stdout } = spawnSync('java', [...javaOptions('128m'), ...tool]);
  appendFileSync(`${folder}.log`, Buffer.concat([stdout, stderr]));
  if (status !== 0) {
    throw new Error(`The broker's storage could not be formatted: ${stderr.toString()}`);
  }
}

// The shell holds the broker by its own standard input: when this process dies, however it dies, the broker does too.
const HOLDER = '"$@" </dev/null & echo $!; cat >/dev/null; kill -9 $! 2>/dev/null; wait $!';

/** The broker as a process of this machine. */
export async function runLocal({ folder, properties }: NodeFiles): Promise<RunningNode> {
  const command = ['java', ...javaOptions('512m'), 'kafka.Kafka', properties];
  const log = `${folder}.log`;
  const holder = spawn('sh', ['-c', HOLDER, 'sh', ...command], { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines = createInterface({ input: holder.stdout });
  holder.stderr.on('data', (chunk: Buffer) => appendFileSync(log, chunk));
  const [line] = (await once(lines, 'line')) as [string];
  const pid = Number(line);
  lines.on('line', (said) => appendFileSync(log, `${said}\n`));
  return {
    pause: () => void process.kill(pid, 'SIGSTOP'),
    resume: () => void process.kill(pid, 'SIGCONT'),
    kill: async () => {
      const ended = holder.exitCode === null ? once(holder, 'exit') : Promise.resolve([]);
      process.kill(pid, 'SIGKILL');
      holder.stdin.end();
      await ended;
    },
  };
}

function javaOptions(memory: string): readonly string[] {
  return [`-Xmx${memory}`, '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', brokerClassPath()];
}
