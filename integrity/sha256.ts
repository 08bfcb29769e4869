/**
 * SHA-256 (FIPS 180-4), 32 bytes, in plain TypeScript: WebCrypto's answers later only, and a tree has thousands. Where Node runs, `primitives.ts` has a
 * faster one.
 */
export function sha256(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array((Math.floor((bytes.length + 8) / 64) + 1) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  const state = Int32Array.from(INITIAL);
  const schedule = new Int32Array(64);
  for (let at = 0; at < padded.length; at += 64) compress(state, schedule, view, at);
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, index) => digest.setInt32(index * 4, word));
  return new Uint8Array(digest.buffer);
}

/** §6.2.2. */
function compress(state: Int32Array, w: Int32Array, view: DataView, at: number): void {
  for (let t = 0; t < 64; t += 1) w[t] = t < 16 ? view.getInt32(at + t * 4) : expand(w, t);
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let t = 0; t < 64; t += 1) {
    const sigma1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const choice = (e & f) ^ (~e & g);
    const t1 = (h + sigma1 + choice + (K[t] ?? 0) + (w[t] ?? 0)) | 0;
    const sigma0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    [h, g, f, e] = [g, f, e, (d + t1) | 0];
    [d, c, b, a] = [c, b, a, (t1 + sigma0 + majority) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => {
    state[index] = ((state[index] ?? 0) + word) | 0;
  });
}

function expand(w: Int32Array, t: number): number {
  const before15 = w[t - 15] ?? 0;
  const before2 = w[t - 2] ?? 0;
  const small0 = turn(before15, 7) ^ turn(before15, 18) ^ (before15 >>> 3);
  const small1 = turn(before2, 17) ^ turn(before2, 19) ^ (before2 >>> 10);
  return ((w[t - 16] ?? 0) + small0 + (w[t - 7] ?? 0) + small1) | 0;
}

function turn(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

// §4.2.2 and §5.3.3: the first 32 bits of the fractions of the cube roots of the first 64 primes, and of the square roots of the first eight.
const primes = Array.from({ length: 312 }, (_, value) => value).filter(isPrime);
const K = Int32Array.from(primes, (prime) => fractionOfRoot(BigInt(prime), 3n));
const INITIAL = Int32Array.from(primes.slice(0, 8), (prime) => fractionOfRoot(BigInt(prime), 2n));

function isPrime(value: number): boolean {
  if (value < 2) return false;
  for (let by = 2; by * by <= value; by += 1) if (value % by === 0) return false;
  return true;
}

/** The largest r with r^degree ≤ value × 2^(32 × degree), without what lies above 32 bits. */
function fractionOfRoot(value: bigint, degree: bigint): number {
  const scaled = value << (32n * degree);
  let root = 0n;
  for (let bit = 1n << 40n; bit > 0n; bit >>= 1n) {
    if ((root + bit) ** degree <= scaled) root += bit;
  }
  return Number(BigInt.asIntN(32, root));
}
