import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../cli/main.ts';
import { paintFor } from '../../../cli/render/paint.ts';

let folder = '';
let server: Server;
let answer: object;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-api-client-'));
  await writeFile(join(folder, 'reader.key'), 'a-key');
  server = createServer((_, response) => response.end(JSON.stringify(answer)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

async function asked(...more: string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const terminal = {
    out: (line: string) => void out.push(line),
    note: (line: string) => void notes.push(line),
    progress: () => undefined,
    paint: paintFor(false),
    environment: {
      WAYBILL_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      WAYBILL_KEY_FILE: join(folder, 'reader.key'),
    },
  };
  const code = await run(['calls', ...more], terminal);
  return { code, out: out.join('\n'), notes };
}

const none = { asOf: 'x', records: [], next: null };

describe('what is asked of the query API', () => {
  it('says nothing beside its answer while new records can come in', async () => {
    answer = none;
    expect((await asked()).notes).toEqual([]);
  });

  it('says, beside its answer, since when nothing new comes in and how far the answer reaches', async () => {
    const downSince = '2026-11-21T18:00:00.000000Z';
    answer = { ...none, writePath: { downSince, sealedUntil: '2026-11-21T17:59:58.500000Z' } };
    const { code, out, notes } = await asked('--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ records: [] });
    expect(notes).toEqual([
      `Nothing new comes in: the event log has been away since ${downSince}. The newest record is of 2026-11-21T17:59:58.500000Z. What came later is in no answer yet.`,
    ]);
    answer = { ...none, writePath: { downSince, sealedUntil: null } };
    expect((await asked()).notes.join()).toContain('No record is sealed yet.');
  });
});
