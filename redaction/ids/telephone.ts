import type { CountryCode } from 'libphonenumber-js/min';
import metadata from 'libphonenumber-js/min/metadata';

/**
 * The numbering plans by the metadata of libphonenumber, of which its own parser would take 20 to 120 µs a number: a text full of
 * candidates would hold a thread. Places in a country's row: the pattern of its national numbers, their lengths, what is dialled before them within the country, as
 * a pattern where it is not one text, and how a number behind that is put together.
 */
const PATTERN = 2;
const LENGTHS = 3;
const TRUNK = 5;
const TRUNK_PATTERN = 7;
const TRUNK_RULE = 8;

type Plan = {
  readonly lengths: ReadonlySet<number>;
  /** `0`, but also `8` in Russia, `06` in Hungary, `1` in America; null where there is none. */
  readonly trunk: RegExp | null;
  /** With `$1` for a group of `trunk`; empty: what stands behind it. */
  readonly trunkRule: string;
};

/** Whether a number with `+` or `00` before its calling code has a length that its country's plan has. */
export function isInternationalNumber(text: string): boolean {
  const digits = text
    .replace(/^00(?=[1-9])/, '')
    .replace(/\(0\)/, '')
    .replace(/\D/g, '');
  for (let size = 1; size <= CALLING_CODE_DIGITS_MAX; size += 1) {
    const plan = planByCallingCode.get(digits.slice(0, size));
    if (plan === undefined) continue;
    const national = digits.slice(size);
    const { lengths } = plan;
    // A trunk zero that stands behind the calling code by mistake is none of the number.
    if (lengths.has(national.length)) return true;
    return (
      (national.startsWith('0') && lengths.has(national.length - 1)) ||
      lengths.has(withoutTrunk(national, plan).length)
    );
  }
  return false;
}

function withoutTrunk(national: string, { trunk, trunkRule }: Plan): string {
  return trunk === null ? national : national.replace(trunk, trunkRule);
}

/** Whether a number with its trunk `0` is one in the plan of any of the countries whose numbers are written so. */
export function isNationalNumber(text: string): boolean {
  const national = text.replace(/^0/, '');
  return (
    national.length < text.length && nationalPatterns.some((pattern) => pattern.test(national))
  );
}

const CALLING_CODE_DIGITS_MAX = 3;
// Of countries that share a calling code the first is the one whose plan it is.
const planByCallingCode = new Map<string, Plan>();
for (const [code, [country]] of Object.entries(metadata.country_calling_codes)) {
  const row: readonly unknown[] = country === undefined ? [] : (metadata.countries[country] ?? []);
  planByCallingCode.set(code, planOf(row));
}
for (const [code, row] of Object.entries(metadata.nonGeographic ?? {}))
  planByCallingCode.set(code, planOf(row));

function planOf(row: readonly unknown[]): Plan {
  const trunk = row[TRUNK_PATTERN] || row[TRUNK];
  const rule = row[TRUNK_RULE];
  return {
    lengths: lengthsOf(row),
    trunk: typeof trunk === 'string' && trunk !== '' ? new RegExp(`^(?:${trunk})`) : null,
    trunkRule: typeof rule === 'string' ? rule : '',
  };
}

function lengthsOf(plan: readonly unknown[]): ReadonlySet<number> {
  const lengths: unknown = plan[LENGTHS];
  return new Set(Array.isArray(lengths) ? lengths.map(Number) : []);
}

const trunkZeroCountries = (
  [
    'GB',
    'FR',
    'DE',
    'NL',
    'BE',
    'CH',
    'AT',
    'SE',
    'FI',
    'AU',
    'JP',
    'KR',
    'CN',
    'ZA',
    'TR',
    'IL',
    'IE',
    'RO',
    'UA',
    'IN',
    'BR',
    'ID',
    'VN',
    'TH',
  ] satisfies CountryCode[]
).filter((country) => Object.hasOwn(metadata.countries, country));

const nationalPatterns = trunkZeroCountries.map((country) => {
  const plan: readonly unknown[] = metadata.countries[country] ?? [];
  return new RegExp(`^(?:${String(plan[PATTERN])})$`);
});
