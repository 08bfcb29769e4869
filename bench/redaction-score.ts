import type { Span } from '../test/golden/redaction/labelled-case.ts';

export type FoundSpan = {
  readonly start: number;
  readonly end: number;
  readonly dataClass: string;
};
/** A labelled text; the classes may be those of another set. */
export type ScoredCase = { readonly text: string; readonly spans: readonly FoundSpan[] };

export type Detector = (text: string) => readonly FoundSpan[] | Promise<readonly FoundSpan[]>;

export type Tally = {
  gold: number;
  recalled: number;
  typed: number;
  covered: number;
  found: number;
  right: number;
};

export type Score = {
  readonly any: Tally;
  readonly byClass: ReadonlyMap<string, Tally>;
  /** Characters of values that are left, of all characters of values. */
  readonly leaked: number;
  /** Characters that are no value's and were taken, of all such. */
  readonly overRedacted: number;
  /** False findings per 1,000 characters of texts without any value. */
  readonly falsePerThousand: number;
};

/** A value counts as found when half of its characters are covered, a finding as right when half of it is a value's. */
export async function score(cases: readonly ScoredCase[], detect: Detector): Promise<Score> {
  const any = emptyTally();
  const byClass = new Map<string, Tally>();
  let [valueChars, leakedChars, plainChars, takenChars, hardChars, hardFound] = [0, 0, 0, 0, 0, 0];
  for (const { text, spans } of cases) {
    const found = await detect(text);
    for (const span of spans) {
      const covered = overlap(span, found);
      const typed = overlap(
        span,
        found.filter(({ dataClass }) => dataClass === span.dataClass),
      );
      const size = span.end - span.start;
      for (const tally of [any, tallyOf(byClass, span.dataClass)]) {
        tally.gold += 1;
        if (covered * 2 >= size) tally.recalled += 1;
        if (typed * 2 >= size) tally.typed += 1;
        if (covered === size) tally.covered += 1;
      }
      valueChars += size;
      leakedChars += size - covered;
    }
    for (const one of found) {
      const inside = overlap(one, spans);
      const isRight =
        inside * 2 >= one.end - one.start ||
        spans.some((span) => overlap(span, [one]) * 2 >= span.end - span.start);
      for (const tally of [any, tallyOf(byClass, one.dataClass)]) {
        tally.found += 1;
        if (isRight) tally.right += 1;
      }
      takenChars += one.end - one.start - inside;
    }
    plainChars += text.length - spans.reduce((sum, span) => sum + span.end - span.start, 0);
    if (spans.length === 0) {
      hardChars += text.length;
      hardFound += found.length;
    }
  }
  return {
    any,
    byClass,
    leaked: leakedChars / Math.max(1, valueChars),
    overRedacted: takenChars / Math.max(1, plainChars),
    falsePerThousand: (1000 * hardFound) / Math.max(1, hardChars),
  };
}

export function precision({ right, found }: Tally): number {
  return found === 0 ? 1 : right / found;
}

export function recall({ recalled, gold }: Tally): number {
  return gold === 0 ? 1 : recalled / gold;
}

/** F with recall weighed twice. */
export function f2(p: number, r: number): number {
  return p + r === 0 ? 0 : (5 * p * r) / (4 * p + r);
}

/** F2 over all values where the class must be right too. */
export function typedF2({ any }: Score): number {
  return f2(precision(any), any.typed / Math.max(1, any.gold));
}

function emptyTally(): Tally {
  return { gold: 0, recalled: 0, typed: 0, covered: 0, found: 0, right: 0 };
}

function tallyOf(tallies: Map<string, Tally>, name: string): Tally {
  const tally = tallies.get(name) ?? emptyTally();
  tallies.set(name, tally);
  return tally;
}

function overlap(
  span: Pick<Span, 'start' | 'end'>,
  others: readonly Pick<Span, 'start' | 'end'>[],
): number {
  let total = 0;
  for (const { start, end } of others) {
    total += Math.max(0, Math.min(end, span.end) - Math.max(start, span.start));
  }
  return Math.min(total, span.end - span.start);
}
