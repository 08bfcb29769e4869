import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signS3 } from '../../anchors/sign-s3.ts';

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
  const send = async (...request: SentRequest) => sendSigned(endpoint, ...request);
  const stop = async () => {
    const ended = child.exitCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  };
  for (let waited = 0; waited < READY_WAIT_MS_MAX; waited += 100) {
    if (await isReady(endpoint)) return { endpoint, credentials: CREDENTIALS, send, stop };
    if (child.exitCode !== null) break;
    await sleep(100);
  }
  await stop();
  throw new Error(`MinIO did not get ready: ${said}`);
}

type SentRequest = readonly [
  method: string,
  path: string,
  headers?: Readonly<Record<string, string>>,
  body?: string,
];

/** A request as the owner of the account sends it. */
async function sendSigned(endpoint: string, ...request: SentRequest): Promise<Response> {
  const [method, path, headers = {}, body = ''] = request;
  const url = new URL(path, endpoint);
  const parts = { method, url, headers, body: Buffer.from(body) };
  const signed = signS3(parts, CREDENTIALS, new Date());
  return fetch(url, { method, headers: signed, ...(body === '' ? {} : { body }) });
}

/** Makes a bucket. A server says that it is ready a little before it takes one, so it is asked again for a while. */
export async function makeBucket(
  { send }: Pick<Awaited<ReturnType<typeof startMinio>>, 'send'>,
  name: string,
  isLocked = false,
): Promise<void> {
  const lock = isLocked ? { 'x-amz-bucket-object-lock-enabled': 'true' } : undefined;
  for (let waited = 0; waited < READY_WAIT_MS_MAX; waited += 200) {
    if ((await send('PUT', `/${name}`, lock)).ok) return;
    await sleep(200);
  }
  throw new Error(`MinIO made no bucket ${name}.`);
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
