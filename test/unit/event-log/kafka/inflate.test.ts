import { createHash } from 'node:crypto';
import { array, assert, nat, property, record, tuple, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inflateLz4 } from '../../../../event-log/kafka/inflate-lz4.ts';
import { inflateSnappy } from '../../../../event-log/kafka/inflate-snappy.ts';
import vectors from './compressed-batches.json' with { type: 'json' };

const inflaters = { snappy: inflateSnappy, lz4: inflateLz4 } as const;
const MIB = 2 ** 20;

const batches = vectors.batches.map(({ codec, bytes, ...rest }) => ({
  ...rest,
  codec,
  bytes: Buffer.from(bytes, 'base64'),
  inflate: codec === 'snappy' ? inflaters.snappy : inflaters.lz4,
}));

describe('compressed batches of other writers', () => {
  it.each(batches)('become what was written: $codec of $name', (batch) => {
    const { bytes, length, sha256, inflate } = batch;
    const inflated = inflate(bytes, MIB);
    expect(inflated).toHaveLength(length);
    expect(createHash('sha256').update(inflated).digest('hex')).toBe(sha256);
    expect(inflate(bytes, Math.max(1, length))).toHaveLength(length);
  });

  it.each(batches.filter(({ length }) => length > 0))(
    'never become larger than allowed: $codec of $name',
    ({ bytes, length, inflate }) => {
      for (const bytesMax of [1, length - 1]) {
        expect(() => inflate(bytes, bytesMax)).toThrow(
          expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }),
        );
      }
    },
  );

  it.each(batches.filter(({ length }) => length > 0))(
    'are damaged where they are cut off: $codec of $name',
    ({ bytes, inflate }) => {
      for (const left of [1, 5, bytes.length - 5, bytes.length - 1]) {
        expect(() => inflate(bytes.subarray(0, left), MIB)).toThrow(
          expect.objectContaining({ name: 'DamagedBatch' }),
        );
      }
    },
  );

  it.each(['snappy', 'lz4'] as const)(
    'are read, damaged or too large whatever bytes come: %s',
    (codec) => {
      const ofIt = batches.filter((batch) => batch.codec === codec);
      const changed = record({
        at: nat(),
        changes: array(tuple(nat(), nat(255)), { minLength: 1, maxLength: 8 }),
      });
      assert(
        property(changed, ({ at, changes }) => {
          const bytes = Buffer.from(ofIt[at % ofIt.length]?.bytes ?? []);
          for (const [place, value] of changes) bytes[place % bytes.length] = value;
          expectKnown(codec, bytes);
        }),
        { numRuns: 2000 },
      );
      const anything = uint8Array({ maxLength: 200 });
      assert(
        property(anything, (bytes) => expectKnown(codec, Buffer.from(bytes))),
        { numRuns: 500 },
      );
    },
  );

  it('that say little and mean much take no more time than their bound', () => {
    // An LZ4 block of one literal, and a copy of it whose length goes on and on.
    const bytes = Buffer.concat([
      Buffer.from('04224d18604070df', 'hex').subarray(0, 7),
      Buffer.from([0, 0, 2, 0]),
      Buffer.from([0x1f, 0x61, 1, 0]),
      Buffer.alloc(131_068, 255),
    ]);
    expect(() => inflateLz4(bytes, 64 * MIB)).toThrow();
    const ended = Buffer.concat([bytes.subarray(0, -1), Buffer.from([0]), Buffer.alloc(4)]);
    expect(() => inflateLz4(ended, MIB)).toThrow(/larger than 1048576/);
    expect(inflateLz4(ended, 64 * MIB)).toHaveLength(1 + 4 + 15 + 255 * 131_067);
  });
});

function expectKnown(codec: keyof typeof inflaters, bytes: Buffer): void {
  const bytesMax = 32 * 1024;
  try {
    expect(inflaters[codec](bytes, bytesMax).length).toBeLessThanOrEqual(bytesMax);
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    const known = ['DamagedBatch', 'BatchTooLarge'];
    expect(known).toContain((error as Error).name);
  }
}
