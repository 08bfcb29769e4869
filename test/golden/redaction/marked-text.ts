import type { Random } from '../../../bench/seeded.ts';
import { hex, mulberry32 } from '../../../bench/seeded.ts';
import { isDataClass } from '../../../redaction/data-classes.ts';
import type { Case, Span } from './labelled-case.ts';

/**
 * Cases as people write them: a line each, `language<TAB>format<TAB>text`, values as `⟦class:value⟧`, `\\n` and `\\t` for breaks and tabs.
 * `{alnum36}` and the like stand for so many random characters, the same ones each time, so that no file holds what looks like a key.
 */
export function readMarked(source: string, name = 'hand-written'): readonly Case[] {
  const random = mulberry32(4_711);
  return source
    .trim()
    .split('\n')
    .map((line, at) => {
      const [language = '', format = '', marked = ''] = line.split('\t');
      return { id: `${name}-${at + 1}`, language, format, ...unmarked(filled(marked, random)) };
    });
}

const SMALL = 'abcdefghijklmnopqrstuvwxyz';
const CAPITALS = SMALL.toUpperCase();
const DIGITS = '0123456789';

const alphabets: Readonly<Record<string, string>> = {
  alnum: CAPITALS + SMALL + DIGITS,
  letters: CAPITALS + SMALL,
  lower: SMALL + DIGITS,
  upper: `${CAPITALS}234567`,
  digits: DIGITS,
  hexu: '0123456789ABCDEF',
  b64url: `${CAPITALS}${SMALL}${DIGITS}-_`,
  bech: 'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L',
};

function filled(marked: string, random: Random): string {
  return marked
    .replace(/\{uuid\}/g, () => [8, 4, 4, 4, 12].map((size) => hex(random, size)).join('-'))
    .replace(/\{hex(\d+)\}/g, (_, size: string) => hex(random, Number(size)))
    .replace(/\{([a-z0-9]*?[a-z])(\d+)\}/g, (whole: string, name: string, size: string) => {
      const alphabet = alphabets[name];
      if (alphabet === undefined) return whole;
      const one = () => alphabet[Math.floor(random() * alphabet.length)] ?? '';
      return Array.from({ length: Number(size) }, one).join('');
    });
}

function unmarked(marked: string): Pick<Case, 'text' | 'spans'> {
  const spans: Span[] = [];
  let text = '';
  for (const part of marked
    .replaceAll('\\n', '\n')
    .replaceAll('\\t', '\t')
    .split(/(⟦[^⟧]*⟧)/)) {
    const [, dataClass = '', value = ''] = /^⟦(\w+):([\s\S]*)⟧$/.exec(part) ?? [];
    if (isDataClass(dataClass)) {
      spans.push({ start: text.length, end: text.length + value.length, dataClass });
      text += value;
    } else text += part;
  }
  return { text, spans };
}
