import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changelogMessages } from '../../../event-log/kafka/changelog.ts';
import type { Fetcher } from '../../../event-log/kafka/fetcher.ts';
import type { LocalState } from '../../../event-log/kafka/local-state.ts';
import { openLocalState } from '../../../event-log/kafka/local-state.ts';
import { createOwnerState } from '../../../event-log/kafka/owner-state.ts';
import type { NamedMessage } from '../../../event-log/kafka/sends.ts';

const place = { role: 'enricher', partition: 0, prefix: '' };
const STATE = 'waybill.state.v1';
const PROGRESS = 'waybill.progress.v1';

let folder: string;
let local: LocalState;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-owner-state-'));
  local = openLocalState(folder, 'enricher-0');
});
afterEach(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Changelogs as they lie on a broker. */
function fetcherOf(messages: readonly NamedMessage[]): Fetcher {
  const of = (topic: string) => messages.filter((message) => message.topic === topic);
  return {
    fetch: async ({ topic, offset }) => {
      const all = of(topic);
      const read = all.slice(offset).map(({ key, value }, at) => ({
        offset: String(offset + at),
        timestamp: '0',
        key: Buffer.from(key ?? ''),
        value: value === null ? null : Buffer.from(value),
        headers: {},
      }));
      return { messages: read, next: all.length, stableEnd: all.length };
    },
    start: async () => 0,
    end: async (topic) => of(topic).length,
    offsetAt: async () => 0,
    close: async () => undefined,
  };
}

test('a change that the disk does not take is read again whole, however many batches brought it', async () => {
  const state = ['first', 'second', 'third'].map((key) => ({ key, value: Buffer.from(key) }));
  const committed = changelogMessages(place, { holder: 'h', commit: 1, positions: [] }, state);
  let isFull = false;
  const changelog: NamedMessage[] = [];
  const owner = createOwnerState({
    place,
    holder: 'h',
    fetcher: fetcherOf(changelog),
    clock: () => 1_000_000,
    signal: new AbortController().signal,
    local: {
      ...local,
      apply: (holder, change) => {
        if (isFull) throw new Error('ENOSPC');
        local.apply(holder, change);
      },
    },
  });
  await owner.catchUp();
  changelog.push(...committed);
  isFull = true;
  // The last batch of the state holds its third message only.
  const at = new Map([
    [STATE, 2],
    [PROGRESS, 0],
  ]);
  expect(() => owner.apply([], state, at)).toThrow('ENOSPC');
  isFull = false;
  await owner.catchUp();
  expect([...owner.view.scanState('')].map(([key]) => key)).toEqual(['first', 'second', 'third']);
});
