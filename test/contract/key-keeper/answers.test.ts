import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  openRemoteTraceKeyMaker,
  openRemoteTraceKeys,
} from '../../../key-store/remote-trace-keys.ts';
import type { HomeTrace } from '../../../key-store/trace-keys.ts';

const acme = (trace: number): HomeTrace => ({
  tenant: 'acme',
  traceId: trace.toString(16).padStart(32, '0'),
});
const keyOf = (trace: string): string =>
  Buffer.from(trace.padStart(32, '0').slice(-32)).toString('base64');

let server: Server | undefined;
const running = new AbortController();

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Asked = { readonly path: string; readonly homes: readonly (readonly [string, string])[] };

/** A keeper that answers as it is told; gives its address. */
async function keeper(answer: (asked: Asked) => string | Promise<string>) {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { homes }: Asked = JSON.parse(Buffer.concat(parts).toString());
      const answered = Promise.resolve(answer({ path: request.url ?? '', homes }));
      answered.then(
        (text) => response.end(text),
        () => response.destroy(),
      );
    });
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, token: 'ab'.repeat(32) };
}

const whole = ({ homes }: Asked): string =>
  JSON.stringify({ keys: homes.map(([, trace]) => keyOf(trace)) });

describe('what a key keeper answers', () => {
  it.each([
    ['no JSON', '<html>moved</html>'],
    ['something else', '{"status":"up"}'],
    ['fewer keys than were asked for', '{"keys":[]}'],
    ['that there is none of a key that was to be made', '{"keys":[false]}'],
  ])('is refused when it is %s, and makes no key a destroyed one', async (_, text) => {
    const address = await keeper(() => text);
    const refused = { name: 'KeyStoreError', code: 'KEY_STORE_REFUSED' };
    const keys = openRemoteTraceKeys(address, running.signal);
    await expect(keys.keysFor([acme(1)])).rejects.toMatchObject(refused);
    const maker = openRemoteTraceKeyMaker(address, running.signal);
    const key = maker.keyFor(acme(1));
    await expect(maker.flush()).rejects.toMatchObject(refused);
    expect(maker.keyFor(acme(1))).toEqual(key);
  });

  it('gives every key of more traces than anybody remembers', async () => {
    const address = await keeper(whole);
    const keys = openRemoteTraceKeys(address, running.signal);
    const before = 65_536;
    await keys.keysFor(Array.from({ length: before }, (_, at) => acme(at)));
    // The oldest, with new ones behind it.
    const asked = [acme(0), ...Array.from({ length: 10 }, (_, at) => acme(before + at))];
    const found = await keys.keysFor(asked);
    expect(found.map((key) => Buffer.from(key ?? []).toString('base64'))).toEqual(
      asked.map(({ traceId }) => keyOf(traceId)),
    );
  });

  it('is not remembered when the key was destroyed while it came', async () => {
    const slow = Promise.withResolvers<void>();
    const asked: string[] = [];
    let destroyed = false;
    const address = await keeper(async (request) => {
      asked.push(request.path);
      if (request.path.endsWith('/destroy')) {
        destroyed = true;
        return '{"destroyed":1}';
      }
      const text = destroyed ? '{"keys":[null]}' : whole(request);
      if (asked.length === 1) await slow.promise;
      return text;
    });
    const keys = openRemoteTraceKeys(address, running.signal);
    const before = keys.keysFor([acme(1)]);
    await expect.poll(() => asked.length).toBe(1);
    const destroying = keys.destroy([acme(1)]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    slow.resolve();
    expect((await before)[0]).toHaveLength(32);
    await destroying;
    expect(await keys.keysFor([acme(1)])).toEqual([null]);
  });

  it('holds for every ledger at once: a key that one has had destroyed lives on at no other', async () => {
    let destroyed = false;
    const address = await keeper((request) => {
      if (request.path.endsWith('/destroy')) {
        destroyed = true;
        return '{"destroyed":1}';
      }
      return destroyed ? '{"keys":[null]}' : whole(request);
    });
    const [one, other] = [0, 1].map(() => openRemoteTraceKeys(address, running.signal));
    expect((await other?.keysFor([acme(1)]))?.[0]).toHaveLength(32);
    expect(await one?.destroy([acme(1)])).toBe(1);
    expect(await other?.keysFor([acme(1)])).toEqual([null]);
    expect(await other?.find(acme(1))).toBeNull();
  });
});
