import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { createRoleState } from '../../../telemetry/role-state.ts';
import type { OperationsServer } from '../../../telemetry/serve-operations.ts';
import { serveOperations } from '../../../telemetry/serve-operations.ts';

let server: OperationsServer | undefined;
afterEach(async () => server?.close());

async function start(
  notReady: () => readonly string[],
): Promise<(path: string) => Promise<Response>> {
  server = await serveOperations({
    host: '127.0.0.1',
    port: 0,
    render: () => 'waybill_made_total 1\n',
    notReady,
  });
  const base = server.url.replace('/metrics', '');
  return (path) => fetch(base + path);
}

describe('what an operator asks of a role', () => {
  it('is ready only while it owns something and is not being stopped; it lives all the while', async () => {
    const state = createRoleState('partition');
    const ask = await start(state.notReady);
    const said = async () => {
      const answer = await ask('/readyz');
      expect((await ask('/livez')).status).toBe(200);
      return `${answer.status} ${await answer.text()}`;
    };
    expect(await said()).toBe('503 not ready: owns no partition\n');
    const work = Promise.withResolvers<undefined>();
    const twice = Promise.withResolvers<undefined>();
    const first = state.owning('0', () => work.promise);
    const second = state.owning('0', () => twice.promise);
    expect(await said()).toBe('200 ready\n');
    work.resolve(undefined);
    await first;
    expect(await said()).toBe('200 ready\n');
    state.drain();
    expect(await said()).toBe('503 not ready: draining\n');
    twice.reject(new Error('fenced'));
    await expect(second).rejects.toThrow('fenced');
  });

  it('tells every reason, and gives metrics whatever they are', async () => {
    const ask = await start(() => ['the store takes no rows', 'owns no log']);
    const answer = await ask('/readyz?verbose');
    expect(answer.status).toBe(503);
    expect(await answer.text()).toBe('not ready: the store takes no rows; owns no log\n');
    expect(await (await ask('/metrics')).text()).toBe('waybill_made_total 1\n');
    expect((await ask('/health')).status).toBe(404);
    expect((await fetch(server?.url ?? '', { method: 'POST' })).status).toBe(405);
  });

  it('closes at once though somebody keeps a connection open, and is safe to close twice', async () => {
    await start(() => []);
    const { port } = new URL(server?.url ?? '');
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /live');
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await server?.close();
    await server?.close();
    await closed;
  });
});
