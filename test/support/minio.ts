import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const CREDENTIALS = {
  accessKeyId: 'waybill-test',
  secretAccessKey: 'waybill-test-secret',
  region: 'us-east-1',
};
const READY_WAIT_MS_MAX = 60_000;

/** A MinIO server of its own on loopback, with its data in a folder that goes with it. Throws where there is no `minio`: a test that asks for it fails. */
export async function startMinio() {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-minio-'));
  const address = `127.0.0.1:${await freePort()}`;
  const args = [
    'server',
    '--quiet',
    '--address',
    address,
    '--console-address',
    '127.0.0.1:0',
    folder,
  ];
  const { accessKeyId, secretAccessKey } = CREDENTIALS;
  const env = {
    ...process.env,
    MINIO_ROOT_USER: accessKeyId,
    MINIO_ROOT_PASSWORD: secretAccessKey,
    HOME: folder,
  };
  const child = spawn(binary(), args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said = (said + String(chunk)).slice(-2_000)));
  const endpoint = `http://${address}`;
  const stop = async () => {
    const ended = child.exitCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  };
  for (let waited = 0; waited < READY_WAIT_MS_MAX; waited += 100) {
    if (await isReady(endpoint)) return { endpoint, credentials: CREDENTIALS, stop };
    if (child.exitCode !== null) break;
    await sleep(100);
  }
  await stop();
  throw new Error(`MinIO did not get ready: ${said}`);
}

async function isReady(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/minio/health/ready`)).ok;
  } catch {
    return false;
  }
}

function binary(): string {
  const kept = resolve('.cache/parts/minio');
  if (existsSync(kept)) return kept;
  if (spawnSync('minio', ['--version']).status === 0) return 'minio';
  throw new Error(
    'There is no `minio` in the PATH nor in .cache/parts/: this kind of test needs it.',
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
