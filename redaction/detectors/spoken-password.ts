import type { Scan } from '../finding.ts';
import { isReference } from '../replacement.ts';
import { byteAt, matchAt, report, standsAt } from '../finding.ts';

const spoken = /pass(?:word|wd|wort)\s(?:is|was|to|ist|will be|set to|=|:|:=)\s?:?\s?["'`]?/iy;
const named = /pass(?:word|wd|wort)\s["'`]?/iy;
// Letters and a digit, and a sign that names of things have none of, or capitals among small letters: `q4R%kLw_71v`, not `UTF-8/Base64`.
const strong =
  /^(?=.{8})(?=[^A-Za-z]*[A-Za-z])(?=[^0-9]*[0-9])(?:.*[^A-Za-z0-9._\-:/]|(?=.{10})(?:[^A-Z]*[A-Z][^a-z]*[a-z]|[^a-z]*[a-z][^A-Z]*[A-Z])(?<=^[\w-]*)[\w-]*$)/;
const option = /pass(?:word|wd)[ =]["']?/iy;
// What is cut off of a long one would stay.
const word = /[^\s"'`,;<>]{4,1024}/y;

const user = /-u ['"]?[A-Za-z0-9._@-]{1,64}:[^\s'"]{3,64}/y;

/** `curl -u user:password`. `at` is the dash. 0 when it is none. */
export function detectUserOption(scan: Scan, at: number): number {
  if (byteAt(scan, at + 1) !== 0x75 || byteAt(scan, at - 1) !== 0x20) return 0;
  const text = matchAt(scan, user, at);
  if (text === null) return 0;
  const start = at + (text[3] === "'" || text[3] === '"' ? 4 : 3);
  return report(scan, start, at + text.length, { dataClass: 'password', rule: 'key:password' });
}

/** `the password is hunter2`, `--password hunter2`. `at` is the `w` of the word. 0 when it is none. */
export function detectSpokenPassword(scan: Scan, at: number): number {
  const start = at - 4;
  if ((byteAt(scan, at - 1) | 0x20) !== 0x73 || (byteAt(scan, at - 2) | 0x20) !== 0x73) return 0;
  const isOption = standsAt(scan, start - 2, '--');
  const cue = matchAt(scan, isOption ? option : spoken, start);
  const bare = cue === null ? matchAt(scan, named, start) : null;
  if (cue === null && bare === null) return 0;
  const from = start + (cue ?? bare ?? '').length;
  const value = matchAt(scan, word, from)?.replace(/[.!?)]+$/, '') ?? '';
  // Right behind the word, without `is`, only what is no word of any language, nor a number.
  if (bare !== null && !strong.test(value)) return 0;
  // A word of the language is no password: one has a digit, a sign, or a capital within.
  if (!/\d|[^A-Za-z0-9]|[a-z][A-Z]/.test(value) && !isOption) return 0;
  if (isReference(value)) return 0;
  if (value.length < 4 || value.startsWith('[') || value.startsWith('$')) return 0;
  return report(scan, from, from + value.length, {
    dataClass: 'password',
    rule: 'key:password',
    tier: 'likely',
  });
}
