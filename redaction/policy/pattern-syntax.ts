/** A set of UTF-16 code units: ranges, both ends inclusive, or all others. */
export type CharacterSet = {
  readonly ranges: readonly (readonly [number, number])[];
  readonly isNegated: boolean;
};

/** A pattern as a tree. `most` is null where nothing bounds a repetition. */
export type PatternNode =
  | { readonly kind: 'character'; readonly set: CharacterSet }
  | { readonly kind: 'boundary' }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly parts: readonly PatternNode[] }
  | {
      readonly kind: 'repeat';
      readonly part: PatternNode;
      readonly least: number;
      readonly most: number | null;
    };

/** Why a text is no pattern; the message names a place in it. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/**
 * Reads a pattern: letters and digits as they stand, `.`, `[a-z]`, `[^…]`, `\d \w \s` and their opposites, `\b`, `(…)`, `|`, `? * +`,
 * `{2}`, `{2,}`, `{2,5}`. What would need more than one pass over a text (look-around, back references) is refused.
 */
export function parsePattern(pattern: string): PatternNode {
  if (pattern.length > PATTERN_LENGTH_MAX) {
    throw new PatternError(`is longer than ${PATTERN_LENGTH_MAX} characters`);
  }
  const reader: Reader = { pattern, at: 0, depth: 0 };
  const node = readChoice(reader);
  if (reader.at < pattern.length) throw wrong(reader, 'a ) that opens nowhere');
  return node;
}

const PATTERN_LENGTH_MAX = 512;
const DEPTH_MAX = 16;
const REPEAT_MAX = 256;

type Reader = { readonly pattern: string; at: number; depth: number };

function readChoice(reader: Reader): PatternNode {
  const parts = [readSequence(reader)];
  while (reader.pattern[reader.at] === '|') {
    reader.at += 1;
    parts.push(readSequence(reader));
  }
  const [only] = parts;
  return parts.length === 1 && only ? only : { kind: 'choice', parts };
}

function readSequence(reader: Reader): PatternNode {
  const parts: PatternNode[] = [];
  for (;;) {
    const next = reader.pattern[reader.at];
    if (next === undefined || next === '|' || next === ')') return { kind: 'sequence', parts };
    parts.push(readRepeat(reader, readAtom(reader)));
  }
}

function readAtom(reader: Reader): PatternNode {
  const { pattern } = reader;
  const character = pattern[reader.at] ?? '';
  reader.at += 1;
  switch (character) {
    case '(':
      return readGroup(reader);
    case '[':
      return { kind: 'character', set: readSet(reader) };
    case '.':
      return { kind: 'character', set: { ranges: [[0x0a, 0x0a]], isNegated: true } };
    case '\\':
      if (pattern[reader.at] === 'b') {
        reader.at += 1;
        return { kind: 'boundary' };
      }
      return { kind: 'character', set: readEscape(reader) };
    case '^':
    case '$':
      throw wrong(reader, `${character}: a value may stand anywhere in a text; use \\b`);
    case '*':
    case '+':
    case '?':
    case '{':
      throw wrong(reader, `a ${character} that repeats nothing`);
    default:
      return { kind: 'character', set: single(character.charCodeAt(0)) };
  }
}

function readGroup(reader: Reader): PatternNode {
  const { pattern } = reader;
  if (pattern[reader.at] === '?') {
    if (pattern[reader.at + 1] !== ':') throw wrong(reader, 'a look-around or named group');
    reader.at += 2;
  }
  reader.depth += 1;
  if (reader.depth > DEPTH_MAX) throw wrong(reader, `groups nested deeper than ${DEPTH_MAX}`);
  const node = readChoice(reader);
  if (pattern[reader.at] !== ')') throw wrong(reader, 'a ( that is never closed');
  reader.at += 1;
  reader.depth -= 1;
  return node;
}

function readRepeat(reader: Reader, part: PatternNode): PatternNode {
  const counts = readCounts(reader);
  if (counts === null) return part;
  if (part.kind === 'boundary') throw wrong(reader, 'a repeated \\b');
  if ('*+?{'.includes(reader.pattern[reader.at] ?? ' ')) {
    throw wrong(reader, 'a repetition of a repetition; put it into ( )');
  }
  return { kind: 'repeat', part, ...counts };
}

type Counts = { readonly least: number; readonly most: number | null };

