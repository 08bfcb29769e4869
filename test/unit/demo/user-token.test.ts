import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { issueToken, userOfToken } from '../../../demo/user-token.ts';

describe("a user's token", () => {
  it('names its user to whoever has the secret', () => {
    const mac = createHmac('sha256', 'secret').update('ben@example.com').digest('base64url');
    expect(issueToken('secret', 'ben@example.com')).toBe(`ben@example.com.${mac}`);
    expect(userOfToken('secret', `Bearer ben@example.com.${mac}`)).toBe('ben@example.com');
  });

  it.each([
    ['of another secret', `Bearer ${issueToken('other', 'ben@example.com')}`],
    ['of another user', `Bearer ${issueToken('secret', 'ben@example.com').replace('ben', 'ana')}`],
    ['of another scheme', `Basic ${issueToken('secret', 'ben@example.com')}`],
    ['that is missing', undefined],
  ])('names nobody %s', (_, authorization) => {
    expect(userOfToken('secret', authorization)).toBeUndefined();
  });
});
