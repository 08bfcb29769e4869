import { classOfMeaning } from '../vocabulary/meaning.ts';
import type { Meaning } from '../vocabulary/meaning.ts';
import type { Term } from '../vocabulary/dictionary.ts';
import type { Scan } from '../finding.ts';
import { byteAt, report, textOf } from '../finding.ts';
import { dateAtStart } from '../dates.ts';
import { isPersonName } from '../names.ts';
import { ruleOfValue } from '../value-shape.ts';
import type { ValueShape } from './value-extent.ts';
import { valueExtent } from './value-extent.ts';

const VALUE_BYTES_MAX = 512;
const ITEMS_MAX = 256;

/**
 * The value of a key that names personal data: `"phone":"…"`, `"emails":["…","…"]`, `Name: Anna Kovács`, `dob=1980-02-29`. `from` is
 * behind the separator. Gives the end of what was found, 0 for nothing: then the scan looks into the value as into any text.
 */
export function detectTermValue(scan: Scan, from: number, term: Term, shape: ValueShape): number {
  if (shape.isQuotedKey && byteAt(scan, behindBlanks(scan, from)) === 0x5b) {
    return detectItems(scan, behindBlanks(scan, from) + 1, term, shape);
  }
  const { start, end } = valueExtent(scan, from, shape);
  if (end <= start) return 0;
  // What is longer is no value of a term and is read again, by the keys within it too.
  scan.rereadsLeft -= Math.max(0, end - start - VALUE_BYTES_MAX);
  const isWhole = shape.isQuotedKey || isQuote(byteAt(scan, start - 1));
  return isWhole ? detectWhole(scan, start, end, term) : detectBare(scan, start, term);
}

/** A value of its own: a JSON string, a column, an element's text. 0 when it is not what the term says. */
export function detectWhole(scan: Scan, start: number, end: number, term: Term): number {
  if (end - start > VALUE_BYTES_MAX) return 0;
  const rule = ruleOfValue(term, textOf(scan, start, end), true);
  const dataClass = classOfMeaning[term.meaning];
  return rule === null || dataClass === null ? 0 : report(scan, start, end, { dataClass, rule });
}

// Strings and numbers of a list, up to its bracket; a list of objects or lists is left to their own keys.
function detectItems(scan: Scan, from: number, term: Term, shape: ValueShape): number {
  let at = from;
  for (let item = 0; item < ITEMS_MAX; item += 1) {
    at = behindBlanks(scan, at);
    const byte = byteAt(scan, at);
    if (byte === 0x5d || byte === 0x7b || byte === 0x5b || byte === 0) break;
    const { start, end } = valueExtent(scan, at, shape);
    if (end <= start) break;
    detectWhole(scan, start, end, term);
    at = end;
    while (at < scan.end && byteAt(scan, at) !== 0x2c && byteAt(scan, at) !== 0x5d) at += 1;
    if (byteAt(scan, at) !== 0x2c) break;
    at += 1;
  }
  return scan.findings.length > 0 && (scan.findings.at(-1)?.end ?? 0) > from
    ? (scan.findings.at(-1)?.end ?? 0)
    : 0;
}

// A value without quotes: as much of the line as has the shape. Numbers are found by their digits, with the key as a word before them.
function detectBare(scan: Scan, start: number, term: Term): number {
  const dataClass = classOfMeaning[term.meaning];
  if (dataClass === null || !bareMeanings.has(term.meaning)) return 0;
  const text = textOf(scan, start, Math.min(scan.end, start + 160));
  const value = bareValue(term.meaning, lineOf(text));
  if (value === '') return 0;
  const isTold = term.meaning === 'person' || ruleOfValue(term, value, true) !== null;
  if (!isTold && !isAmongPersonal(term, value, text.slice(value.length))) return 0;
  const size = Buffer.byteLength(value);
  return report(scan, start, start + size, {
    dataClass,
    rule: `${term.meaning}:term`,
    tier: 'likely',
  });
}

const bareMeanings: ReadonlySet<Meaning> = new Set([
  'person',
  'maybe_person',
  'username',
  'address',
  'maybe_address',
  'birth',
  'latitude',
  'vehicle',
  'card_expiry',
]);

// Up to the end of the line, a tab, a bar, a semicolon, an escaped line break, two blanks, a tag.
function lineOf(text: string): string {
  return /^(?:(?!\\[nrt"]| {2}| - | \| )[^\n\r\t|;"<>{}[\]])*/.exec(text)?.[0] ?? '';
}

function bareValue(meaning: Meaning, line: string): string {
  const named: string = meaning;
  switch (named) {
    case 'person':
    case 'maybe_person':
      return personAt(line);
    case 'username':
      return /^@?[\p{L}\p{N}][\p{L}\p{N}._\-+]{2,38}(?=$|[\s,)])/u.exec(line)?.[0] ?? '';
    case 'address':
    case 'maybe_address':
      return addressAt(line);
    case 'latitude':
      return /^[-+]?\d{1,3}[.,]\d{2,12}/.exec(line)?.[0] ?? '';
    case 'birth':
      return dateAtStart.exec(line)?.[0] ?? '';
    default:
      return /^[^\s,;)]+/.exec(line)?.[0] ?? '';
  }
}

// `Name: Toshimi Arata`, with `Phone: …` on the next line.
function isAmongPersonal({ meaning }: Term, value: string, behind: string): boolean {
  return meaning === 'maybe_person' && /^\p{Lu}\S+ \p{Lu}/u.test(value) && nextLabel.test(behind);
}

const nextLabel =
  /^[ \t]{0,4}(?:\r?\n|\\n)[ \t>]{0,8}(?:phone|tel|telephone|mobile|cell|address|e-?mail|dob|date of birth|birth ?date|birthday|ssn|fax|gender|sex|age|passport)\b/i;

function personAt(line: string): string {
  const latin =
    /^(?:(?:Mr|Mrs|Ms|Dr|Prof|Herr|Frau|Mme)\.? )?\p{Lu}[\p{L}\p{M}'’-]*\.?(?:,? (?:(?:van|von|de|der|den|da|di|del|la|bin|al|dos|das|do) ){0,2}\p{Lu}[\p{L}\p{M}'’-]*\.?){0,3}/u.exec(
      line,
    )?.[0];
  const name =
    latin ??
    /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000 ・]{2,12}|^[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Devanagari}\p{Script=Thai} ]{3,32}/u.exec(
      line,
    )?.[0] ??
    '';
  const trimmed = name.trim().replace(/[.,]$/, '');
  return isPersonName(trimmed) ? trimmed : '';
}

function addressAt(line: string): string {
  const end =
    /(?<=\p{L}{4}|\d)[.!?](?: \p{Lu}|$)| (?:and|or|but|phone|email|tel|call|dob|ssn)\b|, ?(?:phone|email|tel|dob|ssn|mobile)\b/iu.exec(
      line,
    )?.index;
  return (end === undefined ? line : line.slice(0, end)).trim().replace(/[,.]$/, '');
}

function behindBlanks(scan: Scan, from: number): number {
  let at = from;
  for (let count = 0; count < 16; count += 1) {
    const byte = byteAt(scan, at);
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    at += 1;
  }
  return at;
}

function isQuote(byte: number): boolean {
  return byte === 0x22 || byte === 0x27;
}
