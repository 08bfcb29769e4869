/**
 * 53 bits over bytes, as a number: two lanes of multiply and mix in the manner of MurmurHash3's finalizer. It tells a span that comes again
 * from the same identifier with other content; it proves nothing, and a sender that makes two contents collide hides only its
 * own contradiction. SHA-256 here would cost as much as reading the span.
 */
export function contentDigest(bytes: Uint8Array): number {
  let high = 0x9e37_79b9 ^ bytes.length;
  let low = 0x85eb_ca6b ^ bytes.length;
  const whole = bytes.length & ~3;
  let at = 0;
  for (; at < whole; at += 4) {
    const word =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    high = Math.imul(high ^ word, 0x9e37_79b1);
    high ^= high >>> 15;
    low = Math.imul(low ^ word, 0x85eb_ca77);
    low ^= low >>> 13;
  }
  for (; at < bytes.length; at += 1) {
    high = Math.imul(high ^ (bytes[at] ?? 0), 0x9e37_79b1);
    low = Math.imul(low ^ (bytes[at] ?? 0), 0x85eb_ca77);
  }
  high = finalMix(high ^ low);
  low = finalMix(low + high);
  return (high >>> 11) * 0x1_0000_0000 + (low >>> 0);
}

function finalMix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85eb_ca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}
