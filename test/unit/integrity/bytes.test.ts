import { assert, property, string, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concatBytes,
  equalBytes,
  fromBase64,
  readDecimal,
  textOf,
  toBase64,
  toHex,
} from '../../../integrity/bytes.ts';
import { IntegrityError } from '../../../integrity/errors.ts';

describe('base64', () => {
  // RFC 4648 §10.
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('of %j is %j', (text, encoded) => {
    expect(toBase64(Buffer.from(text))).toBe(encoded);
    expect(Buffer.from(fromBase64(encoded)).toString()).toBe(text);
  });

  it.each([
    'Zh==',
    'Zm9=',
    'Zg',
    'Zg=',
    'Zg===',
    '====',
    '=',
    'Z===',
    ' Zg==',
    'Zg==\n',
    'Zm-_',
    'Zm9v====',
    'Zé==',
  ])('is not %j', (text) => {
    expect(() => fromBase64(text)).toThrow(IntegrityError);
  });

  it('is what the platform writes, and only that is read', () => {
    assert(
      property(uint8Array({ maxLength: 100 }), (bytes) => {
        const encoded = Buffer.from(bytes).toString('base64');
        expect(toBase64(bytes)).toBe(encoded);
        expect(fromBase64(encoded)).toEqual(bytes);
      }),
      { seed: 11 },
    );
    assert(
      property(string({ unit: 'binary-ascii', maxLength: 12 }), (text) => {
        expect(decodes(text)).toBe(Buffer.from(text, 'base64').toString('base64') === text);
      }),
      { seed: 11, numRuns: 2000 },
    );
  });
});

describe('bytes and numbers', () => {
  it('are told in hexadecimal digits', () => {
    expect(toHex(Uint8Array.of(0, 1, 0xab, 0xff))).toBe('0001abff');
  });

  it('are equal only byte for byte', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2))).toEqual(
      Uint8Array.of(1, 2),
    );
  });

  it('are text only where they are UTF-8, and a byte order mark is kept', () => {
    expect(textOf(Buffer.from('é'))).toBe('é');
    expect(textOf(Uint8Array.of(0xc3))).toBeUndefined();
    expect(textOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
  });

  it('are decimal without sign, leading zero or digits beyond 2^53', () => {
    expect(['0', '5', '9007199254740991'].map(readDecimal)).toEqual([0, 5, 2 ** 53 - 1]);
    const wrong = ['', '05', '00', '+1', '-1', '1.0', '1e3', ' 1', '1\n', '9007199254740992', '٣'];
    expect(wrong.map(readDecimal)).toEqual(wrong.map(() => undefined));
  });
});

function decodes(text: string): boolean {
  try {
    fromBase64(text);
    return true;
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    return false;
  }
}
