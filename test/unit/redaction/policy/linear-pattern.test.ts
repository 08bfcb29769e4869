import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compilePattern,
  findMatches,
  PatternTooCostlyError,
} from '../../../../redaction/policy/linear-pattern.ts';
import { PatternError } from '../../../../redaction/policy/pattern-syntax.ts';

function found(pattern: string, text: string, ignoreCase = false): readonly string[] {
  return findMatches(compilePattern(pattern, ignoreCase), text).map(({ start, end }) =>
    text.slice(start, end),
  );
}

describe('a linear pattern', () => {
  it.each([
    ['EMP-[0-9]{6}', 'a EMP-123456, EMP-12345, EMP-654321.', ['EMP-123456', 'EMP-654321']],
    ['\\bK\\d{3}\\b', 'K123 XK123 K1234 (K999)', ['K123', 'K999']],
    ['(ab|a)(c|bcd)', 'abcd', ['abcd']],
    ['x(yz)*', 'xyzyz x', ['xyzyz', 'x']],
    ['[^\\s,]{2,3}', 'abcd ef,g', ['abc', 'ef']],
    ['a.c', 'abc a\nc a.c', ['abc', 'a.c']],
    ['ü+', 'grüün', ['üü']],
    ['[a\\-\\]]+', 'x-a]', ['-a]']],
    ['a{2,}', 'a aa aaaa', ['aa', 'aaaa']],
    ['[\\D]x', '1x ax', ['ax']],
  ])('%s in %j', (pattern, text, expected) => {
    expect(found(pattern, text)).toEqual(expected);
  });

  it('is looked for without regard to case when it is told so', () => {
    expect(found('Emp\\D[a-c]', 'eMP-B emp1b', true)).toEqual(['eMP-B']);
    expect(found('Emp', 'EMP')).toEqual([]);
  });

  it('finds what the engine of JavaScript finds, where the longest match is the first one', () => {
    const piece = fc.constantFrom('a', 'b', '[ab]', '\\d', '[^a]', '1', '.');
    const count = fc.constantFrom('', '+', '{2}', '{1,3}');
    const pattern = fc
      .array(fc.tuple(piece, count), { minLength: 1, maxLength: 4 })
      .map((pieces) => pieces.map(([one, times]) => one + times).join(''));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', ' ', '\n'), maxLength: 30 });
    fc.assert(
      fc.property(pattern, text, (source, input) => {
        const theirs = firstLongest(source, input);
        const [ours] = findMatches(compilePattern(source, false), input);
        expect(ours ?? null).toEqual(theirs);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['(?=a)', 'look-around'],
    ['(a', 'never closed'],
    ['a)', 'opens nowhere'],
    ['[a', 'never closed'],
    ['a**', 'repetition of a repetition'],
    ['+a', 'repeats nothing'],
    ['^a', 'anywhere'],
    ['\\1', 'not known'],
    ['a{9999}', 'count'],
    ['a{3,2}', 'count'],
    ['a*', 'fits a text of nothing'],
    ['', 'fits a text of nothing'],
    ['(a{200}){200}', 'states'],
    ['[b-a]', 'backwards'],
    ['('.repeat(40), 'nested'],
    ['a'.repeat(600), 'longer'],
  ])('refuses %s', (pattern, why) => {
    expect(() => compilePattern(pattern, false)).toThrow(PatternError);
    expect(() => compilePattern(pattern, false)).toThrow(why);
  });

  it('takes time in proportion to the text, whatever the pattern', () => {
    for (const pattern of ['(a|a)*b', '(a+)+b', '(a|aa)+c', '(\\w+\\s?)+!']) {
      const machine = compilePattern(pattern, false);
      expect(findMatches(machine, 'a'.repeat(100_000))).toEqual([]);
    }
  });

  it('gives a text up whose matches would be looked for again and again', () => {
    const machine = compilePattern('a|a[a]*b', false);
    expect(() => findMatches(machine, 'a'.repeat(20_000))).toThrow(PatternTooCostlyError);
  });
});

/** The longest of the matches that begin first, by trying each stretch with the engine of JavaScript. */
function firstLongest(source: string, input: string): { start: number; end: number } | null {
  const whole = new RegExp(`^(?:${source})$`);
  for (let start = 0; start < input.length; start += 1) {
    for (let end = input.length; end > start; end -= 1) {
      if (whole.test(input.slice(start, end))) return { start, end };
    }
  }
  return null;
}
