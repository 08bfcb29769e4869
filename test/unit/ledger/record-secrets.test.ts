import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitmentOf } from '../../../key-store/trace-secrets.ts';
import { recordSecrets } from '../../../ledger/record-secrets.ts';

describe('a commitment', () => {
  it.each([
    ['args', 0xa1, '{"path":"/etc/hosts"}', 'WiP2yKNM6iXzQlakU5MTTpW7ADqCHvwV9I_y1xONgX8'],
    ['result', 0xa2, '127.0.0.1 localhost\n', 'wZZYrLlU8u7wgOVbgUhqYc_9dU3dftNoq87QVRO-XlM'],
  ])('of %s is the published vector', (name, byte, value, expected) => {
    expect(commitmentOf(Buffer.alloc(32, byte), name, Buffer.from(value))).toBe(expected);
  });

  it('is HMAC-SHA-256, whatever the sizes', () => {
    const bytes = fc.uint8Array({ maxLength: 150_000, size: 'max' });
    const run = (value: Uint8Array, key: Uint8Array): void => {
      const salt = Buffer.alloc(32).fill(key);
      const expected = createHmac('sha256', salt).update('a\0').update(value).digest('base64url');
      expect(commitmentOf(salt, 'a', value)).toBe(expected);
    };
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(fc.property(bytes, key, run), { seed: 5, numRuns: 20 });
  });
});

describe('the secrets of a record', () => {
  const record = {
    recordId: 'r.0',
    payload: [
      {
        name: 'arguments',
        mediaType: 'text/plain',
        value: Buffer.from('yes'),
        encoding: 'identity',
        keyId: null,
        bytes: 3,
        digest: '',
        truncated: false,
      },
    ],
  };
  const key = Buffer.alloc(32, 3);

  it('are other ones for another record, field or key', () => {
    const saltOf = (traceKey: Buffer, recordId: string, name: string) =>
      Buffer.from(
        recordSecrets(traceKey, { ...record, recordId }).seal(name, Buffer.from('yes')).salt ?? [],
      ).toString('hex');
    const salts = [
      saltOf(key, 'r.0', 'arguments'),
      saltOf(key, 'r.1', 'arguments'),
      saltOf(key, 'r.0', 'result'),
      saltOf(Buffer.alloc(32, 4), 'r.0', 'arguments'),
    ];
    expect(new Set(salts).size).toBe(4);
    expect(salts[0]).toBe(saltOf(key, 'r.0', 'arguments'));
  });

  it('are none where the key was destroyed', () => {
    const secrets = recordSecrets(null, record);
    expect(secrets.blind).toBeNull();
    expect(secrets.fields).toMatchObject([{ salt: null, commitment: null }]);
  });
});
