import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from '../../../integrity/bytes.ts';
import { hmacSha256, sha256, verifyEd25519 } from '../../../integrity/primitives.ts';

const publicKey = fromHex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
const signature = fromHex(
  '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
    '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
);

describe('the primitives', () => {
  it('hash as FIPS 180-2 appendix B.1', () => {
    expect(toHex(sha256(utf8('abc')))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('authenticate as RFC 4231 §4.3', () => {
    expect(toHex(hmacSha256(utf8('Jefe'), utf8('what do ya want for nothing?')))).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('verify as RFC 8032 §7.1, test 2, and nothing that differs by a bit', async () => {
    const message = fromHex('72');
    expect(await verifyEd25519(publicKey, message, signature)).toBe(true);
    expect(await verifyEd25519(publicKey, fromHex('73'), signature)).toBe(false);
    for (let bit = 0; bit < 512; bit += 1) {
      const flipped = Uint8Array.from(signature);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await verifyEd25519(publicKey, message, flipped)).toBe(false);
    }
  });

  it('answer false to bytes that are no key or no signature', async () => {
    const message = fromHex('72');
    expect(await verifyEd25519(publicKey.subarray(1), message, signature)).toBe(false);
    expect(await verifyEd25519(new Uint8Array(32).fill(255), message, signature)).toBe(false);
    expect(await verifyEd25519(publicKey, message, signature.subarray(1))).toBe(false);
    expect(await verifyEd25519(publicKey, message, new Uint8Array(0))).toBe(false);
  });
});

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
