import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../cli/main.ts';
import { paintFor } from '../../../cli/render/paint.ts';

type Answer = { readonly status: number; readonly body: unknown; readonly retryAfter?: string };

let folder = '';
let server: Server;
/** Answers to questions for a range, one after the other; the last stays. */
let answers: Answer[] = [];
let asked: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-ask-again-'));
  await writeFile(join(folder, 'reader.key'), 'a-key');
  asked = [];
  server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const heads = { heads: [{ logId: 'records/p0/e0', size: 2 }], policy: 'a policy\n' };
    const next = () => (answers.length > 1 ? answers.shift() : answers[0]);
    const told = url === '/v1/checkpoints' ? { status: 200, body: heads } : next();
    const { status, body, retryAfter }: Answer = told ?? pending;
    if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
    response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const pending: Answer = {
  status: 503,
  body: { code: 'PROOF_PENDING', message: 'Its head is not signed yet.', remedy: 'Try again.' },
  retryAfter: '0.2',
};
const notFound = {
  status: 404,
  body: { code: 'NOT_FOUND', message: 'There is none.', remedy: '' },
};
const hash = Buffer.alloc(32, 7).toString('base64');
const whole: Answer = {
  status: 200,
  body: {
    logId: 'records/p0/e0',
    first: 0,
    size: 2,
    before: [],
    checkpoint: 'a head\n',
    meta: null,
    leaves: [
      { index: 0, hash },
      { index: 1, hash },
    ],
  },
};

async function proveRange(...more: string[]) {
  const notes: string[] = [];
  const progress: string[] = [];
  const terminal = {
    out: () => undefined,
    note: (line: string) => void notes.push(line),
    progress: (line: string) => void progress.push(line),
    paint: paintFor(false),
    environment: {
      WAYBILL_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      WAYBILL_KEY_FILE: join(folder, 'reader.key'),
    },
  };
  const code = await run(['prove-range', '--out', join(folder, 'out'), ...more], terminal);
  return { code, notes: notes.join('\n'), progress };
}

describe('a command that asks for proofs', () => {
  it('asks again for what is not proved yet, says so, and ends with it', async () => {
    answers = [pending, pending, whole];
    const { code, notes, progress } = await proveRange();
    expect(code).toBe(0);
    expect(notes).toBe(
      'waybill: Its head is not signed yet. (PROOF_PENDING) Asked again for up to 60 s.',
    );
    expect(progress).toEqual(['not ready yet, 60 s left', 'not ready yet, 60 s left']);
    expect(asked.filter((url) => url.startsWith('/v1/range'))).toHaveLength(3);
    const file = await readFile(join(folder, 'out', 'records-p0-e0.0.range'), 'utf8');
    expect(file.trimEnd().split('\n')).toHaveLength(3);
  });

  it('asks no longer than it was told to, says what to do, and leaves nothing behind', async () => {
    answers = [pending];
    const begun = performance.now();
    const { code, notes } = await proveRange('--wait', '1');
    expect(performance.now() - begun).toBeGreaterThan(900);
    expect(code).toBe(1);
    expect(notes).toContain('PROOF_PENDING');
    expect(notes).toContain('It was asked again for 1 s; --wait SECONDS asks for longer.');
    expect(await readdir(join(folder, 'out'))).toEqual([]);
  });

  it('asks once where it is not to wait, or where no later answer is another', async () => {
    answers = [pending];
    expect(await proveRange('--wait', '0')).toMatchObject({ code: 1, progress: [] });
    answers = [notFound];
    expect(await proveRange()).toMatchObject({ code: 1, progress: [] });
    expect(asked.filter((url) => url.startsWith('/v1/range'))).toHaveLength(2);
  });

  it('does not wait for a leaf beyond the newest head, or for a wait that is no number', async () => {
    answers = [pending];
    const { code, notes } = await proveRange('--log', 'records/p0/e0', '--first', '2');
    expect(code).toBe(1);
    expect(notes).toContain('there is no leaf 2: the newest signed head is over 2 leaves');
    for (const wait of ['soon', '1.5', '-1', '100000']) {
      expect(await proveRange('--wait', wait)).toMatchObject({ code: 2 });
    }
    expect(asked).toEqual(['/v1/checkpoints']);
  });
});
