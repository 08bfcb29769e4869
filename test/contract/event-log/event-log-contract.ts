import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Commit, EventLog, NewMessage, Owner } from '../../../event-log/event-log.ts';
import { limits } from '../../../schemas/limits.ts';
import { topics } from '../../../schemas/topics.ts';
import type { Topic } from '../../../schemas/topics.ts';
import type { ElsewhereJob } from './elsewhere.ts';

/** One log that can be opened several times at once, as roles do. Four partitions. */
export type LogPlace = {
  /** Fixes the clock of every handle opened afterwards and before, where append times are not the broker's. */
  readonly setTime?: (timeMs: number) => void;
  readonly open: () => Promise<EventLog>;
  /** Does the job with a handle of its own, in another thread or process; answers what the job answers. */
  readonly elsewhere: (job: ElsewhereJob) => Promise<string>;
  readonly destroy: () => Promise<void>;
};

/** What every adapter of the port promises; `describe`d for each by a test file of its own. */
export function testEventLogContract(name: string, createPlace: () => Promise<LogPlace>): void {
  describe(`the event log, ${name}`, () => {
    let place: LogPlace;
    let log: EventLog;
    beforeEach(async () => {
      place = await createPlace();
      log = await place.open();
    });
    afterEach(async () => {
      await log.close();
      await place.destroy();
    });
    const readAll = async (topic: Topic, partition: number, offset = 0): Promise<string[]> => {
      const values: string[] = [];
      // A commit that has resolved is durable; that readers see it may take a moment more.
      for (let next = offset, waitMsMax = SEEN_WITHIN_MS; ;) {
        const read = await log.read({ topic, partition, offset: next }, { ...all, waitMsMax });
        if (read.length === 0) return values;
        values.push(...read.map((message) => text(message.value)));
        next = (read.at(-1)?.offset ?? next) + 1;
        waitMsMax = 0;
      }
    };

    describe('appending and reading', () => {
      test('gives back what was appended, as it was', async () => {
        const value = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
        const headers = { tenant: 'default', note: 'ü \u0000 "quoted"' };
        const key = '0af7651916cd43dd8448eb211c80319c';
        await log.append([{ topic: topics.spans, partition: 1, key, headers, value }]);
        const from = { topic: topics.spans, partition: 1, offset: 0 };
        const [message] = await log.read(from, { ...all, waitMsMax: 0 });
        expect(message).toMatchObject({ topic: topics.spans, partition: 1, key, headers });
        expect(message?.value).toEqual(Buffer.from(value));
      });

      test('keeps an empty value, no key and no headers apart from a null value', async () => {
        const bare = { topic: topics.records, partition: 0, key: null, headers: {} };
        await log.append([
          { ...bare, value: new Uint8Array() },
          { ...bare, value: null },
        ]);
        const from = { topic: topics.records, partition: 0, offset: 0 };
        const [empty, none] = await log.read(from, { ...all, waitMsMax: 0 });
        expect(empty?.value).toHaveLength(0);
        expect(empty?.key).toBeNull();
        expect(none?.value).toBeNull();
      });

      test('keeps the order of a call and of calls made one after the other without waiting', async () => {
        const calls = Array.from({ length: 50 }, (_, call) =>
          log.append([0, 1, 2].map((index) => span(2, `${call}.${index}`))),
        );
        await Promise.all(calls);
        const wanted = calls.flatMap((_, call) => [0, 1, 2].map((index) => `${call}.${index}`));
        expect(await readAll(topics.spans, 2)).toEqual(wanted);
      });

      test('gives rising offsets, a partition each its own, and reads from any of them', async () => {
        await log.append(['a', 'b', 'c'].map((value) => span(0, value)));
        await log.append([span(3, 'x')]);
        const from = { topic: topics.spans, partition: 0, offset: 0 };
        const read = await log.read(from, { ...all, waitMsMax: 0 });
        const offsets = read.map((message) => message.offset);
        expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
        expect(new Set(offsets).size).toBe(3);
        expect(await readAll(topics.spans, 0, offsets[1])).toEqual(['b', 'c']);
        expect(await readAll(topics.spans, 3)).toEqual(['x']);
        expect(await readAll(topics.spans, 1)).toEqual([]);
      });

      test('never lets the append time fall within a partition, even when the clock does', async () => {
        place.setTime?.(Date.parse('2026-11-21T12:00:00Z'));
        await log.append([span(0, 'a')]);
        place.setTime?.(Date.parse('2026-11-21T11:00:00Z'));
        await log.append([span(0, 'b')]);
        const from = { topic: topics.spans, partition: 0, offset: 0 };
        const read = await log.read(from, { ...all, waitMsMax: 0 });
        const [first = 0, second = 0] = read.map((message) => message.appendTimeMs);
        expect(second).toBeGreaterThanOrEqual(first);
      });

      test('takes all messages of a call or, when one is refused, none', async () => {
        const tooLarge = { ...span(1, ''), value: new Uint8Array(limits.messageBytesMax + 1) };
        const refused = log.append([span(0, 'a'), tooLarge, span(2, 'c')]);
        await expect(refused).rejects.toMatchObject({ code: 'EVENT_LOG_MESSAGE_TOO_LARGE' });
        for (const partition of [0, 1, 2])
          expect(await readAll(topics.spans, partition)).toEqual([]);
      });

      test('takes a message and a record of exactly the largest size', async () => {
        const largest = { ...span(0, ''), value: new Uint8Array(limits.messageBytesMax).fill(7) };
        const record = new Uint8Array(limits.recordBytesMax);
        await log.append([largest]);
        await log.append([{ ...largest, topic: topics.records, value: record }]);
        const from = { topic: topics.spans, partition: 0, offset: 0 };
        const [read] = await log.read(from, { ...all, waitMsMax: 0 });
        expect(Buffer.from(read?.value ?? []).equals(Buffer.from(largest.value))).toBe(true);
        const oneMore = {
          ...largest,
          topic: topics.records,
          value: new Uint8Array(record.length + 1),
        };
        await expect(log.append([oneMore])).rejects.toMatchObject({
          code: 'EVENT_LOG_MESSAGE_TOO_LARGE',
        });
      });

      test('refuses partitions that are not there', async () => {
        const invalid = { code: 'EVENT_LOG_INVALID' };
        await expect(log.append([span(4, 'a')])).rejects.toMatchObject(invalid);
        const registry = { ...span(1, 'a'), topic: topics.registry };
        await expect(log.append([registry])).rejects.toMatchObject(invalid);
        await expect(log.range(topics.spans, -1)).rejects.toMatchObject(invalid);
      });

      test('reads no more messages and bytes than asked for, but always one', async () => {
        await log.append(['aaaa', 'bbbb', 'cccc'].map((value) => span(0, value)));
        const from = { topic: topics.spans, partition: 0, offset: 0 };
        const count = async (messagesMax: number, bytesMax: number): Promise<number> =>
          (await log.read(from, { messagesMax, bytesMax, waitMsMax: 0 })).length;
        expect(await count(2, 1000)).toBe(2);
        expect(await count(10, 8)).toBe(2);
        expect(await count(10, 11)).toBe(2);
        expect(await count(10, 1)).toBe(1);
      });

      test('gives values that later reads and appends do not change', async () => {
        await log.append([span(0, 'first')]);
        const from = { topic: topics.spans, partition: 0, offset: 0 };
        const [kept] = await log.read(from, { ...all, waitMsMax: 0 });
        for (let round = 0; round < 20; round += 1) await log.append([span(0, `later ${round}`)]);
        await readAll(topics.spans, 0);
        expect(text(kept?.value ?? null)).toBe('first');
      });

      test('tells the range of a partition', async () => {
        expect(await log.range(topics.records, 0)).toEqual({ start: 0, end: 0 });
        await log.append([record(0, 'a'), record(0, 'b')]);
        const { start, end } = await log.range(topics.records, 0);
        expect(start).toBe(0);
        expect(end).toBeGreaterThanOrEqual(2);
      });

      test('still has everything after being closed and opened again, and goes on behind it', async () => {
        await log.append([span(0, 'a'), record(0, 'r')]);
        await log.close();
        log = await place.open();
        await log.append([span(0, 'b')]);
        expect(await readAll(topics.spans, 0)).toEqual(['a', 'b']);
        expect(await readAll(topics.records, 0)).toEqual(['r']);
      });

      test('refuses work once it is closed, and closes twice', async () => {
        await log.close();
        await log.close();
        const closed = { code: 'EVENT_LOG_CLOSED' };
        await expect(log.append([span(0, 'a')])).rejects.toMatchObject(closed);
        await expect(readAll(topics.spans, 0)).rejects.toMatchObject(closed);
        await expect(log.openOwner('enricher', 0)).rejects.toMatchObject(closed);
      });
    });

    describe('waiting', () => {
      test('answers empty when nothing comes in time', async () => {
        const from = { topic: topics.spans, partition: 0, offset: 0 };
        const startMs = performance.now();
        expect(await log.read(from, { ...all, waitMsMax: 60 })).toEqual([]);
        expect(performance.now() - startMs).toBeGreaterThanOrEqual(55);
      });

      test('answers empty at once when the wait is aborted', async () => {
        const stop = new AbortController();
        const from = { topic: topics.spans, partition: 0, offset: 0 };
        const read = log.read(from, { ...all, waitMsMax: 30_000, signal: stop.signal });
        stop.abort();
        expect(await read).toEqual([]);
        expect(await log.read(from, { ...all, waitMsMax: 30_000, signal: stop.signal })).toEqual(
          [],
        );
      });

      test('wakes when another handle, in another thread, appends', async () => {
        const from = { topic: topics.spans, partition: 1, offset: 0 };
        const read = log.read(from, { ...all, waitMsMax: 30_000 });
        await place.elsewhere({ kind: 'append', partitions: [1], calls: 1, name: 'there' });
        expect((await read).map((message) => text(message.value))).toEqual(['there 0']);
      });
    });

    describe('owners', () => {
      test('commits output, position and state together', async () => {
        const owner = await log.openOwner('enricher', 1);
        await owner.commit({
          positions: [{ topic: topics.spans, partition: 1, offset: 7 }],
          appends: [record(1, 'r1'), record(1, 'r2')],
          state: [change('call/1', 'open'), change('call/2', 'open')],
        });
        expect(owner.position(topics.spans, 1)).toBe(7);
        expect(await readAll(topics.records, 1)).toEqual(['r1', 'r2']);
        expect(stateOf(owner, 'call/')).toEqual(['call/1=open', 'call/2=open']);
      });

      test('takes nothing of a commit that has one message too large', async () => {
        const owner = await log.openOwner('enricher', 0);
        const tooLarge = { ...record(0, ''), value: new Uint8Array(limits.recordBytesMax + 1) };
        const commit: Commit = {
          positions: [{ topic: topics.spans, partition: 0, offset: 1 }],
          appends: [record(0, 'a'), tooLarge],
          state: [change('k', 'v')],
        };
        await expect(owner.commit(commit)).rejects.toMatchObject({
          code: 'EVENT_LOG_MESSAGE_TOO_LARGE',
        });
        expect(owner.position(topics.spans, 0)).toBe(0);
        expect(stateOf(owner, '')).toEqual([]);
        expect(await readAll(topics.records, 0)).toEqual([]);
      });

      test('shows positions and state to others that look on', async () => {
        const owner = await log.openOwner('ledger', 2);
        const other = await place.open();
        const before = await other.inspect('ledger', 2);
        expect(before.position(topics.records, 2)).toBe(0);
        await owner.commit({
          positions: [{ topic: topics.records, partition: 2, offset: 3 }],
          appends: [],
          state: [change('count/3', '3')],
        });
        const view = await other.inspect('ledger', 2);
        expect(view.position(topics.records, 2)).toBe(3);
        expect(text(view.getState('count/3') ?? null)).toBe('3');
        await other.close();
      });

      test('keeps the state of roles and partitions apart, and scans a prefix in key order', async () => {
        const [one, two, other] = await Promise.all([
          log.openOwner('enricher', 1),
          log.openOwner('enricher', 2),
          log.openOwner('ledger', 1),
        ]);
        await one.commit(onlyState(['b/2', 'b/1', 'a', 'b', 'b/10', 'c']));
        await two.commit(onlyState(['b/9']));
        await other.commit(onlyState(['b/8']));
        expect(stateOf(one, 'b/')).toEqual(['b/1=x', 'b/10=x', 'b/2=x']);
        expect(stateOf(two, 'b/')).toEqual(['b/9=x']);
        expect(one.getState('b/9')).toBeUndefined();
        expect(stateOf(one, '')).toHaveLength(6);
      });

      test('replaces and deletes state', async () => {
        const owner = await log.openOwner('enricher', 0);
        await owner.commit(onlyState(['a', 'b']));
        await owner.commit({ ...nothing, state: [change('a', 'y'), { key: 'b', value: null }] });
        expect(stateOf(owner, '')).toEqual(['a=y']);
        await owner.commit({ ...nothing, state: [{ key: 'never there', value: null }] });
      });

      test('takes thousands of state changes and hundreds of messages in one commit', async () => {
        const owner = await log.openOwner('enricher', 0);
        const keys = Array.from({ length: 5000 }, (_, index) => `call/${index}`);
        const appends = Array.from({ length: 500 }, (_, index) => record(0, `r${index}`));
        await owner.commit({ ...onlyState(keys), appends });
        expect([...owner.scanState('call/')]).toHaveLength(5000);
        expect(await readAll(topics.records, 0)).toHaveLength(500);
      });

      test('fences an earlier owner of the same role and partition, and takes nothing from it', async () => {
        const zombie = await log.openOwner('enricher', 0);
        const owner = await log.openOwner('enricher', 0);
        const late = { ...onlyState(['late']), appends: [record(0, 'late')] };
        await expect(zombie.commit(late)).rejects.toMatchObject({ code: 'EVENT_LOG_FENCED' });
        await owner.commit({ ...nothing, appends: [record(0, 'mine')] });
        await expect(zombie.commit(nothing)).rejects.toMatchObject({ code: 'EVENT_LOG_FENCED' });
        expect(await readAll(topics.records, 0)).toEqual(['mine']);
        expect(stateOf(owner, '')).toEqual([]);
      });

      test('fences a zombie whose commit was on its way when the new owner came', async () => {
        const zombie = await log.openOwner('enricher', 3);
        const commits = Array.from({ length: 20 }, (_, index) =>
          zombie.commit({ ...nothing, appends: [record(3, `zombie ${index}`)] }),
        );
        const settled = Promise.allSettled(commits);
        const owner = await log.openOwner('enricher', 3);
        await owner.commit({ ...nothing, appends: [record(3, 'owner')] });
        const taken = (await settled).filter((commit) => commit.status === 'fulfilled').length;
        const records = await readAll(topics.records, 3);
        expect(records.at(-1)).toBe('owner');
        expect(records).toHaveLength(taken + 1);
      });

      test('fences across threads: the zombie there is refused, the owner here goes on', async () => {
        const zombie = await log.openOwner('enricher', 0);
        const taken = await place.elsewhere({ kind: 'take-over', role: 'enricher', partition: 0 });
        expect(taken).toBe('committed');
        await expect(
          zombie.commit({ ...nothing, appends: [record(0, 'late')] }),
        ).rejects.toMatchObject({ code: 'EVENT_LOG_FENCED' });
        const there = place.elsewhere({ kind: 'zombie', role: 'enricher', partition: 0 });
        await until(async () => {
          const view = await log.inspect('enricher', 0);
          return view.getState('count/zombie') !== undefined;
        });
        const owner = await log.openOwner('enricher', 0);
        await owner.commit({ ...nothing, appends: [record(0, 'owner')] });
        expect(await there).toBe('EVENT_LOG_FENCED');
        expect((await readAll(topics.records, 0)).at(-1)).toBe('owner');
      });

      test('leaves owners of other roles and partitions alone', async () => {
        const enricher = await log.openOwner('enricher', 0);
        await log.openOwner('enricher', 1);
        await log.openOwner('ledger', 0);
        await enricher.commit(onlyState(['a']));
        expect(stateOf(enricher, '')).toEqual(['a=x']);
      });

      test('refuses a commit after the ownership was given back', async () => {
        const owner = await log.openOwner('enricher', 0);
        await owner.close();
        await owner.close();
        await expect(owner.commit(nothing)).rejects.toMatchObject({ code: 'EVENT_LOG_CLOSED' });
      });

      test('takes ticks by append, and refuses spans in a commit', async () => {
        const owner = await log.openOwner('enricher', 0);
        const tick = { ...span(0, ''), headers: { kind: 'tick' }, value: new Uint8Array() };
        await log.append([tick]);
        await expect(owner.commit({ ...nothing, appends: [tick] })).rejects.toMatchObject({
          code: 'EVENT_LOG_INVALID',
        });
        expect(await readAll(topics.spans, 0)).toEqual(['']);
      });

      test('keeps positions, state and fencing when opened again', async () => {
        const zombie = await log.openOwner('enricher', 0);
        await zombie.commit({
          ...onlyState(['a']),
          positions: [{ topic: topics.spans, partition: 0, offset: 5 }],
        });
        await log.close();
        log = await place.open();
        const owner = await log.openOwner('enricher', 0);
        expect(owner.position(topics.spans, 0)).toBe(5);
        expect(stateOf(owner, '')).toEqual(['a=x']);
      });
    });

    describe('compacted topics', () => {
      const entry = (key: string, value: string | null): NewMessage => ({
        topic: topics.directory,
        partition: 0,
        key,
        headers: {},
        value: value === null ? null : Buffer.from(value),
      });
      /** What a reader knows who has followed from the beginning; he may see messages that a later one replaces. */
      const latest = async (): Promise<string[]> => {
        const from = { topic: topics.directory, partition: 0, offset: 0 };
        const known = new Map<string | null, string | null>();
        for (const { key, value } of await log.read(from, { ...all, waitMsMax: 0 })) {
          known.delete(key);
          known.set(key, value && text(value));
        }
        return [...known].map(([key, value]) => `${key}=${value}`);
      };

      test('keep the latest message of each key, in the order of appending', async () => {
        await log.append([entry('t/a', '1'), entry('t/b', '1'), entry('t/a', '2')]);
        await log.append([entry('t/c', '1'), entry('t/b', '2'), entry('t/b', '3')]);
        expect(await latest()).toEqual(['t/a=2', 't/c=1', 't/b=3']);
      });

      test('forget a value by a tombstone, which readers see', async () => {
        await log.append([entry('t/a', 'Ada'), entry('t/b', 'Bob')]);
        await log.append([entry('t/a', null)]);
        expect(await latest()).toEqual(['t/b=Bob', 't/a=null']);
        await log.append([entry('t/a', 'Ann')]);
        expect(await latest()).toEqual(['t/b=Bob', 't/a=Ann']);
      });

      test('refuse a message without a key', async () => {
        const keyless = { ...entry('', 'x'), key: null };
        await expect(log.append([keyless])).rejects.toMatchObject({ code: 'EVENT_LOG_INVALID' });
      });
    });

    describe('several writers', () => {
      test('never collide: what four threads append is there once, each writer in its order', async () => {
        const names = ['north', 'east', 'south', 'west'];
        const partitions = [0, 1, 2, 3];
        const calls = 60;
        await Promise.all(
          names.map((name) => place.elsewhere({ kind: 'append', partitions, calls, name })),
        );
        for (const partition of partitions) {
          const values = await readAll(topics.spans, partition);
          expect(values).toHaveLength(names.length * calls);
          for (const name of names) {
            const own = values.filter((value) => value.startsWith(name));
            expect(own).toEqual(Array.from({ length: calls }, (_, call) => `${name} ${call}`));
          }
        }
      });
    });

    describe('trimming', () => {
      test('drops records that every required reader has committed, and names who holds it back', async () => {
        await log.append(['a', 'b', 'c'].map((value) => record(0, value)));
        const owner = await log.openOwner('ledger', 0);
        await owner.commit({
          ...nothing,
          positions: [{ topic: topics.records, partition: 0, offset: 2 }],
        });
        const from = { topic: topics.records, partition: 0, offset: 0 };
        const times = (await log.read(from, { ...all, waitMsMax: 0 })).map(
          ({ appendTimeMs }) => appendTimeMs,
        );
        const [firstMs = 0] = times;
        expect(await log.trim(topics.records, firstMs, ['ledger'])).toEqual({
          droppedMessages: 0,
          heldBackBy: [],
        });
        expect(await log.trim(topics.records, (times.at(-1) ?? 0) + 1, ['ledger'])).toEqual({
          droppedMessages: 2,
          heldBackBy: ['ledger'],
        });
        expect(await readAll(topics.records, 0)).toEqual(['c']);
        expect(await log.range(topics.records, 0)).toEqual({ start: 2, end: 3 });
      });
    });
  });
}

const all = { messagesMax: 100_000, bytesMax: 1 << 30 };
/** How soon committed messages are seen at the latest. */
const SEEN_WITHIN_MS = 300;
const nothing: Commit = { positions: [], appends: [], state: [] };

export function span(partition: number, value: string): NewMessage {
  return { topic: topics.spans, partition, key: null, headers: {}, value: Buffer.from(value) };
}

export function record(partition: number, value: string): NewMessage {
  return { ...span(partition, value), topic: topics.records, key: 'call' };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}

function onlyState(keys: readonly string[]): Commit {
  return { ...nothing, state: keys.map((key) => change(key, 'x')) };
}

function change(key: string, value: string): { key: string; value: Uint8Array } {
  return { key, value: Buffer.from(value) };
}

function stateOf(owner: Owner, prefix: string): string[] {
  return [...owner.scanState(prefix)].map(([key, value]) => `${key}=${text(value)}`);
}

function text(value: Uint8Array | null): string {
  return Buffer.from(value ?? []).toString();
}
