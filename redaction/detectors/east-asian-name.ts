import type { Scan } from '../finding.ts';
import { report, textOf } from '../finding.ts';
import { isEastAsianName } from '../names.ts';

const WINDOW_BYTES = 24;

const suffixes: readonly (readonly [string, RegExp])[] = [
  ['さん', /[\p{Script=Han}]{1,4}$/u],
  ['さま', /[\p{Script=Han}]{1,4}$/u],
  ['様', /[\p{Script=Han}]{2,5}$/u],
  ['先生', /[\p{Script=Han}]{1,3}$/u],
  ['先輩', /[\p{Script=Han}]{2,3}$/u],
  ['女士', /[\p{Script=Han}]{1,3}$/u],
  ['님', /\p{Script=Hangul}{3}$/u],
  ['씨', /\p{Script=Hangul}{2,3} ?$/u],
  ['と申します', /[\p{Script=Han}\p{Script=Katakana}]{2,6}$/u],
];
const cues: readonly (readonly [string, RegExp])[] = [
  ['我叫', /^[\p{Script=Han}]{2,3}/u],
  ['我是', /^[\p{Script=Han}]{2,3}/u],
  ['名字是', /^[\p{Script=Han}]{2,3}/u],
  ['患者', /^[\p{Script=Han}]{2,4}/u],
  ['客户', /^[\p{Script=Han}]{2,3}/u],
  ['私は', /^[\p{Script=Han}]{2,5}/u],
  ['저는 ', /^\p{Script=Hangul}{3}/u],
  ['이름은 ', /^\p{Script=Hangul}{3}/u],
  ['اسمي ', /^[\p{Script=Arabic}]{2,12}(?: [\p{Script=Arabic}]{2,12})?/u],
  ['السيد ', /^[\p{Script=Arabic}]{2,12}(?: [\p{Script=Arabic}]{2,12})?/u],
  ['السيدة ', /^[\p{Script=Arabic}]{2,12}(?: [\p{Script=Arabic}]{2,12})?/u],
  ['שמי ', /^[\p{Script=Hebrew}]{2,12}(?: [\p{Script=Hebrew}]{2,12})?/u],
  ['मेरा नाम ', /^[\p{Script=Devanagari}]{2,16}(?: [\p{Script=Devanagari}]{2,16})?(?= है)/u],
  ['श्री ', /^[\p{Script=Devanagari}]{2,16}(?: [\p{Script=Devanagari}]{2,16})?/u],
  ['श्रीमती ', /^[\p{Script=Devanagari}]{2,16}(?: [\p{Script=Devanagari}]{2,16})?/u],
];

/** Names of scripts without capitals, by the honorific behind or the cue before them; asked once for a text that has letters of them. */
export function detectUncasedNames(scan: Scan): void {
  const text = textOf(scan, scan.start, scan.end);
  const found: [number, number][] = [];
  for (const [suffix, pattern] of suffixes) {
    eachPlace(text, suffix, (at) => {
      const name =
        pattern.exec(text.slice(Math.max(0, at - WINDOW_BYTES), at))?.[0].trimEnd() ?? '';
      const isName =
        suffix === '様' || suffix === '先生' || suffix === '女士' || suffix === '님'
          ? isNameLike(name)
          : name !== '';
      if (isName && !notNames.test(name)) found.push([at - name.length, at]);
    });
  }
  for (const [cue, pattern] of cues) {
    eachPlace(text, cue, (at) => {
      const start = at + cue.length;
      const name = pattern.exec(text.slice(start, start + WINDOW_BYTES))?.[0] ?? '';
      const han = /^\p{Script=Han}/u.test(name);
      const size = han ? (longestName(name) ?? '').length : name.length;
      if (size > 1) found.push([start, start + size]);
    });
  }
  for (const [start, end] of found.slice(0, NAMES_MAX)) {
    const from = scan.start + Buffer.byteLength(text.slice(0, start));
    report(scan, from, from + Buffer.byteLength(text.slice(start, end)), {
      dataClass: 'person',
      rule: 'person:cue',
      tier: 'likely',
    });
  }
}

const NAMES_MAX = 64;
const notNames =
  /^(?:お客|皆|各位|患者|お医者|お母|お父|お子|同|本|関係者|奥|王|고객|선생|회원|사장|부장|과장|대표)$/u;

function isNameLike(name: string): boolean {
  return isEastAsianName(name) || name.length === 1 || /^[\p{Script=Han}]{2,4}$/u.test(name);
}

function longestName(text: string): string | null {
  for (let size = text.length; size > 1; size -= 1) {
    if (isEastAsianName(text.slice(0, size))) return text.slice(0, size);
  }
  return null;
}

function eachPlace(text: string, part: string, visit: (at: number) => void): void {
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) visit(at);
}
