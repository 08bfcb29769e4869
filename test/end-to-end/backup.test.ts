import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { foundInFile } from '../support/scan-file.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { eventually, startPipeline } from '../support/pipeline.ts';

const folder = await mkdtemp(join(tmpdir(), 'waybill-backup-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const dataDir = join(folder, 'data');
const to = join(folder, 'backups');
const backupKey = join(folder, 'elsewhere', 'backup.key');

type Records = { records: { callId: string; tool: string; user: string }[] };
type Heads = { heads: { logId: string; size: number; note: string }[]; policy: string };

function toolCall(n: number, user: string, said: string) {
  const traceId = n.toString(16).padStart(32, 'a');
  const endMs = Date.now();
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const span = {
    traceId,
    spanId: traceId.slice(16),
    name: 'tools/call echo',
    kind: 3,
    startTimeUnixNano: `${endMs - 20}000000`,
    endTimeUnixNano: `${endMs}000000`,
    attributes: [
      attribute('mcp.method.name', 'tools/call'),
      attribute('gen_ai.tool.name', 'echo'),
      attribute('gen_ai.operation.name', 'execute_tool'),
      attribute('user.id', user),
      attribute('gen_ai.tool.call.arguments', JSON.stringify({ said })),
    ],
  };
  const resource = { attributes: [attribute('service.name', 'agent')] };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 't' }, spans: [span] }] }] };
}

