import { mkdir } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { lockFolder } from '../event-log/folder-lock.ts';
import { openFileTraceKeys } from '../key-store/file-trace-keys.ts';
import type { TraceKeys } from '../key-store/trace-keys.ts';
import { readSecretKey } from '../registry/master-key.ts';
import { tenantKey } from '../registry/tenant-keys.ts';
import { tlsContextOf } from '../registry/tls-files.ts';
import type { RunningRole } from '../schemas/role.ts';
import { traceWork } from '../telemetry/trace-work.ts';
import type { KeeperAnswer, KeeperClient } from './answer.ts';
import { answer, hashOf } from './answer.ts';
import type { KeyKeeperConfig } from './config.ts';

/** Slow senders hold a connection this long, and no longer. */
const REQUEST_WAIT_MS_MAX = 30_000;

/** Starts the keeper of one folder of trace keys, for enrichers and ledgers on other machines. It is the folder's only writer. */
export async function startKeyKeeper(config: KeyKeeperConfig): Promise<RunningRole> {
  const clients = await Promise.all(config.clients.map(readClient));
  await mkdir(config.traceKeysFolder, { recursive: true, mode: 0o700 });
  const lock = lockFolder(config.traceKeysFolder);
  let keys: TraceKeys | undefined;
  const close = async (): Promise<void> => {
    await keys?.close();
    lock.release();
  };
  try {
    const masterKey = await readSecretKey(config.masterKeyFile);
    const opened = await openFileTraceKeys({
      folder: config.traceKeysFolder,
      wrappingKey: (tenant) => tenantKey(masterKey, tenant, 'trace'),
    });
    keys = opened;
    const server = await openServer(config, async (request, response) => {
      const { status, body } = await traceAnswer(request, async () =>
        answer(opened, clients, request),
      );
      const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
      response.writeHead(status, headers).end(JSON.stringify(body));
    });
    return running(config, server, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** Tells of some requests: how they were answered, and nothing of what was asked. */
function traceAnswer(
  { headers: askedBy }: IncomingMessage,
  give: () => Promise<KeeperAnswer>,
): Promise<KeeperAnswer> {
  const work = { name: 'waybill.key-keeper.request', kind: 'server', askedBy } as const;
  return traceWork(work, async (traced) => {
    const given = await give();
    traced.tell({ 'http.response.status_code': given.status });
    return given;
  });
}

async function openServer(
  { tls, host, port }: KeyKeeperConfig,
  take: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Server> {
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    // A peer that is gone is all that can fail here.
    take(request, response).catch(() => response.destroy());
  };
  const limits = { requestTimeout: REQUEST_WAIT_MS_MAX, headersTimeout: REQUEST_WAIT_MS_MAX };
  const server = tls
    ? createTlsServer(
        {
          ...limits,
          minVersion: 'TLSv1.2',
          ...tlsContextOf(tls),
        },
        onRequest,
      )
    : createServer(limits, onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return server;
}

function running(
  { tls, host, port, stopWaitMsMax }: KeyKeeperConfig,
  server: Server,
  closeKeys: () => Promise<void>,
): RunningRole {
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const shown = host.includes(':') ? `[${host}]` : host;
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    await Promise.race([closed, wait(stopWaitMsMax, undefined, { ref: false })]);
    server.closeAllConnections();
    await closeKeys();
  };
  let stopping: Promise<void> | undefined;
  return {
    addresses: { keyKeeper: `${tls ? 'https' : 'http'}://${shown}:${bound}` },
    failed: new Promise<never>((_, reject) => server.once('error', reject)),
    stop: () => (stopping ??= stop()),
  };
}

async function readClient({
  name,
  tokenFile,
  mayDestroy,
}: KeyKeeperConfig['clients'][number]): Promise<KeeperClient> {
  const token = await readSecretKey(tokenFile);
  return { name, tokenHash: hashOf(token.toString('hex')), mayDestroy };
}
