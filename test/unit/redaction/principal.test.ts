import { describe, expect, it } from 'vitest';
import { RedactionError } from '../../../redaction/errors.ts';
import {
  openDirectoryEntry,
  principalId,
  sealDirectoryEntry,
  sessionHash,
} from '../../../redaction/principal.ts';

const key = Buffer.from('Jefe');
// RFC 4231, test case 2.
const text = 'what do ya want for nothing?';
const digest = '5bdcc146bf60754e6a042426089575c7';

describe('principalId', () => {
  it('is the keyed hash of the name', () => {
    expect(principalId(key, text)).toBe(`p_${digest}`);
  });

  it('is one for every spelling of a name', () => {
    expect(principalId(key, `  ${text.toUpperCase()}\n`)).toBe(`p_${digest}`);
    expect(principalId(key, 'ame\u0301lie')).toBe(principalId(key, 'AM\u00c9LIE'));
  });
});

describe('sessionHash', () => {
  it('is the keyed hash of exactly what was sent', () => {
    expect(sessionHash(key, text)).toBe(`s_${digest}`);
    expect(sessionHash(key, text.toUpperCase())).not.toBe(`s_${digest}`);
  });
});

describe('a directory entry', () => {
  const directoryKey = Buffer.alloc(32, 9);
  const place = { tenant: 'default', principalId: 'p_1' };
  const entry = { name: 'Alice Example', key: 'user.name' };
  const sealed = sealDirectoryEntry(directoryKey, place, entry, Buffer.alloc(12, 5));

  it('opens to what was sealed, and hides it until then', () => {
    expect(openDirectoryEntry(directoryKey, place, sealed)).toEqual(entry);
    expect(sealed.includes('Alice')).toBe(false);
  });

  it.each([
    ['another key', Buffer.alloc(32, 8), place, sealed],
    ['another tenant', directoryKey, { ...place, tenant: 'other' }, sealed],
    ['another principal', directoryKey, { ...place, principalId: 'p_2' }, sealed],
    ['bytes that were altered', directoryKey, place, Buffer.from(sealed).fill(0, 20, 21)],
    ['bytes that were cut off', directoryKey, place, sealed.subarray(0, 10)],
    ['nothing', directoryKey, place, Buffer.alloc(0)],
  ])('does not open with %s', (_, otherKey, otherPlace, bytes) => {
    expect(() => openDirectoryEntry(otherKey, otherPlace, bytes)).toThrow(RedactionError);
  });
});
