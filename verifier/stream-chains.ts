import type { LeafFacts } from './read-leaf.ts';
import type { Finding } from './report.ts';

/** Streams that one range remembers. */
const STREAMS_MAX = 100_000;

type Link = { readonly seq: number; readonly hash: string };

/** What a leaf says of the one before it in its stream, held against it: within a stream no leaf may be missing or in another order. */
export class StreamChains {
  readonly #last = new Map<string, Link>();
  #isWhole: boolean;
  #offset = -1;

  /** Whether the range begins with the log's first leaf: then a stream begins with number 0. */
  constructor(isWhole: boolean) {
    this.#isWhole = isWhole;
  }

  /** What is wrong with the next leaf, whose hash is given in hexadecimal digits. */
  follow(
    { tenant, place }: LeafFacts,
    hash: string,
  ): readonly Pick<Finding, 'verdict' | 'reason'>[] {
    if (place === undefined || tenant === undefined) return [];
    const { seq, prev, offset } = place;
    const findings: Pick<Finding, 'verdict' | 'reason'>[] = [];
    if (offset <= this.#offset) {
      findings.push({
        verdict: 'MISMATCH',
        reason: `offset ${offset} does not follow ${this.#offset}`,
      });
    }
    this.#offset = offset;
    const before = this.#last.get(tenant) ?? this.#beginning();
    if (before) findings.push(...brokenLink(before, seq, prev));
    if (this.#last.has(tenant) || this.#last.size < STREAMS_MAX)
      this.#last.set(tenant, { seq, hash });
    return findings;
  }

  /** A leaf could not be read: nobody can tell which stream goes on behind it, so each begins anew. */
  forget(): void {
    this.#last.clear();
    this.#isWhole = false;
  }

  #beginning(): Link | undefined {
    return this.#isWhole ? { seq: -1, hash: '' } : undefined;
  }
}

function brokenLink(
  before: Link,
  seq: number,
  prev = '',
): readonly Pick<Finding, 'verdict' | 'reason'>[] {
  if (seq > before.seq + 1) {
    const reason = `numbers ${before.seq + 1} to ${seq - 1} of its stream are not here`;
    return [{ verdict: 'MISSING', reason }];
  }
  if (seq < before.seq + 1) {
    return [
      { verdict: 'MISMATCH', reason: `number ${seq} of its stream comes after ${before.seq}` },
    ];
  }
  if (prev === before.hash) return [];
  return [
    { verdict: 'MISMATCH', reason: 'it names another leaf as the one before it in its stream' },
  ];
}
