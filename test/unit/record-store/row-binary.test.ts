import { describe, expect, it } from 'vitest';
import type { ColumnValue } from '../../../record-store/row-binary.ts';
import { RowBlock } from '../../../record-store/row-binary.ts';
import type { ColumnType } from '../../../schemas/record-columns.ts';

describe('RowBinary', () => {
  // Bytes by hand from ClickHouse's documentation of the format: little-endian numbers, LEB128 lengths, a null flag before a Nullable.
  it.each<readonly [ColumnType, ColumnValue, string]>([
    ['String', 'foo', '03666f6f'],
    ['String', 'ü', '02c3bc'],
    ['String', null, '00'],
    ['String', Uint8Array.of(0xff, 0x00), '02ff00'],
    ['LowCardinality(String)', '', '00'],
    ['FixedString(8)', '0123456789abcdef', '0123456789abcdef'],
    ['FixedString(8)', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), '0102030405060708'],
    ['Int8', -1, 'ff'],
    ['UInt8', 200, 'c8'],
    ['UInt8', 300, 'ff'],
    ['UInt16', 258, '0201'],
    ['UInt32', 1, '01000000'],
    ['Int64', -2, 'feffffffffffffff'],
    ['Int64', -(2 ** 32), '00000000ffffffff'],
    ['UInt64', 2 ** 32 + 1, '0100000001000000'],
    ['Nullable(Int64)', null, '01'],
    ['Nullable(Int64)', 0, '000000000000000000'],
    ["DateTime64(6, 'UTC')", 1, '0100000000000000'],
    ['Array(LowCardinality(String))', ['a', ''], '02016100'],
    ['Array(LowCardinality(String))', [], '00'],
  ])('writes %s %j', (type, value, hex) => {
    const block = blockOf([type]);
    block.add([value]);
    expect(block.bytes().toString('hex')).toBe(hex);
  });

  it('writes a long string after its length in two bytes', () => {
    const block = blockOf(['String']);
    block.add(['x'.repeat(300)]);
    expect(block.bytes().subarray(0, 3).toString('hex')).toBe('ac0278');
    expect(block.bytes()).toHaveLength(302);
  });

  it('grows over many rows and counts them', () => {
    const block = blockOf(['String', 'UInt8']);
    for (let index = 0; index < 20_000; index += 1) block.add(['ten bytes!', 1]);
    expect(block.rows).toBe(20_000);
    expect(block.bytes()).toHaveLength(20_000 * 12);
  });

  it.each<readonly [ColumnType, ColumnValue]>([
    ['FixedString(8)', '0123'],
    ['FixedString(8)', 'zz23456789abcdef'],
    ['FixedString(8)', null],
    ['Int64', 0.5],
    ['Int64', null],
    ['UInt8', 'one'],
    ['String', 1],
    ['Array(LowCardinality(String))', null],
  ])('takes no %s of %j', (type, value) => {
    expect(() => blockOf([type]).add([value])).toThrow(/expected|takes/);
  });

  it('takes no row that lacks a column', () => {
    expect(() => blockOf(['String', 'UInt8']).add(['a'])).toThrow(/every column/);
  });
});

function blockOf(types: readonly ColumnType[]): RowBlock {
  return new RowBlock({
    name: 'test',
    columns: types.map((type, index) => ({ name: `c${index}`, type })),
  });
}
