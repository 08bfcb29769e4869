import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCollectorProcess } from '../../../bench/collector-process.ts';
import type { CollectorProcess } from '../../../bench/collector-process.ts';
import { createRequestTemplate } from '../../../bench/load/mcp-request.ts';
import { parseSystemCalls, successAnswers, unsyncedAnswers } from './system-calls.ts';

const CALLS =
  'openat,fdatasync,fsync,msync,pwrite64,pwritev,write,writev,sendto,sendmsg,read,readv,recvfrom,recvmsg';
const STRINGS_MAX = '65536';
/** So few that a packed message stays below the size from which the log compresses, where no marker would be seen. */
const SENDERS = 6;
const REQUESTS_EACH = 10;
/** The order number in a request's arguments: unlike ids and names, it reaches the log as it was sent. */
const MARKER = /SO-\d{6}/;

let directory = '';
beforeAll(async () => {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' });
  } catch (cause) {
    throw new Error('This guarantee needs strace: install it, e.g. `apt-get install strace`.', {
      cause,
    });
  }
  directory = await mkdtemp(join(tmpdir(), 'waybill-synced-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('acknowledged means synced', () => {
  it('writes no 200 before the sync of its spans, as the system calls show', async () => {
    const trace = join(directory, 'trace');
    const collector = await startCollectorProcess({
      directory,
      runBy: ['strace', '-f', '-y', '-s', STRINGS_MAX, '-e', `trace=${CALLS}`, '-o', trace],
    });
    const senders = Array.from({ length: SENDERS }, (_, sender) => sendInTurn(collector, sender));
    const statuses = (await Promise.all(senders)).flat();
    await collector.stop();
    expect(new Set(statuses)).toEqual(new Set([200]));

    const calls = parseSystemCalls(await readFile(trace, 'utf8'));
    expect(successAnswers(calls)).toHaveLength(SENDERS * REQUESTS_EACH);
    expect(unsyncedAnswers(calls, MARKER)).toEqual([]);
  });

  const file = '</log/spans-2026-11-21.mdb>';
  const opened = `1 openat(AT_FDCWD</>, "x", O_WRONLY|O_DSYNC) = 9${file}`;
  const asked = '1 read(20<socket:[5]>, "POST SO-000001", 99) = 14';
  const written = `2 pwrite64(8${file}, "SO-000001", 9, 8192) = 9`;
  const synced = `2 fdatasync(8${file}) = 0`;
  const reachable = `2 pwrite64(9${file}, "\\0\\0", 128, 40) = 128`;
  const answered = '1 write(20<socket:[5]>, "HTTP/1.1 200 OK", 15) = 15';
  const early = ['SO-000001 was answered before it was on disk'];
  it.each([
    ['takes the right order', [asked, written, synced, reachable, answered], []],
    ['finds an answer before the sync', [asked, written, answered, synced, reachable], early],
    ['finds an answer before the meta page', [asked, written, synced, answered, reachable], early],
    [
      'finds a sync that was before the write',
      [asked, synced, written, reachable, answered],
      early,
    ],
    [
      'finds an answer during the sync',
      [
        asked,
        written,
        `2 fdatasync(8${file} <unfinished ...>`,
        answered,
        '2 <... fdatasync resumed>) = 0',
        reachable,
      ],
      early,
    ],
    [
      'finds an answer without a write',
      [asked, synced, reachable, answered],
      ['SO-000001 was answered and never written'],
    ],
  ])('the check %s', (_, lines, expected) => {
    const calls = parseSystemCalls([opened, ...lines].join('\n'));
    expect(unsyncedAnswers(calls, MARKER)).toEqual(expected);
  });
});

async function sendInTurn(collector: CollectorProcess, sender: number): Promise<readonly number[]> {
  const template = createRequestTemplate(1, sender + 1);
  const marker = template.bytes.indexOf('SO-') + 3;
  const statuses: number[] = [];
  for (let at = 0; at < REQUESTS_EACH; at += 1) {
    template.refresh(Date.now());
    template.bytes.write(String(sender * REQUESTS_EACH + at).padStart(6, '0'), marker, 'latin1');
    const answer = await fetch(`http://127.0.0.1:${collector.otlpHttpPort}/v1/traces`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-protobuf',
        authorization: `Bearer ${collector.producerKey}`,
      },
      body: template.bytes,
    });
    await answer.arrayBuffer();
    statuses.push(answer.status);
  }
  return statuses;
}
