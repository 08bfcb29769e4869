import type { CountryCode } from 'libphonenumber-js/min';
import metadata from 'libphonenumber-js/min/metadata';

/**
 * The numbering plans by the metadata of libphonenumber, of which its own parser would take 20 to 120 µs a number: a text full of
 * candidates would hold a thread. Of a country's row the third is the pattern of its national numbers, the fourth their lengths.
 */
const PATTERN = 2;
const LENGTHS = 3;

/** Whether a number with `+` or `00` before its calling code has a length that its country's plan has. */
export function isInternationalNumber(text: string): boolean {
  const digits = text
    .replace(/^00(?=[1-9])/, '')
    .replace(/\(0\)/, '')
    .replace(/\D/g, '');
  for (let size = 1; size <= CALLING_CODE_DIGITS_MAX; size += 1) {
    const lengths = lengthsByCallingCode.get(digits.slice(0, size));
    if (lengths === undefined) continue;
    // A trunk zero that stands behind the calling code by mistake is none of the number.
    const national = digits.length - size;
    return lengths.has(national) || (digits[size] === '0' && lengths.has(national - 1));
  }
  return false;
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
const lengthsByCallingCode = new Map<string, ReadonlySet<number>>();
for (const [code, [country]] of Object.entries(metadata.country_calling_codes)) {
  const plan: readonly unknown[] = country === undefined ? [] : (metadata.countries[country] ?? []);
  lengthsByCallingCode.set(code, lengthsOf(plan));
}
for (const [code, plan] of Object.entries(metadata.nonGeographic ?? {}))
  lengthsByCallingCode.set(code, lengthsOf(plan));

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
