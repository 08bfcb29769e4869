import { termBefore, termBehind } from '../context.ts';
import type { Scan } from '../finding.ts';
import { byteAt, isDigit, isLetterOrDigit, matchAt, report } from '../finding.ts';
import { isInternationalNumber, isNationalNumber } from '../ids/telephone.ts';
import { formatOf, nationalScheme, ruleOfValue } from '../value-shape.ts';
import type { Meaning } from '../vocabulary/meaning.ts';
import { classOfMeaning } from '../vocabulary/meaning.ts';
import type { Term } from '../vocabulary/dictionary.ts';
import { detectAddress, detectMilitary } from './address.ts';
import { detectCard } from './card.ts';
import { detectDate, isBirth } from './date.ts';
import { detectDashedMac, detectIpv4 } from './network-address.ts';
import { behindPlainNumber } from './plain-number.ts';
import { detectIban, detectWord, isUuid } from './word.ts';

// Groups of digits with one separator between them; `.` and `/` too.
const groups = /\d{1,20}(?:(?: ?\(0\) ?|\) ?|[ ][-/][ ]|[-–./ ])\(?\d{1,14}){0,7}/y;
const extension = /,? ?(?:x|ext\.? ?|extension |#)\d{1,6}\b/y;
const timestamp = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?/y;
const northAmerican =
  /^(?:(?:\+|00)?1[ .-]?)?(?:\([2-9]\d\d\) ?|[2-9]\d\d[-. ])[2-9]\d\d[-. ]\d{4}$|^(?:\+1|001)[-. ]?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}$|^(?:\+?1[-. ]?)?\([2-9]\d\d\) ?\d{3}[-. ]?\d{4}$/;