async function post(pipeline: Pipeline, body: object): Promise<void> {
  const { status } = await fetch(`${pipeline.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${pipeline.producerKey}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  expect(status).toBe(200);
}

function waybill(...argv: string[]) {
  const options = { encoding: 'utf8', timeout: 60_000 } as const;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['cli/main.ts', ...argv], options);
  return { text: `${stdout}${stderr}`, status };
}

const backup = () =>
  waybill('backup', '--data-dir', dataDir, '--to', to, '--backup-key', backupKey, '--json');
const restore = (dir: string, ...more: string[]) =>
  waybill('restore', '--from', to, '--data-dir', dir, '--backup-key', backupKey, ...more);

async function callsIn(pipeline: Pipeline, count: number): Promise<Records['records']> {
  const { records } = await eventually(
    () => pipeline.ask<Records>('/v1/records?kind=call'),
    (answer) => answer.records.length === count,
    60_000,
  );
  return records;
}

async function headsOf(pipeline: Pipeline): Promise<Heads> {
  return eventually(
    () => pipeline.ask<Heads>('/v1/checkpoints'),
    ({ heads }) => heads.some(({ logId }) => logId === 'meta/e0') && heads.length > 2,
    60_000,
  );
}

function audit(pipeline: Pipeline, dir: string, policy: string) {
  const password = join(dir, 'keys', 'clickhouse-reader.password');
  const store = ['--store', pipeline.clickhouse, '--password-file', password];
  return waybill('audit', ...store, '--policy', policy);
}

describe('a backup', () => {
  it('is taken in use and restored elsewhere: what was acknowledged is there, what was erased is not', async () => {
    const first = await startPipeline({ dataDir });
    const lateHeads = join(folder, 'late');
    let atTime = '';
    try {
      for (let n = 0; n < 6; n += 1) {
        await post(first, toolCall(n, n % 2 ? 'ana@x.test' : 'ben', `canary-${n % 2}`));
      }
      await callsIn(first, 6);
      await headsOf(first);
      const taken = backup();
      expect(taken.status, taken.text).toBe(0);
      const { timeMs } = JSON.parse(taken.text) as { timeMs: number };
      atTime = new Date(timeMs).toISOString();
      expect(
        waybill('key', 'create', 'dpo', '--role', 'privacy', '--data-dir', dataDir).status,
      ).toBe(0);
      const key = ['--key-file', join(dataDir, 'keys', 'dpo.key'), '--url', first.queryApi];
      const erased = waybill('erase', '--subject', 'ana@x.test', ...key);
      expect(erased.status, erased.text).toBe(0);
      await post(first, toolCall(7, 'ben', 'too late for the first backup'));
      await callsIn(first, 7);
      const before = await headsOf(first);
      const grown = await eventually(
        () => first.ask<Heads>('/v1/checkpoints'),
        ({ heads }) =>
          heads.every(
            ({ logId, size }) =>
              logId !== 'meta/e0' ||
              size > (before.heads.find((one) => one.logId === logId)?.size ?? 0),
          ),
        30_000,
      );
      await writeFile(lateHeads, grown.heads.find(({ logId }) => logId === 'meta/e0')?.note ?? '');
      expect(backup().status).toBe(0);
    } finally {
      expect(await first.stop()).toBe(0);
    }
    for (const name of await readdir(to)) {
      const find = (text: string) => ['canary-', 'ana@x.test'].filter((one) => text.includes(one));
      expect([...(await foundInFile(join(to, name), find))]).toEqual([]);
    }

    const dir = join(folder, 'restored');
    const refused = restore(dir, '--at', atTime, '--head', lateHeads);
    expect(refused.text).toContain('meta/e0: leaves');
    expect(refused.status).toBe(1);
    const restored = restore(dir, '--at', atTime, '--head', lateHeads, '--accept-loss');
    expect(restored.status, restored.text).toBe(0);
    expect(restored.text).toMatch(/signed from now on as waybill-[0-9a-f]{16}\.r[0-9a-f]{8} /);

    const second = await startPipeline({ dataDir: dir });
    try {
      const records = await callsIn(second, 6);
      // The request that came after the backup is carried out again.
      await eventually(
        () => second.ask<{ records: unknown[] }>('/v1/records?user=ana@x.test'),
        (answer) => answer.records.length === 3,
      );
      const payloads = async (): Promise<string> => {
        const all = records.map(({ callId }) => second.ask<object>(`/v1/records/${callId}`));
        return JSON.stringify(await Promise.all(all));
      };
      await eventually(payloads, (text) => !text.includes('ana@x.test'), 60_000);
      expect(await payloads()).toContain('canary-0');
      expect(await payloads()).not.toContain('canary-1');
      // What was made again of the log was never missing.
      type Integrity = { auditor: { rounds: number } | null; findings: unknown[] };
      const { findings } = await eventually(
        () => second.ask<Integrity>('/v1/integrity'),
        ({ auditor }) => (auditor?.rounds ?? 0) > 1,
        90_000,
      );
      expect(findings).toEqual([]);
      await post(second, toolCall(8, 'ben', 'after the restore'));
      await callsIn(second, 7);
      const { policy } = await eventually(
        () => second.ask<Heads>('/v1/checkpoints'),
        ({ heads }) => heads.some(({ note }) => /\.r[0-9a-f]{8}\/log\/records\//.test(note)),
        30_000,
      );
      const policyFile = join(folder, 'policy.txt');
      await writeFile(policyFile, policy);
      const report = audit(second, dir, policyFile);
      expect(report.text).toContain('VALID: nothing was changed');
      expect(report.status).toBe(0);
    } finally {
      expect(await second.stop()).toBe(0);
    }
  }, 240_000);

  it('is refused, and leaves nothing behind, with another key, a changed byte or a folder in use', async () => {
    const dir = join(folder, 'other');
    const wrong = join(folder, 'wrong.key');
    await writeFile(wrong, '00'.repeat(32), { mode: 0o600 });
    const withWrong = waybill('restore', '--from', to, '--data-dir', dir, '--backup-key', wrong);
    expect(withWrong.text).toContain('another key');
    expect(withWrong.status).toBe(1);
    const used = restore(dataDir);
    expect(used.text).toContain('is not empty');
    expect(used.status).toBe(2);
    expect(restore(dir, '--at', '2020-01-01T00:00:00Z').text).toContain('has no such backup');
    const newest = (await readdir(to)).filter((name) => name.endsWith('.log.backup')).toSorted();
    const file = join(to, newest.at(-1) ?? '');
    const bytes = await readFile(file);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await writeFile(file, bytes);
    const changed = restore(dir);
    expect(changed.text).toContain('or changed');
    expect(changed.status).toBe(1);
    expect((await readdir(folder)).filter((name) => name.startsWith('other'))).toEqual([]);
  });
});
