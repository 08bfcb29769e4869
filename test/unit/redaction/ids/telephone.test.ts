import type { CountryCode } from 'libphonenumber-js/min';
import {
  getCountries,
  getCountryCallingCode,
  getExampleNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/min';
import examples from 'libphonenumber-js/mobile/examples';
import { describe, expect, it } from 'vitest';
import { mulberry32 } from '../../../../bench/seeded.ts';
import { isInternationalNumber, isNationalNumber } from '../../../../redaction/ids/telephone.ts';

const trunkZero: readonly CountryCode[] = ['GB', 'FR', 'DE', 'NL', 'CH', 'AU', 'JP', 'TR', 'UA'];

describe('telephone plans', () => {
  it.each(getCountries())('take the example number of %s', (country) => {
    const number = getExampleNumber(country, examples)?.number ?? '';
    expect(isInternationalNumber(number)).toBe(true);
    expect(isInternationalNumber(number.replace('+', '00'))).toBe(true);
    expect(isInternationalNumber(`${number}000000000000`)).toBe(false);
  });

  it.each(trunkZero)('take a national number of %s with its trunk zero only', (country) => {
    const national = getExampleNumber(country, examples)?.nationalNumber ?? '';
    expect(isNationalNumber(`0${national}`)).toBe(true);
    expect(isNationalNumber('')).toBe(false);
    expect(isNationalNumber(`0${national}00000000`)).toBe(false);
  });

  it('say of nearly all numbers what the parser says that the metadata were made for', () => {
    const random = mulberry32(7);
    let same = 0;
    for (let round = 0; round < 500; round += 1) {
      const digits = Array.from({ length: 7 + Math.floor(random() * 7) }, () =>
        Math.floor(random() * 10),
      );
      const number = `+${1 + Math.floor(random() * 9)}${digits.join('')}`;
      const known = parsePhoneNumberFromString(number)?.isPossible() === true;
      if (isInternationalNumber(number) === known) same += 1;
    }
    expect(same).toBeGreaterThan(480);
  });

  it('take a number with what its country dials before it, put behind the calling code by mistake', () => {
    for (const number of ['+7 8 495 123 45 67', '+1 1 914 235 6493', '+36 06 30 123 4567']) {
      expect(isInternationalNumber(number)).toBe(true);
    }
    for (const number of ['+370 8 612 34567', '+375 8 029 123 45 67', '+261 2266356']) {
      expect(isInternationalNumber(number)).toBe(true);
    }
    expect(isInternationalNumber('+7 9 495 123 45 67')).toBe(false);
  });

  it('refuse nothing that the parser takes, with any trunk prefix', () => {
    const random = mulberry32(11);
    const missed: string[] = [];
    for (const country of getCountries()) {
      for (const trunk of ['', '0', '1', '8', '06', '01']) {
        const size = 4 + Math.floor(random() * 8);
        const rest = Array.from({ length: size }, () => Math.floor(random() * 10)).join('');
        const number = `+${getCountryCallingCode(country)}${trunk}${rest}`;
        if (number.length > 16) continue;
        const known = parsePhoneNumberFromString(number)?.isPossible() === true;
        if (known && !isInternationalNumber(number)) missed.push(number);
      }
    }
    expect(missed).toEqual([]);
  });
});
