import { assert, dictionary, nat, option, property, record, string, uint8Array } from 'fast-check';
import { expect, test, vi } from 'vitest';
import {
  decodeMessage,
  encodeMessage,
  stampAppendTime,
  storedAppendTime,
} from '../../../event-log/stored-message.ts';
import { topics } from '../../../schemas/topics.ts';

// There are many runs; on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000 });

const place = { topic: topics.spans, partition: 3, offset: 2 ** 40 };

test('a stored message is read back as it was, whatever its key, headers and value', () => {
  const message = record({
    key: option(string({ unit: 'binary', maxLength: 100 })),
    headers: dictionary(string({ minLength: 1, maxLength: 20 }), string({ maxLength: 50 })),
    value: option(uint8Array({ maxLength: 20_000, size: 'max' })),
  });
  assert(
    property(message, nat({ max: 2 ** 47 }), (given, timeMs) => {
      const encoded = encodeMessage({ ...place, ...given });
      stampAppendTime(encoded, timeMs);
      const { value, ...rest } = decodeMessage(encoded.bytes, place);
      expect(rest).toEqual({
        ...place,
        key: given.key,
        headers: given.headers,
        appendTimeMs: timeMs,
      });
      expect(value === null).toBe(given.value === null);
      if (value !== null)
        expect(Buffer.from(value).equals(Buffer.from(given.value ?? []))).toBe(true);
      expect(storedAppendTime(encoded.bytes)).toBe(timeMs);
    }),
    { numRuns: 300 },
  );
});

test('values from 8 KiB on are stored compressed where that helps', () => {
  const headers = {};
  const repetitive = encodeMessage({
    ...place,
    key: null,
    headers,
    value: Buffer.alloc(8192, 'a'),
  });
  expect(repetitive.bytes.length).toBeLessThan(200);
  const small = encodeMessage({ ...place, key: null, headers, value: Buffer.alloc(8191, 'a') });
  expect(small.bytes.length).toBeGreaterThan(8191);
});

test('bytes that are no stored message are told as corruption with their place', () => {
  const cut = Buffer.from([2, 0, 0, 0, 0, 0, 1, 255, 255, 0, 2]);
  expect(() => decodeMessage(cut, place)).toThrow(/EVENT_LOG_CORRUPT: .*waybill\.spans\.v1\/3/u);
  expect(() => decodeMessage(Buffer.alloc(3), place)).toThrow(/EVENT_LOG_CORRUPT/u);
});
