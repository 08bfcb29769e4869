import { assert, integer, nat, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Period, RetentionPolicy } from '../../../registry/retention-policy.ts';
import { before, ceilingOf, parseRetentionBody } from '../../../registry/retention-policy.ts';

const back = (time: string, period: Period): string =>
  new Date(before(Date.parse(time), period)).toISOString();

describe('a period back from a moment', () => {
  it('is days, or months and years of the calendar', () => {
    expect(back('2026-11-21T10:20:30.400Z', '30d')).toBe('2026-10-22T10:20:30.400Z');
    expect(back('2026-11-21T10:20:30.400Z', '12m')).toBe('2025-11-21T10:20:30.400Z');
    expect(back('2026-11-21T10:20:30.400Z', '6y')).toBe('2020-11-21T10:20:30.400Z');
    expect(back('2026-01-15T00:00:00.000Z', '1m')).toBe('2025-12-15T00:00:00.000Z');
  });

  it('ends on the last day of a month that is too short', () => {
    expect(back('2026-03-31T00:00:00.000Z', '1m')).toBe('2026-02-28T00:00:00.000Z');
    expect(back('2028-02-29T00:00:00.000Z', '1y')).toBe('2027-02-28T00:00:00.000Z');
  });

  it('never lies behind the moment, and a year is twelve months', () => {
    assert(
      property(integer({ min: 0, max: 4e12 }), nat(40), (now, years) => {
        expect(before(now, `${years}y`)).toBe(before(now, `${years * 12}m`));
        expect(before(now, `${years}m`)).toBeLessThanOrEqual(now);
      }),
    );
  });
});

describe('the ceiling of what is of several classes', () => {
  const bounds = (ceiling: Period | null) => ({ floor: '0d', ceiling }) as const;
  const ofClass = (id: string, ceiling: Period | null) => ({
    id,
    basis: 'own',
    header: bounds(null),
    payload: bounds(ceiling),
  });
  const policy: RetentionPolicy = {
    classes: [ofClass('a', '30d'), ofClass('b', '2m'), ofClass('c', null)],
    rules: [],
    default: ['a'],
    decisions: [],
  };

  it('is the shortest; without end only where all are', () => {
    expect(ceilingOf(policy, 'payload', ['a', 'b'])).toBe('30d');
    expect(ceilingOf(policy, 'payload', ['b', 'c'])).toBe('2m');
    expect(ceilingOf(policy, 'payload', ['c'])).toBeNull();
    expect(ceilingOf(policy, 'header', ['a', 'b'])).toBeNull();
  });

  it('is what was decided where classes among them contradict each other', () => {
    const why = { reason: 'r', decidedBy: 'd' };
    const decisions = [
      { classes: ['a', 'b'], part: 'payload', ceiling: '45d', ...why },
      { classes: ['a', 'c'], part: 'payload', ceiling: '50d', ...why },
    ] as const;
    const decided = { ...policy, decisions };
    expect(ceilingOf(decided, 'payload', ['a', 'b'])).toBe('45d');
    expect(ceilingOf(decided, 'payload', ['a', 'b', 'c'])).toBe('50d');
    expect(ceilingOf(decided, 'payload', ['a'])).toBe('30d');
  });

  it('survives its event', () => {
    expect(parseRetentionBody(JSON.stringify(policy))).toEqual(policy);
    expect(() => parseRetentionBody('{"classes":[]}')).toThrow();
  });
});