const coordinates = /\d{1,3}\.\d{3,12}°?\s?[NS]?,\s?[-+]?\d{1,3}\.\d{3,12}(?![.\d])/y;
const degrees =
  /\d{1,3}(?:°|\xc2\xb0)\s?\d{1,2}(?:['′]|\xe2\x80\xb2)\s?\d{1,2}(?:\.\d+)?(?:["″]|\xe2\x80\xb3|'')?\s?[NSEW]/y;

/** Everything that begins with a digit. `at` is the first of a run of digits. Gives where to go on. */
export function detectNumber(scan: Scan, at: number): number {
  return (scan.takesShortCuts && behindPlainNumber(scan, at)) || detectAnyNumber(scan, at);
}

function detectAnyNumber(scan: Scan, at: number): number {
  const before = byteAt(scan, at - 1);
  if (isLetter(before) && isLetter(byteAt(scan, at - 2)) && !isWordByte(byteAt(scan, at - 3))) {
    const found = detectIban(scan, at - 2);
    if (found !== 0) return found;
  }
  if (at >= scan.cardsReadTo) {
    scan.cardsReadTo = detectCard(scan, at);
    if ((scan.findings.at(-1)?.end ?? -1) > at) return scan.cardsReadTo;
  }
  if (isLetterOrDigit(before) || before === 0x5f) return detectWord(scan, at);
  // Groups of digits in a UUID are no telephone number's.
  if (byteAt(scan, at + 8) === 0x2d && isUuid(scan, at)) return detectWord(scan, at);
  let end = at + 1;
  while (end < scan.end && isDigit(scan.bytes[end] ?? 0)) end += 1;
  const next = byteAt(scan, end);
  const size = end - at;
  // One to three digits that end there are nothing but a house number or a code whose name stands before them.
  if (size < 3 && !isJoiner(next) && !isWordByte(next)) return detectAddress(scan, at, end) || end;
  if (isWordByte(next)) return detectWord(scan, at) || end;
  // The digits behind a point of a number.
  if (before === 0x2e && isDigit(byteAt(scan, at - 2))) return end;
  scan.requestLooksLeft -= 1;
  return detectGrouped(scan, at, end, next) || end;
}

function detectGrouped(scan: Scan, at: number, end: number, next: number): number {
  if (next === 0x2e) {
    const found = detectIpv4(scan, at) || detectPair(scan, at);
    if (found !== 0) return found;
  }
  if (next === 0x2c || next === 0x20) {
    const found = detectMilitary(scan, at, end);
    if (found !== 0) return found;
  }
  if (next === 0xc2 || next === 0xb0) {
    const found = matchAt(scan, degrees, at);
    if (found !== null)
      return report(scan, at, at + found.length, { dataClass: 'geo', rule: 'geo:degrees' });
  }
  if (end - at === 4 && next === 0x2d) {
    const stamp = matchAt(scan, timestamp, at);
    if (stamp !== null && !isBirth(scan, at)) return at + stamp.length;
  }
  if (end - at === 2 && (next === 0x2d || next === 0x3a)) {
    const found = detectDashedMac(scan, at);
    if (found !== 0) return found;
  }
  const text = matchAt(scan, groups, at) ?? '';
  return (
    detectInsurance(scan, at) ||
    detectDate(scan, at, end, text) ||
    (countDigits(text) < PHONE_DIGITS_MIN ? 0 : detectTelephone(scan, at, text)) ||
    detectId(scan, at, text) ||
    (end - at < 7 ? detectAddress(scan, at, end) : 0)
  );
}

function detectPair(scan: Scan, at: number): number {
  const pair = matchAt(scan, coordinates, at);
  if (pair === null) return 0;
  const start = byteAt(scan, at - 1) === 0x2d ? at - 1 : at;
  return report(scan, start, at + pair.length, { dataClass: 'geo', rule: 'geo:pair' });
}

const PHONE_DIGITS_MIN = 7;

/** Telephone numbers as they stand: international, North American, national with a trunk 0. */
function detectTelephone(scan: Scan, at: number, text: string): number {
  if (isWithinGroups(scan, at)) return 0;
  const start = numberStart(scan, at);
  const isInternational = byteAt(scan, start) === 0x2b || text.startsWith('00');
  const whole = latinRange(scan, start, at) + text;
  const phone = isInternational
    ? longest(whole, isInternationalNumber)
    : (longest(whole, isWrittenAsPhone) ?? null);
  if (phone === null) return 0;
  if (!isInternational) {
    const term = termBefore(scan, start);
    if (term !== null && speaksAgainstPhone(term)) return 0;
  }
  const end = start + phone.length;
  const more = matchAt(scan, extension, end)?.length ?? 0;
  return report(scan, start, end + more, {
    dataClass: 'phone',
    rule: isInternational ? 'phone:international' : 'phone:national',
    tier: 'likely',
  });
}

// `to`, `customer`, `e-mail` stand before a telephone number as often as not.
function speaksAgainstPhone({ meaning, isWeak }: Term): boolean {
  if (meaning === 'none') return true;
  return !isWeak && !besidePhones.has(meaning);
}

const besidePhones: ReadonlySet<Meaning> = new Set<Meaning>([
  'phone',
  'person',
  'maybe_person',
  'username',
  'email',
  'address',
  'maybe_address',
]);

// `+`, `(`, `+(` before the first digit belong to the number.
function numberStart(scan: Scan, at: number): number {
  let start = at;
  if (byteAt(scan, start - 1) === 0x28) start -= 1;
  if (byteAt(scan, start - 1) === 0x2b && !isLetterOrDigit(byteAt(scan, start - 2))) start -= 1;
  if (byteAt(scan, start) === 0x28 && byteAt(scan, at) === 0x28) return start;
  return byteAt(scan, start) === 0x28 && !hasClose(scan, at) ? at : start;
}

function hasClose(scan: Scan, at: number): boolean {
  for (let index = at; index < at + 6; index += 1) if (byteAt(scan, index) === 0x29) return true;
  return false;
}

function isWrittenAsPhone(text: string): boolean {
  const digits = countDigits(text);
  if (digits < 9 || digits > 13) return false;
  if (northAmerican.test(text)) return true;
  if (!/^\(?0\d/.test(text) || !/[ \-/.)]/.test(text) || /^0\d\.\d\d\.(?:19|20)\d\d/.test(text))
    return false;
  return digits <= 12 && isNationalNumber(text.replace(/\D/g, ''));
}

// The longest beginning, cut at groups, that passes.
function longest(text: string, isValid: (text: string) => boolean): string | null {
  let candidate = text;
  while (candidate !== '' && !isDigit(lastOf(candidate)) && lastOf(candidate) !== 0x29)
    candidate = candidate.slice(0, -1);
  let digits = countDigits(candidate);
  for (let tries = 0; tries < 6 && digits >= PHONE_DIGITS_MIN; tries += 1) {
    if (digits <= 15 && isValid(candidate)) return candidate;
    const shorter = withoutLastGroup(candidate);
    if (shorter === candidate) return null;
    digits -= countDigits(candidate.slice(shorter.length));
    candidate = shorter;
  }
  return null;
}

// Ids and codes of digits: by their own format, or by the word before them.
function detectId(scan: Scan, at: number, text: string): number {
  if (countDigits(text) < 3) return 0;
  const isPart = isWithinGroups(scan, at);
  const start = byteAt(scan, at - 1) === 0x28 ? at - 1 : at;
  const term = termBefore(scan, start) ?? termBehind(scan, at + text.length);
  let candidate = text;
  for (let tries = 0; tries < 6 && candidate !== ''; tries += 1) {
    const found = isPart && term === null ? null : idRule(candidate, term);
    if (found !== null) return report(scan, at, at + candidate.length, found);
    const shorter = withoutLastGroup(candidate);
    // Without a word beside it, a part of equal groups is no id.
    if (
      shorter === candidate ||
      (term === null && shorter.includes(candidate[shorter.length] ?? ''))
    )
      break;
    candidate = shorter;
  }
  const behind = byteAt(scan, at + text.length);
  const hasTail =
    isLetterOrDigit(behind) ||
    (behind === 0x2d && isLetterOrDigit(byteAt(scan, at + text.length + 1)));
  return hasTail && term?.meaning !== 'none' ? detectWithTail(scan, at, term) : 0;
}

// `12.345.678-K`, `131052-308T`: letters behind the last group.
const tailed = /\d{1,24}(?:[-./ ]\d{1,12}){0,5}[-./ ]?[A-Za-z]{1,2}(?![A-Za-z0-9])/y;

function detectWithTail(scan: Scan, at: number, term: Term | null): number {
  const text = matchAt(scan, tailed, at);
  if (text === null || text.length > 24) return 0;
  const found = idRule(text, term);
  return found === null ? 0 : report(scan, at, at + text.length, found);
}

type Found = Parameters<typeof report>[3];

function idRule(text: string, term: Term | null): Found | null {
  const dataClass = term === null ? null : classOfMeaning[term.meaning];
  if (term !== null && dataClass !== null && term.meaning !== 'birth') {
    const rule = ruleOfValue(term, text, false);
    if (rule !== null) return { dataClass, rule, tier: 'likely' };
    // A word that names something else, or another country's id, speaks against what the format alone would say.
    if (!term.isWeak && term.meaning !== 'address' && term.meaning !== 'maybe_person') return null;
  }
  if (term?.meaning === 'none' || (formatOf(text) === '' && text.length < 13)) return null;
  const scheme = nationalScheme(text, null);
  return scheme === null
    ? null
    : {
        dataClass: scheme === 'uk_nhs' ? 'medical_record' : 'national_id',
        rule: `national_id:${scheme}`,
      };
}

// `1234 5678` seen from the 5.
function isWithinGroups(scan: Scan, at: number): boolean {
  const before = byteAt(scan, at - 1);
  return (before === 0x20 || before === 0x2d) && isDigit(byteAt(scan, at - 2));
}

const insurance = /[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] \d\d ?\d\d ?\d\d ?[A-D](?![A-Za-z0-9])/y;

// `AB 12 34 56 C`: the British number begins with a word of its own.
function detectInsurance(scan: Scan, at: number): number {
  if (byteAt(scan, at - 1) !== 0x20 || isWordByte(byteAt(scan, at - 4))) return 0;
  const text = matchAt(scan, insurance, at - 3);
  if (text === null) return 0;
  return report(scan, at - 3, at - 3 + text.length, {
    dataClass: 'national_id',
    rule: 'national_id:uk_nino',
  });
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}

function latinRange(scan: Scan, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += 1) text += String.fromCharCode(byteAt(scan, at));
  return text;
}

// `12 345-67` → `12 345`; as it is when there is but one group.
function withoutLastGroup(text: string): string {
  let at = text.length;
  while (at > 0 && isDigit(text.charCodeAt(at - 1))) at -= 1;
  if (at === text.length) return text;
  const digitsAt = at;
  while (at > 0 && !isDigit(text.charCodeAt(at - 1))) at -= 1;
  return at === digitsAt ? text : text.slice(0, at);
}

function lastOf(text: string): number {
  return text.charCodeAt(text.length - 1);
}

function countDigits(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) if (isDigit(text.charCodeAt(at))) count += 1;
  return count;
}

// What may part groups of one number, or name what follows (`12 Main Street`, `48°`).
function isJoiner(byte: number): boolean {
  return (
    byte === 0x20 ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x2f ||
    byte === 0x29 ||
    byte === 0x2c ||
    byte >= 0x80
  );
}

function isWordByte(byte: number): boolean {
  return isLetterOrDigit(byte) || byte === 0x5f;
}
