import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { CountryCode } from 'libphonenumber-js/min';

/** Whether a number with `+` or `00` before its calling code has a length that its country's plan has. */
export function isInternationalNumber(text: string): boolean {
  const international = text
    .replace(/^00(?=[1-9])/, '+')
    .replace(/\(0\)/, '')
    .replace(/[^\d+]/g, '');
  return remembered(possible, international, () => {
    return parsePhoneNumberFromString(international)?.isPossible() === true;
  });
}

/** Whether a number with its trunk `0` is one in the plan of any of the countries whose numbers are written so. */
export function isNationalNumber(text: string): boolean {
  return remembered(national, text, () =>
    trunkZeroCountries.some(
      (country) => parsePhoneNumberFromString(text, country)?.isValid() === true,
    ),
  );
}

function remembered(known: Map<string, boolean>, text: string, check: () => boolean): boolean {
  const before = known.get(text);
  if (before !== undefined) return before;
  const isValid = check();
  if (known.size >= CHECKED_MAX) known.clear();
  known.set(text, isValid);
  return isValid;
}

const CHECKED_MAX = 1024;
const possible = new Map<string, boolean>();
const national = new Map<string, boolean>();
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
).filter((country) => isSupportedCountry(country));
