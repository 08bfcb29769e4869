import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { run } from '../../../cli/main.ts';
import { paintFor } from '../../../cli/render/paint.ts';

let end: () => Promise<void> = () => Promise.resolve();
afterEach(() => end());

/** An API that takes the request and then answers as listed, the last one again and again. */
async function erase(...answers: readonly (readonly [number, object])[]) {
  let asked = 0;
  const server = createServer((request, response) => {
    request.resume();
    const at = Math.min(asked, answers.length - 1);
    const [status, body] =
      request.method === 'POST' ? [202, { requestId: 'r-1' }] : (answers[at] ?? [500, {}]);
    if (request.method === 'GET') asked += 1;
    response.writeHead(status).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const folder = await mkdtemp(join(tmpdir(), 'waybill-erase-'));
  end = async () => {
    server.close();
    await rm(folder, { recursive: true });
  };
  await writeFile(join(folder, 'key'), 'wb_key');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const said: string[] = [];
  const terminal = {
    out: (line: string) => said.push(line),
    note: (line: string) => said.push(line),
    progress: () => undefined,
    paint: paintFor(false),
    environment: {},
  };
  const given = ['--subject', 'ana', '--url', url, '--key-file', join(folder, 'key')];
  return { code: await run(['erase', ...given], terminal), text: said.join('\n') };
}

const failure = (code: string) => ({ code, message: 'm', remedy: 'r' });

it('waits for the receipt while it is not sealed, and while the store is away', async () => {
  const done = { requestId: 'r-1', state: 'done', leaves: [] };
  const answers = [
    [404, failure('NOT_FOUND')],
    [503, failure('STORE_UNAVAILABLE')],
    [200, done],
  ] as const;
  expect(await erase(...answers)).toMatchObject({ code: 0 });
});

it('says under which id the erasure is asked for where its receipt cannot be had', async () => {
  const { code, text } = await erase([403, failure('FORBIDDEN')]);
  expect(code).toBe(1);
  expect(text).toContain('r-1');
});