function readCounts(reader: Reader): Counts | null {
  const mark = reader.pattern[reader.at] ?? '';
  const simple = simpleCounts[mark];
  if (simple) {
    reader.at += 1;
    return simple;
  }
  if (mark !== '{') return null;
  const close = reader.pattern.indexOf('}', reader.at);
  const inner = close < 0 ? '' : reader.pattern.slice(reader.at + 1, close);
  const [, least = '', comma, most = ''] =
    /^(\d{1,4})(,(\d{0,4}))?$/.exec(inner)?.slice(0, 4) ?? [];
  const bound = comma === undefined ? least : most;
  const counts = { least: Number(least), most: bound === '' ? null : Number(bound) };
  const isOrdered = counts.most === null || counts.most >= counts.least;
  if (least === '' || !isOrdered || Math.max(counts.least, counts.most ?? 0) > REPEAT_MAX) {
    throw wrong(reader, `a count that is not {n}, {n,} or {n,m} with at most ${REPEAT_MAX}`);
  }
  reader.at = close + 1;
  return counts;
}

const simpleCounts: Readonly<Record<string, Counts | undefined>> = {
  '?': { least: 0, most: 1 },
  '*': { least: 0, most: null },
  '+': { least: 1, most: null },
};

function readSet(reader: Reader): CharacterSet {
  const { pattern } = reader;
  const isNegated = pattern[reader.at] === '^';
  if (isNegated) reader.at += 1;
  const ranges: (readonly [number, number])[] = [];
  while (pattern[reader.at] !== ']') {
    const from = readSetItem(reader);
    const [low] = from.ranges[0] ?? [0];
    const isRange = pattern[reader.at] === '-' && pattern[reader.at + 1] !== ']';
    if (!isRange) {
      ranges.push(...rangesOf(from));
      continue;
    }
    reader.at += 1;
    const to = readSetItem(reader);
    const [, high] = to.ranges[0] ?? [0, -1];
    if (!isSingle(from) || !isSingle(to) || high < low) throw wrong(reader, 'a range backwards');
    ranges.push([low, high]);
  }
  reader.at += 1;
  if (ranges.length === 0) throw wrong(reader, 'an empty [ ]');
  return { ranges, isNegated };
}

function readSetItem(reader: Reader): CharacterSet {
  const character = reader.pattern[reader.at];
  if (character === undefined) throw wrong(reader, 'a [ that is never closed');
  reader.at += 1;
  return character === '\\' ? readEscape(reader) : single(character.charCodeAt(0));
}

function isSingle({ ranges, isNegated }: CharacterSet): boolean {
  return !isNegated && ranges.length === 1 && ranges[0]?.[0] === ranges[0]?.[1];
}

// A negated escape within a set, `[\D.]`, as what it leaves.
function rangesOf({ ranges, isNegated }: CharacterSet): readonly (readonly [number, number])[] {
  if (!isNegated) return ranges;
  const left: (readonly [number, number])[] = [];
  let from = 0;
  for (const [low, high] of ranges.toSorted(([a], [b]) => a - b)) {
    if (low > from) left.push([from, low - 1]);
    from = high + 1;
  }
  left.push([from, 0xffff]);
  return left;
}

function readEscape(reader: Reader): CharacterSet {
  const character = reader.pattern[reader.at];
  if (character === undefined) throw wrong(reader, 'a \\ at the end');
  reader.at += 1;
  const named = namedSets[character.toLowerCase()];
  if (named) return { ranges: named, isNegated: character !== character.toLowerCase() };
  const control = controls[character];
  if (control !== undefined) return single(control);
  if (/[A-Za-z0-9]/.test(character)) throw wrong(reader, `\\${character}, which is not known`);
  return single(character.charCodeAt(0));
}

const namedSets: Readonly<Record<string, CharacterSet['ranges'] | undefined>> = {
  d: [[0x30, 0x39]],
  w: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
  ],
  s: [
    [0x09, 0x0d],
    [0x20, 0x20],
    [0xa0, 0xa0],
  ],
};

const controls: Readonly<Record<string, number | undefined>> = { t: 0x09, n: 0x0a, r: 0x0d };

function single(code: number): CharacterSet {
  return { ranges: [[code, code]], isNegated: false };
}

function wrong({ at }: Reader, what: string): PatternError {
  return new PatternError(`has ${what}, at character ${at}`);
}
