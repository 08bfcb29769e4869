/** What is being made of compressed bytes: grows as it is written, up to a bound, and can be copied from where it was written before. */
export class Inflated {
  readonly #bytesMax: number;
  #bytes: Buffer;
  #length = 0;

  constructor(bytesMax: number, expected: number) {
    this.#bytesMax = bytesMax;
    this.#bytes = Buffer.allocUnsafe(Math.min(Math.max(expected, 64), bytesMax));
  }

  get length(): number {
    return this.#length;
  }

  add(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Repeats what lies so far back; where that is shorter than what is wanted, over and over. */
  repeat(back: number, count: number): void {
    if (back < 1 || back > this.#length) throw new DamagedBatch('it copies from before its begin');
    this.#makeRoom(count);
    const bytes = this.#bytes;
    const end = this.#length + count;
    const from = this.#length - back;
    // What was copied so far is copied along, twice as much each time.
    for (let at = this.#length; at < end;) {
      const piece = Math.min(at - from, end - at);
      bytes.copyWithin(at, from, from + piece);
      at += piece;
    }
    this.#length = end;
  }

  taken(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #makeRoom(count: number): void {
    const needed = this.#length + count;
    if (needed > this.#bytesMax) throw new BatchTooLarge(this.#bytesMax);
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(
      Math.min(this.#bytesMax, Math.max(needed, 2 * this.#bytes.length)),
    );
    larger.set(this.taken());
    this.#bytes = larger;
  }
}

/** Compressed bytes that nobody can read. */
export class DamagedBatch extends Error {
  override readonly name = 'DamagedBatch';

  constructor(why: string) {
    super(`A compressed batch is damaged: ${why}.`);
  }
}

/** More would come of a batch than is allowed; coded as `node:zlib` codes it. */
class BatchTooLarge extends RangeError {
  override readonly name = 'BatchTooLarge';
  readonly code = 'ERR_BUFFER_TOO_LARGE';

  constructor(bytesMax: number) {
    super(`A compressed batch would become larger than ${bytesMax} bytes.`);
  }
}
