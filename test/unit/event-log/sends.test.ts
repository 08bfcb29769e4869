import { describe, expect, it } from 'vitest';
import type { NamedMessage } from '../../../event-log/kafka/sends.ts';
import { splitNamed } from '../../../event-log/kafka/sends.ts';
import { limits } from '../../../schemas/limits.ts';

const message = (partition: number, name: string, bytes: number): NamedMessage => ({
  topic: 't',
  partition,
  key: name,
  headers: {},
  value: new Uint8Array(bytes),
});

/** Partition and key of each message, one list a send. */
const sentOf = (messages: readonly NamedMessage[]): string[][] =>
  splitNamed(messages).map((send) =>
    send.flatMap((topic) =>
      topic.messages.map(({ partition, key }) => `${partition}${String(key)}`),
    ),
  );

describe('splitting messages into sends', () => {
  it('puts what is small into one', () => {
    expect(sentOf([message(0, 'a', 10), message(1, 'b', 10), message(0, 'c', 10)])).toEqual([
      ['0a', '1b', '0c'],
    ]);
  });

  it('begins another before a partition has more than a batch may', () => {
    const half = limits.messageBytesMax / 2 + 60 * 1024;
    expect(sentOf([message(0, 'a', half), message(0, 'b', half), message(1, 'c', half)])).toEqual([
      ['0a'],
      ['0b', '1c'],
    ]);
  });

  it('takes one message of the largest size, and one beyond a batch by itself', () => {
    const largest = limits.messageBytesMax;
    expect(sentOf([message(0, 'a', largest), message(0, 'b', 4 * largest)])).toEqual([
      ['0a'],
      ['0b'],
    ]);
  });

  it('sends nothing for nothing', () => {
    expect(sentOf([])).toEqual([]);
  });
});
