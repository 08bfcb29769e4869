import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepRetention } from '../../../cli/keep-retention.ts';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import { topics } from '../../../schemas/topics.ts';

const HOUR_MS = 3_600_000;
const start = Date.UTC(2026, 10, 2);
const firstDay = 'spans-2026-11-02.mdb';
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-retention-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('drops a day of spans 72 hours after its end, once the enricher has read it', async () => {
  const troubles = await runOnce({ read: true, hoursLater: 100 });
  expect(await spanFiles()).not.toContain(firstDay);
  expect(troubles).toEqual([]);
});

it('keeps a day of spans that the enricher has not read, and says so', async () => {
  const troubles = await runOnce({ read: false, hoursLater: 100 });
  expect(await spanFiles()).toContain(firstDay);
  expect(troubles.join()).toContain('enricher');
});

it('keeps a day of spans before its time', async () => {
  await runOnce({ read: true, hoursLater: 70 });
  expect(await spanFiles()).toContain(firstDay);
});

async function runOnce(run: { read: boolean; hoursLater: number }): Promise<readonly string[]> {
  const log = await openEmbeddedLog({ folder, clock: () => start });
  const headers = { kind: 'spans', tenant: 'default', producer: 'p', trust: 'application' };
  const value = Buffer.from('spans');
  await log.append([{ topic: topics.spans, partition: 0, key: null, headers, value }]);
  for (let partition = 0; partition < log.partitions; partition += 1) {
    const owner = await log.openOwner('enricher', partition);
    const offset = run.read && partition === 0 ? 1 : 0;
    const positions = [{ topic: topics.spans, partition, offset }];
    await owner.commit({ positions, appends: [], state: [] });
    await owner.close();
  }
  await log.close();
  const troubles: string[] = [];
  const clock = (): number => start + run.hoursLater * HOUR_MS;
  const retention = await keepRetention({ folder, clock, onTrouble: (s) => troubles.push(s) });
  await retention.stop();
  return troubles;
}

function spanFiles(): Promise<readonly string[]> {
  return readdir(folder);
}
