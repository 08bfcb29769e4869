import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLocalState } from '../../../event-log/kafka/local-state.ts';

test('a copy on a disk that is nearly full refuses changes as something that may pass, and takes them when there is room', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-local-state-'));
  let free = 1024 ** 3;
  const local = openLocalState(folder, 'enricher-0', () => free);
  local.take('h');
  const change = (key: string) => ({
    mark: { state: 1, progress: 1, atMs: 0 },
    positions: [],
    state: [{ key, value: Buffer.from(key) }],
  });
  local.apply('h', change('before'));
  free = 1024 ** 2;
  const full = { code: 'EVENT_LOG_FULL', kind: 'retryable' };
  expect(() => local.checkRoom()).toThrow(expect.objectContaining(full));
  expect(() => local.apply('h', change('meanwhile'))).toThrow(expect.objectContaining(full));
  expect(local.view.getState('meanwhile')).toBe(undefined);
  free = 1024 ** 3;
  local.apply('h', change('after'));
  expect([...local.view.scanState('')].map(([key]) => key)).toEqual(['after', 'before']);
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});
