import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConversationAnswer, TraceAnswer } from '../../../cli/answers.ts';
import { duration, money, whole } from '../../../cli/render/figures.ts';
import { paintFor, printable } from '../../../cli/render/paint.ts';
import { renderCharges, renderCounts } from '../../../cli/render/totals.ts';
import { renderTable } from '../../../cli/render/table.ts';
import { renderConversation } from '../../../cli/render/conversation.ts';
import { renderTrace } from '../../../cli/render/trace.ts';
import { summaryOfLeaf } from '../../../query-api/present-record.ts';
import type { Facts, RecordKind } from '../../../schemas/record-types.ts';
import { callIdOf, MIDNIGHT_MS, recordOf } from '../query-api/made-records.ts';

const plain = paintFor(false);

function summary(facts: Partial<Facts>, kind: RecordKind = 'call') {
  return summaryOfLeaf(recordOf({ callId: callIdOf(MIDNIGHT_MS, 1), kind }, facts));
}

const call = (facts: Partial<Facts>, children: TraceAnswer['users'][number]['children'] = []) =>
  ({ kind: 'record', record: summary(facts), children }) as const;

const trace: TraceAnswer = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  records: 4,
  truncated: false,
  names: { p_1: 'ana@example.com' },
  users: [
    {
      user: 'p_1',
      grade: 'declared',
      children: [
        {
          kind: 'agent',
          agent: 'planner',
          service: 'planning',
          version: '1.2',
          grade: 'declared',
          children: [
            {
              kind: 'record',
              record: summary(
                {
                  model: 'gpt-4o',
                  inputTokens: 1203,
                  outputTokens: 88,
                  costNano: 4_200_000,
                  currency: 'USD',
                  costSource: 'computed',
                  durationUs: 812_000,
                },
                'inference',
              ),
              children: [],
            },
            call({ server: 'everything', tool: 'delegate', durationUs: 3_400_000 }, [
              {
                kind: 'agent',
                agent: 'worker',
                service: null,
                version: null,
                grade: 'inferred',
                children: [
                  call({
                    server: 'files',
                    tool: 'read_file',
                    outcome: 'denied',
                    deniedBy: 'policy',
                  }),
                ],
              },
            ]),
          ],
        },
      ],
    },
    {
      user: null,
      grade: 'unknown',
      children: [
        call({
          server: null,
          tool: null,
          method: 'tools/list',
          outcome: 'unknown',
          grade: 'unknown',
          durationUs: null,
        }),
      ],
    },
  ],
};

describe('a trace', () => {
  it('is a tree of who, through what, with which outcome, grade, duration and cost', () => {
    expect(renderTrace(trace, { colour: false })).toBe(
      [
        'trace 4bf92f3577b34da6a3ce929d0e0e4736  4 records',
        'ana@example.com                                            declared',
        '└─ agent planner 1.2 (planning)                            declared',
        '   ├─ · model gpt-4o  1,203 → 88 tokens  success           declared  812 ms  0.0042 USD',
        '   └─ ✓ everything › delegate            success           declared  3.4 s',
        '      └─ agent worker                                      inferred',
        '         └─ ⊘ files › read_file          denied by policy  declared  12 ms',
        'user cannot be told                                        unknown',
        '└─ ? server cannot be told › tools/list  unknown           unknown   –',
      ].join('\n'),
    );
  });

  it('is the same text with and without colour', () => {
    const coloured = renderTrace(trace, { colour: true });
    expect(coloured.replace(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '')).toBe(
      renderTrace(trace, { colour: false }),
    );
    expect(coloured).not.toBe(renderTrace(trace, { colour: false }));
  });
});

