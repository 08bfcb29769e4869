import { describe, expect, it } from 'vitest';
import { classToken } from '../../../redaction/class-token.ts';
import { isClassToken, tokensOfValue } from '../../../redaction/search-tokens.ts';

const one = { version: 1, key: Buffer.alloc(32, 7) };
const two = { version: 2, key: Buffer.alloc(32, 8) };

describe('tokens that are searched for', () => {
  it('are those of each key and class, and none of what may have no digest', () => {
    const tokens = tokensOfValue([one, two], 'Ana@Example.com');
    expect(tokens).toContain(classToken(one, 'email', 'ana@example.com'));
    expect(tokens).toContain(classToken(two, 'email', 'ana@example.com'));
    expect(tokens).toContain(classToken(two, 'username', 'ana@example.com'));
    expect(tokens.some((token) => /SECRET|PASSWORD|PRIVATE_KEY|CARD_VER/.test(token))).toBe(false);
    expect(tokens.every(isClassToken)).toBe(true);
  });

  it('are known as such, whole', () => {
    expect(isClassToken(`${classToken(one, 'email', 'a@b.c')} `)).toBe(false);
    expect(isClassToken(`[EMAIL:k0:${'0'.repeat(24)}]`)).toBe(false);
    expect(isClassToken('ana@example.com')).toBe(false);
  });
});
