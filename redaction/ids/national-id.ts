import type { Term } from '../vocabulary/dictionary.ts';
import { digitsOf } from './check-digits.ts';
import type { DigitScheme } from './digit-scheme.ts';
import { digitSchemes } from './digit-schemes.ts';
import type { LetteredScheme } from './lettered-schemes.ts';
import { letteredSchemes } from './lettered-schemes.ts';

/**
 * The scheme of a number of digits. `format` is how it is grouped (`3-2-4`; empty for one group). Without a term beside it, it must
 * be strong or stand in its own format; with one, in the term's own scheme.
 */
export function digitScheme(digits: string, format: string, term: Term | null): string | null {
  const candidates = byLength.get(digits.length);
  if (candidates === undefined) return null;
  if (term === null && format !== '' && !knownFormats.has(format)) return null;
  const numbers = digitsOf(digits);
  const own = term === null ? undefined : schemesOf(term.term);
  for (const scheme of candidates) {
    const isNamed = own === undefined ? term !== null : own.has(scheme.name);
    const isFormatted = scheme.formats?.includes(format) === true;
    if (!isNamed && !(own === undefined && (isFormatted || (scheme.isStrong && format === ''))))
      continue;
    if (scheme.isValid(numbers)) return scheme.name;
  }
  return null;
}

// Terms of ids with letters have no scheme of digits alone.
function schemesOf(term: string): ReadonlySet<string> | undefined {
  return schemesOfTerm.get(term) ?? (letteredTerms.has(term) ? noSchemes : undefined);
}

const noSchemes: ReadonlySet<string> = new Set();

/** Whether a term names one country's id, whose check digits then decide. */
export function isSchemeTerm({ term }: Term): boolean {
  return schemesOfTerm.has(term) || letteredTerms.has(term);
}

/** The scheme of an id with letters, in upper case and without separators. */
export function letteredScheme(id: string, hasTerm: boolean): LetteredScheme | null {
  if (id.length < LETTERED_LENGTH_MIN || id.length > LETTERED_LENGTH_MAX) return null;
  for (const scheme of letteredSchemes) {
    if (scheme.isWeak === true && !hasTerm) continue;
    if (scheme.pattern.test(id) && scheme.isValid(id)) return scheme;
  }
  return null;
}

// The shortest and the longest of them.
const LETTERED_LENGTH_MIN = 7;
const LETTERED_LENGTH_MAX = 24;
const knownFormats = new Set(digitSchemes.flatMap(({ formats }) => formats ?? []));
const byLength = new Map<number, DigitScheme[]>();
const schemesOfTerm = new Map<string, Set<string>>();
for (const scheme of digitSchemes) {
  byLength.set(scheme.length, [...(byLength.get(scheme.length) ?? []), scheme]);
  for (const term of scheme.terms?.split(' ') ?? []) {
    schemesOfTerm.set(term, (schemesOfTerm.get(term) ?? new Set()).add(scheme.name));
  }
}

// Terms of ids with letters: what stands behind them without a valid check is not one.
const letteredTerms = new Set([
  'nino',
  'pan',
  'panno',
  'pancard',
  'pannumber',
  'permanentaccountnumber',
  'cc',
  'rfc',
  'cf',
  'nationalinsurancenumber',
  'ninumber',
  'dni',
  'nie',
  'codicefiscale',
  'curp',
  'nric',
  'hkid',
  'hetu',
  'henkilotunnus',
  'pps',
  'ppsn',
]);
