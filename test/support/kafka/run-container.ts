import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import type { Readable } from 'node:stream';
import { GenericContainer } from 'testcontainers';
import type { NodeFiles, RunningNode } from './running-node.ts';

const OFFICIAL_IMAGE = 'apache/kafka:4.3.0';

// The official image's own programs, with our properties instead of what it makes of its environment.
const SCRIPT =
  'properties="$1"; shift; /opt/kafka/bin/kafka-storage.sh format --ignore-formatted -c "$properties" "$@" && ' +
  'exec /opt/kafka/bin/kafka-server-start.sh "$properties"';

/** The broker in a container on this machine's network, with its data on this machine's disk, so that one that was killed finds it again. */
export async function runContainer(
  { folder, properties }: NodeFiles,
  format: readonly string[],
): Promise<RunningNode> {
  mkdirSync(folder, { recursive: true });
  const { uid, gid } = userInfo();
  const log = (stream: Readable): void => {
    stream.on('data', (chunk: Buffer) => appendFileSync(`${folder}.log`, chunk));
  };
  const container = await new GenericContainer(
    process.env['WAYBILL_TEST_BROKER_IMAGE'] ?? OFFICIAL_IMAGE,
  )
    .withNetworkMode('host')
    .withBindMounts([{ source: tmpdir(), target: tmpdir(), mode: 'rw' }])
    .withUser(`${uid}:${gid}`)
    .withEnvironment({ KAFKA_HEAP_OPTS: '-Xmx512m', LOG_DIR: `${folder}-logs` })
    .withEntrypoint(['sh'])
    .withCommand(['-c', SCRIPT, 'sh', properties, ...format])
    .withLogConsumer(log)
    .start();
  const docker = (what: string): void => {
    const { status, stderr } = spawnSync('docker', [what, container.getId()]);
    if (status !== 0) throw new Error(`docker ${what}: ${stderr.toString()}`);
  };
  return {
    pause: () => docker('pause'),
    resume: () => docker('unpause'),
    kill: async () => {
      docker('kill');
      await container.stop({ remove: true });
    },
  };
}
