import { describe, expect, it } from 'vitest';
import { mergeReceipts, readReceipts } from '../../../enricher/read-receipts.ts';

const cards = '[{"rule":"card","path":"arguments","count":2,"action":"truncate","class":"card"}]';
const address = (token: string) =>
  `[{"rule":"ip:v4","path":"client.address","count":1,"action":"token","class":"ip","key":1,"tokens":["${token}"]}]`;

describe('receipts of several spans', () => {
  it('are one where they say the same, with the sum of their counts', () => {
    const merged = mergeReceipts([cards, address('[IP:k1:a]'), cards, cards].flatMap(readReceipts));
    expect(merged.map(({ rule, count }) => [rule, count])).toEqual([
      ['card', 6],
      ['ip:v4', 1],
    ]);
  });

  it('stay apart where anything but the count differs', () => {
    const [card] = readReceipts(cards);
    if (!card) throw new Error('a receipt was expected');
    const others = [
      { ...card, rule: 'iban' },
      { ...card, path: 'result' },
      { ...card, action: 'drop' as const },
      { ...card, dataClass: null },
      { ...card, keyVersion: 2 },
      { ...card, tokens: ['[CARD:k1:a]'] },
      { ...card, tokens: ['[CARD:k1:a', ']'] },
    ];
    expect(mergeReceipts([card, ...others])).toEqual([card, ...others]);
  });

  it('are never more than their limit, whatever they count', () => {
    const [card] = readReceipts(cards);
    if (!card) throw new Error('a receipt was expected');
    const many = Array.from({ length: 500 }, (_, at) => ({ ...card, path: `path ${at}` }));
    expect(mergeReceipts([...many, ...many]).map(({ count }) => count)).toEqual(
      Array.from({ length: 128 }, () => 4),
    );
    const [most] = mergeReceipts([card, { ...card, count: 2 ** 31 - 1 }]);
    expect(most?.count).toBe(2 ** 31 - 1);
  });
});
