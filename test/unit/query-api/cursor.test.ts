import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenBinding } from '../../../query-api/cursor.ts';
import { openToken, sealToken } from '../../../query-api/cursor.ts';

const key = Buffer.alloc(32, 1);
const binding: TokenBinding = { purpose: 'cursor', tenant: 'acme', filters: '[]' };
const value = { position: { 'records/p0/e0': 12 }, timeUs: 5, callId: 'ab' };

describe('a token', () => {
  it('opens to what was sealed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (any) => {
        const token = sealToken(key, binding, any);
        expect(openToken(key, binding, token)).toEqual(JSON.parse(JSON.stringify(any)));
      }),
    );
  });

  it('does not open when any of its bits is changed', () => {
    const bytes = Buffer.from(sealToken(key, binding, value), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 3) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(openToken(key, binding, altered.toString('base64url'))).toBeUndefined();
    }
  });

  it('does not open for another key, tenant, purpose or filter, nor when cut', () => {
    const token = sealToken(key, binding, value);
    expect(openToken(Buffer.alloc(32, 2), binding, token)).toBeUndefined();
    expect(openToken(key, { ...binding, tenant: 'umbra' }, token)).toBeUndefined();
    expect(openToken(key, { ...binding, purpose: 'asOf' }, token)).toBeUndefined();
    expect(openToken(key, { ...binding, filters: '[1]' }, token)).toBeUndefined();
    for (const text of ['', 'abc', token.slice(4), `${token}==`]) {
      expect(openToken(key, binding, text)).toBeUndefined();
    }
  });

  it('is as long for a large log as for a small one', () => {
    const large = { ...value, position: { 'records/p0/e0': 9_000_000_000 } };
    expect(sealToken(key, binding, large)).toHaveLength(sealToken(key, binding, value).length);
  });
});
