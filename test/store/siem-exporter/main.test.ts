import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import { leavesTable } from '../../../schemas/tables.ts';
import { cursorKey, exporterRole } from '../../../siem-exporter/cursor.ts';
import { SiemExporterError } from '../../../siem-exporter/errors.ts';
import { storedLeaves } from '../../../siem-exporter/stored-leaves.ts';
import type { Fault, FakeHec } from '../../support/fake-hec.ts';
import { startFakeHec } from '../../support/fake-hec.ts';
import { sampleRecord, sealedLeaf } from '../../support/sealed-sample.ts';
import type { TestStore } from '../../support/test-store.ts';
import { leafRow, startTestStore } from '../../support/test-store.ts';

const partitions = 2;
const logIds = ['records/p0/e0', 'records/p1/e0'] as const;

let store: TestStore;

beforeAll(async () => {
  store = await startTestStore();
  writeFileSync(join(store.folder, 'token'), 'token\n');
});

afterAll(async () => store.stop());

/** Seals leaves `from` to `to` of each log in one block a log, as the ledger does. Record numbers tell log and index. */
async function seal(from: number, to: number, logs: readonly string[] = logIds): Promise<void> {
  for (const logId of logs) {
    const rows = Array.from({ length: to - from }, (_, at) => {
      const record = sampleRecord(numberOf(logId, from + at));
      return leafRow(sealedLeaf(from + at, record, logId), record);
    });
    await store.insert(leavesTable, rows, `${logId}/${from}`);
  }
}

function numberOf(logId: string, leafIndex: number): number {
  return logId === logIds[1] ? 1_000_000 + leafIndex : leafIndex;
}

function configFor(hec: FakeHec) {
  return {
    partitions,
    logDirectory: join(store.folder, 'log'),
    storeUrl: store.engine.url,
    storePasswordFile: store.engine.credentials.reader.passwordFile,
    hecUrl: hec.url,
    hecTokenFile: join(store.folder, 'token'),
    tenants: ['acme'],
    batchEventsMax: 20,
    readLeavesMax: 100,
    requestWaitMsMax: 200,
    retryFirstMs: 5,
    retryMsMax: 20,
    pollMs: 20,
  };
}

async function spawnExporter(hec: FakeHec): Promise<{ child: ChildProcess; metrics: string }> {
  const script = join(import.meta.dirname, 'exporter-process.ts');
  const child = spawn(process.execPath, [script, JSON.stringify(configFor(hec))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const addresses = JSON.parse(line) as { readonly siemExporterMetrics: string };
    return { child, metrics: addresses.siemExporterMetrics };
  }
  throw new Error('the exporter ended before it was ready');
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

async function until(reached: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await reached())) {
    if (Date.now() > deadline) throw new Error('not in time');
    await sleep(5);
  }
}

const unique = (hec: FakeHec) => new Set(hec.indexed.map(({ event }) => event.metadata.uid)).size;

describe('leaves of the real store', () => {
  it('are read dense and in order, bounded in number and bytes, and never across a gap', async () => {
    const log = 'records/p9/e0';
    await seal(0, 10, [log]);
    await seal(12, 14, [log]);
    const reader = storedLeaves(await store.as('reader'));
    const limits = { leavesMax: 4, bytesMax: 1_000_000 };
    const first = await reader.read(log, 0, limits);
    expect(first.map(({ leafIndex }) => leafIndex)).toEqual([0, 1, 2, 3]);
    const expected = sealedLeaf(0, sampleRecord(numberOf(log, 0)), log);
    expect(first[0]).toEqual(expected);
    const large = { leavesMax: 100, bytesMax: expected.leaf.length * 3 + 10 };
    expect(await reader.read(log, 0, large)).toHaveLength(3);
    expect(await reader.read(log, 0, { leavesMax: 100, bytesMax: 1 })).toHaveLength(1);
    expect(await reader.read(log, 8, { leavesMax: 100, bytesMax: 1_000_000 })).toHaveLength(2);
    await expect(reader.read(log, 10, limits)).rejects.toThrow(SiemExporterError);
    expect(await reader.sealedSize(log, 3)).toBe(14);
    expect(await reader.read(log, 14, limits)).toEqual([]);
    expect(await reader.sealedSize(log, 14)).toBe(14);
    expect(await reader.read('records/p8/e0', 0, limits)).toEqual([]);
  });
});

describe('an exporter that is killed again and again', () => {
  it('goes on where it was: everything sealed arrives, in order, and what comes twice has the same id', async () => {
    const faults: readonly Fault[] = [
      { kind: 'none' },
      { kind: 'none' },
      { kind: 'reset', taken: true },
      { kind: 'refuse', status: 503, code: 9 },
      { kind: 'none' },
      { kind: 'stall', taken: false },
      { kind: 'none' },
      { kind: 'refuse', status: 429, code: 26 },
    ];
    const hec = await startFakeHec({ fault: (n) => faults[n % faults.length] ?? { kind: 'none' } });
    await seal(0, 200);
    let exporter = await spawnExporter(hec);
    for (let kill = 1; kill <= 5; kill += 1) {
      const before = hec.requests.length;
      await until(() => hec.requests.length >= before + 3);
      await end(exporter.child, 'SIGKILL');
      await seal(200 * kill, 200 * (kill + 1));
      exporter = await spawnExporter(hec);
    }
    await until(() => unique(hec) === 2 * 1200);
    await until(async () => {
      const text = await (await fetch(exporter.metrics)).text();
      return logIds.every((id) => text.includes(`lag_records{log="${id}"} 0`));
    });
    await end(exporter.child, 'SIGTERM');
    await hec.close();
    const firsts = [...new Set(hec.indexed.map(({ event }) => event.metadata.uid))];
    for (const [at, logId] of logIds.entries()) {
      const expected = Array.from(
        { length: 1200 },
        (_, leaf) => sampleRecord(numberOf(logId, leaf)).recordId,
      );
      const delivered = firsts.filter((uid) => expected.includes(uid));
      expect(delivered).toEqual(expected);
      const log = await openEmbeddedLog({ folder: join(store.folder, 'log'), partitions });
      const cursor = (await log.inspect(exporterRole, at)).getState(cursorKey('splunk', logId));
      await log.close();
      expect(Buffer.from(cursor ?? []).toString()).toBe('1200');
    }
  });

  it('shows its lag while the receiver refuses the token, and never prints the token', async () => {
    const hec = await startFakeHec({ token: 'another' });
    await seal(1200, 1210);
    const exporter = await spawnExporter(hec);
    let text = '';
    await until(async () => {
      text = await (await fetch(exporter.metrics)).text();
      return text.includes('waybill_siem_exporter_held{reason="hec_4"} 1');
    });
    expect(text).toContain('lag_records{log="records/p0/e0"} 10');
    expect(text).toMatch(/lag_seconds\{log="records\/p0\/e0"\} [1-9]/);
    expect(text).not.toContain('Splunk token');
    expect(hec.indexed).toEqual([]);
    await end(exporter.child, 'SIGTERM');
    expect(exporter.child.exitCode).toBe(0);
    await hec.close();
  });
});
