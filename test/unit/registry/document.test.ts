import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseRegistry } from '../../../registry/document.ts';
import { RegistryError } from '../../../registry/errors.ts';

const good = `
x-anchors: [&contract 'framework agreement 12']
teams:
  - id: payments
    name: Payments
    costCenter: '4711'
    members: [ana@example.com, bo@example.com]
  - id: search
agents:
  - { name: coder, team: payments, owner: ana@example.com }
servers:
  - { name: files, owner: bo@example.com, team: search, status: active, dataClassification: internal, approvedTools: [read_file] }
  - { name: old, status: deprecated }
prices:
  - { id: p1, meter: output_tokens, provider: acme, model: 'small*', unit: 1000000 Tokens, rate: '0.60', currency: USD, effectiveFrom: 2026-01-01, effectiveTo: 2026-07-01T00:00:00Z, source: *contract }
  - { id: p2, meter: tool_call, server: files, tool: '*', unit: Requests, rate: '0.001', currency: EUR, effectiveFrom: 2026-01-01, source: list }
`;

function mistakesOf(yaml: string): readonly string[] {
  try {
    parseRegistry(yaml);
  } catch (error) {
    if (error instanceof RegistryError) return error.mistakes.map(({ path }) => path);
    throw error;
  }
  return [];
}

describe('a registry document', () => {
  it('is read with its defaults', () => {
    const document = parseRegistry(good);
    expect(document.teams).toEqual([
      {
        id: 'payments',
        name: 'Payments',
        costCenter: '4711',
        members: ['ana@example.com', 'bo@example.com'],
      },
      { id: 'search', name: 'search', costCenter: null, members: [] },
    ]);
    expect(document.servers[1]).toEqual({
      name: 'old',
      owner: null,
      team: null,
      status: 'deprecated',
      dataClassification: null,
      approvedTools: null,
    });
    expect(document.prices?.[0]).toMatchObject({ rate: '0.60', source: 'framework agreement 12' });
  });

  it('says nothing of prices when it has none', () => {
    expect(parseRegistry('teams: []').prices).toBeNull();
    expect(parseRegistry('').teams).toEqual([]);
  });

  it('tells all mistakes of its entries together, each with its place', () => {
    const paths = mistakesOf(`
teams: [{ name: no-id }]
servers: [{ name: s, status: alive }]
prices:
  - { id: p, meter: input_tokens, provider: a, model: b, unit: Tokens, rate: 0.3, currency: usd, effectiveFrom: 2026-02-30, source: x, effectivTo: 2027-01-01 }
  - { id: q, meter: gold }
surprise: 1
`);
    expect(paths).toEqual([
      'teams[0].id',
      'servers[0].status',
      'prices[0].rate',
      'prices[0].currency',
      'prices[0].effectiveFrom',
      'prices[0]',
      'prices[1].meter',
      '(document)',
    ]);
  });

  it('tells contradictions between entries: names twice, a person in two teams, unknown teams, prices at odds', () => {
    const price = `meter: output_tokens, provider: a, model: b, unit: Tokens, rate: '1', currency: USD, source: x`;
    const paths = mistakesOf(`
teams: [{ id: a, members: [Ana@Example.com] }, { id: a, members: ['ana@example.com '] }]
agents: [{ name: x, team: gone }]
prices:
  - { id: p, ${price}, effectiveFrom: 2026-01-01 }
  - { id: p, ${price}, effectiveFrom: 2026-01-01T00:00:00Z, effectiveTo: 2025-01-01 }
`);
    expect(paths.toSorted()).toEqual([
      'agents[0].team',
      'prices[1].effectiveFrom',
      'prices[1].effectiveTo',
      'prices[1].id',
      'teams[1].id',
      'teams[1].members[0]',
    ]);
  });

  it.each([
    ['a rate that lost its quotes', "'0.60'", '0.60'],
    ['a rate with an exponent', "'0.60'", "'6e-1'"],
    ['a negative rate', "'0.60'", "'-0.60'"],
    ['a pattern with the star inside', "'small*'", "'sm*all'"],
    ['a unit of another meter', 'Requests', 'Tokens'],
    ['a control character in a name', 'Payments', '"Pay\\0ments"'],
  ])('refuses %s', (_, from, to) => {
    expect(good).toContain(from);
    expect(mistakesOf(good.replace(from, to))).toHaveLength(1);
  });

  it('refuses what is no YAML, no mapping, or a bomb of aliases', () => {
    expect(mistakesOf('[1')).toEqual(['line 1, column 3']);
    expect(mistakesOf('[1]')).toEqual(['(document)']);
    const bomb = Array.from({ length: 12 }, (_, level) => {
      const inner = level === 0 ? '[x]' : `[${`*a${level - 1},`.repeat(10)}]`;
      return `k${level}: &a${level} ${inner}`;
    });
    expect(mistakesOf(bomb.join('\n'))).toEqual(['(document)']);
  });

  it('carries the built-in price book, whose every row names its source', () => {
    const { prices } = parseRegistry(readFileSync('registry/price-book.yaml', 'utf8'));
    expect(prices?.length).toBeGreaterThan(20);
    expect(prices?.filter(({ source }) => !source.startsWith('https://'))).toEqual([]);
  });
});
