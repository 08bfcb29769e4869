import { describe, expect, it } from 'vitest';
import { murmur2, partitionOfKey } from '../../../schemas/partition.ts';

describe('partition', () => {
  // Apache Kafka, clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java, testMurmur2.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as Kafka does', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  it('clears the sign bit before it takes the remainder', () => {
    // -973932308 & 0x7fffffff = 1173551340, by hand.
    expect(partitionOfKey(Buffer.from('21'), 7)).toBe(1173551340 % 7);
  });
});