describe('figures', () => {
  it('write money exactly, never rounded', () => {
    expect(money('4200000', 'USD')).toBe('0.0042 USD');
    expect(money('1234567000000000', 'EUR')).toBe('1,234,567.00 EUR');
    expect(money('-1', null)).toBe('-0.000000001');
    expect(money(null, 'USD')).toBe('–');
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), (nano) => {
        const [units, fraction] = money(String(nano), null).replaceAll(',', '').split('.');
        expect(BigInt(units ?? '') * 10n ** 9n + BigInt((fraction ?? '').padEnd(9, '0'))).toBe(
          nano,
        );
      }),
    );
  });

  it('write durations and counts as people read them', () => {
    expect([999, 12_400, 3_400_000, 125_000_000, null].map(duration)).toEqual([
      '999 µs',
      '12 ms',
      '3.4 s',
      '2 min 5 s',
      '–',
    ]);
    expect(whole(1_234_567)).toBe('1,234,567');
  });
});

describe('tables', () => {
  it('let no text from a record steer the terminal', () => {
    const hostile = `x${String.fromCharCode(27)}[2J\r\n${String.fromCodePoint(0x202e)}y`;
    const shown = renderTable([{ title: 'A' }], [[hostile]], plain);
    expect(shown.split('\n')).toHaveLength(2);
    expect(printable(hostile)).toBe('x\uFFFD[2J\uFFFD\uFFFD\uFFFDy');
  });

  it('show counts with their total and names in the place of ids', () => {
    const answer = {
      counts: [
        { group: { user: 'p_1', outcome: 'success' }, records: 1200 },
        { group: { user: null, outcome: 'denied' }, records: 3 },
      ],
      total: 1203,
      groups: 2,
      truncated: false,
      names: { p_1: 'ana' },
    };
    expect(renderCounts(answer, plain)).toBe(
      [
        'USER   OUTCOME  RECORDS',
        'ana    success    1,200',
        '–      denied         3',
        'total             1,203',
      ].join('\n'),
    );
  });

  it('show charges without a price beside the amounts, never as zero', () => {
    const unpriced = [{ unit: 'Tokens', quantity: '700', unpriced: '700' }];
    const answer = {
      charges: [{ group: { team: 'payments' }, amounts: [], quantities: unpriced, charges: '2' }],
      total: { amounts: [], quantities: unpriced, charges: '2' },
      truncated: false,
      names: {},
    };
    expect(renderCharges(answer, plain)).toBe(
      [
        'TEAM      AMOUNT    QUANTITY    UNPRICED  CHARGES',
        'payments       –  700 Tokens  700 Tokens        2',
        'total          –  700 Tokens  700 Tokens        2',
      ].join('\n'),
    );
  });
});

describe('a conversation', () => {
  const step = (own: number, facts: Partial<Facts>, kind: RecordKind = 'call') => ({
    record: summaryOfLeaf(recordOf({ callId: callIdOf(MIDNIGHT_MS, own), kind }, facts)),
    promptDigest: null,
    toolCallId: null,
    askedBy: null,
    usedBy: null,
    decisions: [],
  });

  it('is a numbered story, whose tool calls name the steps that asked for them and used them', () => {
    const model = step(1, { model: 'gpt-4o', durationUs: 812_000, user: 'p_1' }, 'inference');
    const call = step(2, { server: 'files\u001b[2J', tool: 'read', durationUs: 3000, user: 'p_1' });
    const answer: ConversationAnswer = {
      conversation: 'thread 7',
      truncated: true,
      names: { p_1: 'ana@example.com' },
      steps: [
        { ...model, promptDigest: 'ab'.repeat(32) },
        {
          ...call,
          askedBy: callIdOf(MIDNIGHT_MS, 1),
          usedBy: callIdOf(MIDNIGHT_MS, 99),
          decisions: [{ kind: 'policy', verdict: 'allowed', rule: 'r7', by: null }],
        },
      ],
    };
    const shown = renderConversation(answer, { colour: false });
    expect(shown.split('\n')).toEqual([
      'conversation thread 7  ana@example.com',
      '… earlier steps are not shown',
      '   1  · model gpt-4o  success  812 ms  prompt abababababab',
      `   2  ✓ files\ufffd[2J › read  success  3 ms  asked by 1  result used by ${callIdOf(MIDNIGHT_MS, 99)}`,
      '      decided: policy allowed by r7',
    ]);
  });
});
