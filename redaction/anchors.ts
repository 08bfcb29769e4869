/**
 * Where a detector is to look: bytes that are rare in clean text and stand in everything that is looked for (a digit, the `:` behind
 * a key, the `_` of `ghp_`), told by the byte itself, the one before it and the one behind it. A rule is a superset: what it lets
 * through is looked at exactly, what it does not is nothing.
 */
export type AnchorRule = {
  readonly at: readonly number[];
  /** Any byte when left out; `0` stands for the beginning and the end of a text. */
  readonly before?: readonly number[];
  readonly behind?: readonly number[];
  /** Any byte but these. Taken exactly, so they must be all pairings of some upper and some lower halves of a byte. */
  readonly notBefore?: readonly number[];
};

/** Bits of what stands anywhere in a text, as `seen` says it. */
export const SEEN_LINE_BREAK = 1;
export const SEEN_BACKSLASH = 2;
/** Lead bytes of scripts without capitals: Hebrew, Arabic, Indian, Thai, and all of East Asia. */
export const SEEN_UNCASED = 4 | 8;
export const SEEN_ABOVE_ASCII = 16;

/** `anchorRules` come in two sets of eight, for a bit each in a byte. */
export const RULES_A_SET = 8;

const digits = range(0x30, 0x39);
const capitals = range(0x41, 0x5a);
const small = range(0x61, 0x7a);
const above = range(0x80, 0xff);
const wordBytes = [...digits, ...capitals, ...small];

export const anchorRules: readonly AnchorRule[] = [
  { at: digits, notBefore: digits },
  // Behind a key; `>` ends a tag.
  { at: codes(':=>') },
  // `//` and `\/` of an address, `--` of a key's header, ` -u` of a command.
  { at: codes('/-'), behind: codes('/\\-u') },
  // Within prefixes of secrets; `_` among them.
  { at: codes('-._'), before: wordBytes, behind: [...wordBytes, ...codes('-_')] },
  // Prefixes without such a sign begin with an A.
  { at: codes('A'), behind: [...capitals, ...small] },
  // The `J` of `eyJ`, the `w` of `password`.
  { at: codes('Jw'), before: codes('ysS') },
  // `Bearer`, `Basic`.
  { at: codes('Bb'), behind: codes('eEaA') },
  { at: codes('@') },
  // Capitals at the beginning of a word: by what stands before them, in three parts.
  { at: capitals, before: [0, ...range(0x01, 0x2f), ...above], behind: wordGoesOn() },
  { at: capitals, before: codes(':;<=>?[\\]^{|}~'), behind: wordGoesOn() },
  { at: capitals, before: codes('nrt`'), behind: wordGoesOn() },
  { at: codes('%&'), behind: [...wordBytes, ...codes('#')] },
  { at: codes('\\'), behind: codes('ux') },
  { at: [0xef, 0xd9, 0xdb, 0xc2, 0xc3, 0xd0, 0xe0, 0xe2, 0xf0] },
  // What took the place of a value already.
  { at: codes('['), behind: [...capitals, ...codes('r')] },
  // Fields of HL7 segments.
  { at: codes('|'), before: codes('D1') },
];

function wordGoesOn(): readonly number[] {
  return [...small, ...above, ...codes(".' ")];
}

/** The rules of one set as two look-ups of half a byte for each of the three places, and 256 look-ups for the way without SIMD. */
export type RuleTables = {
  /** 16 bytes by the lower half, 16 by the upper: a rule's bit is in both where its byte may stand. */
  readonly at: Uint8Array;
  readonly before: Uint8Array;
  readonly behind: Uint8Array;
  /** Bits of rules whose `before` says what must not stand there. */
  readonly inverted: number;
};

export function tablesOf(rules: readonly AnchorRule[]): RuleTables {
  const tables = {
    at: new Uint8Array(32),
    before: new Uint8Array(32),
    behind: new Uint8Array(32),
    inverted: 0,
  };
  rules.forEach(({ at, before, behind, notBefore }, index) => {
    const bit = 1 << index;
    addTo(tables.at, at, bit);
    addTo(tables.before, notBefore ?? before ?? range(0, 0xff), bit);
    addTo(tables.behind, behind ?? range(0, 0xff), bit);
    if (notBefore !== undefined) tables.inverted |= bit;
  });
  return tables;
}

/** What is seen of a text, as tables of half a byte. */
export const seenTable = new Uint8Array(32);
addTo(seenTable, codes('\n'), SEEN_LINE_BREAK);
addTo(seenTable, codes('\\'), SEEN_BACKSLASH);
addTo(seenTable, [0xd7, 0xd8, 0xd9], 4);
addTo(seenTable, [0xe0, ...range(0xe3, 0xed)], 8);
addTo(seenTable, above, SEEN_ABOVE_ASCII);

/** The bits of a byte in a table of two halves. */
export function bitsOf(table: Uint8Array, byte: number): number {
  return (table[byte & 15] ?? 0) & (table[16 + (byte >> 4)] ?? 0);
}

function addTo(table: Uint8Array, bytes: readonly number[], bit: number): void {
  for (const byte of bytes) {
    table[byte & 15] = (table[byte & 15] ?? 0) | bit;
    table[16 + (byte >> 4)] = (table[16 + (byte >> 4)] ?? 0) | bit;
  }
}

function codes(characters: string): readonly number[] {
  return Array.from(characters, (character) => character.charCodeAt(0));
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
