import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServer } from '../../../query-api/server.ts';
import { client, clientAuthority, impostor } from '../../support/client-certificates.ts';
import { loopbackCertificate, loopbackKey } from '../../support/loopback-certificate.ts';

import { as, fakeStore, keys, madeApi } from './made-api.ts';

type Identity = { readonly cert: string; readonly key: string };

const cleanups: (() => unknown)[] = [];
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-api-tls-'));
  await writeFile(join(folder, 'server.pem'), loopbackCertificate);
  await writeFile(join(folder, 'server.key'), loopbackKey, { mode: 0o600 });
  await writeFile(join(folder, 'clients.pem'), clientAuthority);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await rm(folder, { recursive: true });
});

async function listen(more: object = {}): Promise<number> {
  const files = {
    certificateFile: join(folder, 'server.pem'),
    keyFile: join(folder, 'server.key'),
    ...more,
  };
  const app = await createServer(madeApi(fakeStore()), files);
  cleanups.push(() => app.close());
  return Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
}

/** The status of a read, or why there is none. */
function ask(
  port: number,
  identity: Identity | null,
  headers = as(keys.auditor),
): Promise<unknown> {
  const options = { host: '127.0.0.1', port, path: '/v1/counts?by=server', agent: false };
  return new Promise((resolve) => {
    const sent = request(
      { ...options, ca: loopbackCertificate, headers, ...identity },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    );
    sent.on('error', () => resolve('cut off'));
    sent.end();
  });
}

describe('the query API over TLS', () => {
  it('answers a key, refuses another, and has nothing to say without TLS', async () => {
    const port = await listen();
    expect(await ask(port, null)).toBe(200);
    expect(await ask(port, null, as('unknown'))).toBe(401);
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
  });

  it('lets nobody in without a certificate where it is told of an authority, and still wants a key', async () => {
    const port = await listen({ clientAuthorityFile: join(folder, 'clients.pem') });
    expect(await ask(port, client)).toBe(200);
    expect(await ask(port, client, as('unknown'))).toBe(401);
    expect(await ask(port, null)).toBe('cut off');
    expect(await ask(port, impostor)).toBe('cut off');
  });

  it('takes renewed files without a restart, and keeps the last good ones while they are damaged', async () => {
    const port = await listen({ clientAuthorityFile: join(folder, 'clients.pem') });
    expect(await ask(port, impostor)).toBe('cut off');
    await writeFile(join(folder, 'server.pem'), 'damaged');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await ask(port, client)).toBe(200);
    await writeFile(join(folder, 'server.pem'), loopbackCertificate);
    await writeFile(join(folder, 'next.pem'), impostor.cert);
    await copyFile(join(folder, 'next.pem'), join(folder, 'clients.pem'));
    await expect.poll(async () => ask(port, impostor), { timeout: 10_000 }).toBe(200);
  });

  it('does not start where a file cannot be read', async () => {
    await expect(listen({ keyFile: join(folder, 'none') })).rejects.toThrow('ENOENT');
  });
});
