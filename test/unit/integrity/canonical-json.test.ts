import { assert, integer, jsonValue, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../integrity/canonical-json.ts';
import { canonicalJson } from '../../../integrity/canonical-json.ts';

describe('canonical JSON', () => {
  it('sorts members by UTF-16 code units, as the example of RFC 8785 §3.2.3', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(canonicalJson(value)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis",' +
        '"\u20ac":"Euro Sign","\ud83d\ude00":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    );
  });

  it('writes strings and literals as the example of RFC 8785 §3.2.2', () => {
    const value = {
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"\u002f',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('leaves out what is undefined and keeps what is empty', () => {
    expect(canonicalJson({ b: undefined, a: {}, c: [], d: '' })).toBe('{"a":{},"c":[],"d":""}');
    expect(canonicalJson({ b: undefined })).toBe('{}');
  });

  it('does not confuse objects whose names are the same in another order', () => {
    expect(
      canonicalJson([
        { b: 1, a: 2 },
        { a: 2, b: 1 },
      ]),
    ).toBe('[{"a":2,"b":1},{"a":2,"b":1}]');
  });

  it.each([0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses the number %d',
    (value) => {
      expect(() => canonicalJson(value)).toThrow(TypeError);
    },
  );

  it('refuses a lone surrogate, in a name too', () => {
    expect(() => canonicalJson('a\ud800')).toThrow(TypeError);
    expect(() => canonicalJson({ '\udc00': 1 })).toThrow(TypeError);
  });

  it('tells the same value as JSON.stringify, and tells its own reading again alike', () => {
    const values = jsonValue({ maxDepth: 4, noUnicodeString: false });
    assert(
      property(values, integer(), string(), (value, number, text) => {
        const told = canonicalJson(withIntegers([value, number, text]));
        expect(JSON.parse(told)).toEqual(
          JSON.parse(JSON.stringify(withIntegers([value, number, text]))),
        );
        expect(canonicalJson(JSON.parse(told) as JsonValue)).toBe(told);
      }),
      { numRuns: 500, seed: 3 },
    );
  });
});

function withIntegers(value: unknown): JsonValue {
  if (typeof value === 'number') return Math.trunc(value) % 2 ** 53 || 0;
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(withIntegers);
  if (typeof value !== 'object' || value === null) return value as JsonValue;
  const entries = Object.entries(value).filter(
    ([name]) => name.isWellFormed() && name !== '__proto__',
  );
  return Object.fromEntries(entries.map(([name, member]) => [name, withIntegers(member)]));
}
