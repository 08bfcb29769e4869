import { frames, keysOf, sentences } from './frames.ts';
import type { Case } from './labelled-case.ts';
import { pick } from './valid-ids.ts';
import type { Maker, Part } from './values.ts';
import { languages } from './values.ts';

/** The cases of a part: the same seed gives the same. */
export function makeCases(part: Part, random: () => number, count: number): readonly Case[] {
  const cases: Case[] = [];
  for (let at = 0; at < count; at += 1) {
    const language = languages[at % languages.length] ?? 'en';
    const maker: Maker = { random, language, part };
    const frame = pick(random, frames[part]);
    const { text, spans } = frame.make(
      maker,
      frame.format === 'prose' ? pick(random, sentences(part, language)) : '',
      keysOf(part),
    );
    cases.push({ id: `${part}-${at + 1}`, language, format: frame.format, text, spans });
  }
  return cases;
}
