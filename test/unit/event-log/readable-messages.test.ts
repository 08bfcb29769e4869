import { array, assert, constantFrom, nat, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FetchedMessage } from '../../../event-log/kafka/kafkajs.ts';
import { readableMessages } from '../../../event-log/kafka/readable-messages.ts';

const COMMIT = Buffer.of(0, 0, 0, 1);
const ABORT = Buffer.of(0, 0, 0, 0);

type Entry = { readonly producer: string; readonly key?: Buffer; readonly control?: boolean };

/** A partition as a broker keeps it: entries by offset, from 0. */
function logOf(entries: readonly Entry[]): readonly FetchedMessage[] {
  return entries.map(({ producer, key, control }, offset) => ({
    offset: String(offset),
    timestamp: '0',
    key: key ?? null,
    value: Buffer.from(producer),
    headers: {},
    isControlRecord: control === true,
    batchContext: {
      firstOffset: String(offset),
      lastOffsetDelta: 0,
      producerId: producer.toLowerCase(),
      inTransaction: producer === producer.toLowerCase(),
    },
  }));
}

function read(
  offset: number,
  entries: readonly Entry[],
  aborted: readonly (readonly [string, number])[],
): readonly number[] {
  const abortedTransactions = aborted.map(([producerId, first]) => ({
    producerId,
    firstOffset: String(first),
  }));
  const marks = { highWatermark: '99', lastStableOffset: '99' };
  const fetched = { ...marks, abortedTransactions, messages: logOf(entries) };
  return readableMessages(offset, fetched).map((message) => Number(message.offset));
}

const end = (producer: string, key: Buffer): Entry => ({ producer, key, control: true });

describe('what a reader of committed messages sees', () => {
  test('is nothing of two aborted transactions of which the one that began first ended last', () => {
    const log = [
      { producer: 'a' },
      { producer: 'b' },
      { producer: 'a' },
      end('b', ABORT),
      end('a', ABORT),
      { producer: 'c' },
      end('c', COMMIT),
    ];
    // As brokers say it: in the order of their ends.
    const aborted = [['b', 1] as const, ['a', 0] as const];
    expect(read(0, log, aborted)).toEqual([5]);
  });

  test('is nothing of aborted transactions in whose midst it begins to read', () => {
    const log = [
      { producer: 'a' },
      { producer: 'b' },
      { producer: 'b' },
      { producer: 'a' },
      end('a', ABORT),
      end('b', ABORT),
    ];
    const aborted = [['a', 0] as const, ['b', 1] as const];
    expect(read(2, log, aborted)).toEqual([]);
  });

  test('is what a producer wrote after its aborted transaction, and what was written outside of any', () => {
    const log = [
      { producer: 'a' },
      { producer: 'A' },
      end('a', ABORT),
      { producer: 'a' },
      end('a', COMMIT),
    ];
    expect(read(0, log, [['a', 0]])).toEqual([1, 3]);
  });

  test('is not changed by a message whose key looks like the end of a transaction', () => {
    const log = [{ producer: 'a', key: ABORT }, { producer: 'a' }, end('a', ABORT)];
    expect(read(0, log, [['a', 0]])).toEqual([]);
  });

  test('is nothing before the offset that it asked for', () => {
    expect(read(2, [{ producer: 'A' }, { producer: 'A' }, { producer: 'A' }], [])).toEqual([2]);
  });

  test('is exactly the committed ones, however transactions overlap and wherever it begins', () => {
    const step = record({
      producer: constantFrom('a', 'b', 'c', 'd'),
      does: constantFrom('write', 'write', 'write', 'commit', 'abort'),
    });
    assert(
      property(array(step, { maxLength: 40 }), nat(20), (steps, offset) => {
        const log: Entry[] = [];
        const open = new Map<string, number[]>();
        const committed: number[] = [];
        const aborted: [string, number][] = [];
        const finish = (producer: string, isCommit: boolean): void => {
          const own = open.get(producer);
          if (own === undefined) return;
          open.delete(producer);
          // A broker names those whose end lies at or behind the offset.
          if (isCommit) committed.push(...own);
          else if (log.length >= offset) aborted.push([producer, own[0] ?? 0]);
          log.push(end(producer, isCommit ? COMMIT : ABORT));
        };
        for (const { producer, does } of steps) {
          if (does !== 'write') finish(producer, does === 'commit');
          else {
            open.set(producer, [...(open.get(producer) ?? []), log.length]);
            log.push({ producer });
          }
        }
        for (const producer of open.keys()) finish(producer, false);
        const expected = committed.filter((at) => at >= offset).toSorted((a, b) => a - b);
        expect(read(offset, log, aborted)).toEqual(expected);
      }),
    );
  });
});
