import type { Digits } from './check-digits.ts';
import { allSame, hasDate, isDayOf, number, weighted } from './check-digits.ts';

export function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}

// 11 − rest, of which 10 and 11 become 0.
export function mod11Rest(sum: number): number {
  const rest = 11 - (sum % 11);
  return rest > 9 ? 0 : rest;
}

export function isSsn(d: Digits): boolean {
  const area = number(d, 0, 3);
  if (area === 0 || area === 666) return false;
  return number(d, 3, 5) > 0 && number(d, 5, 9) > 0 && !allSame(d);
}

export function isIrd(d: Digits): boolean {
  const sum = weighted(d, [3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return (sum === 0 ? 0 : 11 - sum) === d[8];
}

export function isNhs(d: Digits): boolean {
  const check = 11 - (weighted(d, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return (check === 11 ? 0 : check) === d[9] && !allSame(d);
}

export function isBirthNumber(d: Digits): boolean {
  const month = number(d, 2, 4) % 50;
  const isDate = isDayOf(number(d, 4, 6), month > 20 ? month - 20 : month);
  return isDate && (number(d, 0, 10) % 11 === 0 || (number(d, 0, 9) % 11 === 10 && d[9] === 0));
}

// A coordination number adds 60 to the day.
export function isCoordinated(d: Digits, at: number): boolean {
  const day = number(d, at + 4, at + 6);
  return isDayOf(day > 60 ? day - 60 : day, number(d, at + 2, at + 4));
}

export function isCentury(d: Digits): boolean {
  const century = number(d, 0, 2);
  return century === 19 || century === 20;
}

export function isEgn(d: Digits): boolean {
  const month = number(d, 2, 4) % 20;
  if (!isDayOf(number(d, 4, 6), month)) return false;
  return (weighted(d, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11) % 10 === d[9];
}

export function isAustrian(d: Digits): boolean {
  const sum = weighted(d, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11;
  return d[0] !== 0 && sum === d[3] && isDayOf(number(d, 4, 6), number(d, 6, 8));
}

// One digit of the first ten stands two or three times, at least one does not stand at all.
export function hasRepeats(d: Digits): boolean {
  return new Set(d.slice(0, 10)).size < 10 && new Set(d.slice(0, 10)).size > 6;
}

export function isPesel(d: Digits): boolean {
  const month = number(d, 2, 4) % 20;
  if (!isDayOf(number(d, 4, 6), month)) return false;
  return weighted(d, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

export function isCpf(d: Digits): boolean {
  if (allSame(d)) return false;
  const first = mod11Rest(weighted(d, [10, 9, 8, 7, 6, 5, 4, 3, 2]));
  return first === d[9] && mod11Rest(weighted(d, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2])) === d[10];
}

export function isCnpj(d: Digits): boolean {
  if (allSame(d)) return false;
  const first = mod11Rest(weighted(d, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
  return (
    first === d[12] && mod11Rest(weighted(d, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])) === d[13]
  );
}

export function isBelgian(d: Digits): boolean {
  const check = number(d, 9, 11);
  const body = number(d, 0, 9);
  const isRight = 97 - (body % 97) === check || 97 - ((2_000_000_000 + body) % 97) === check;
  return isRight && number(d, 2, 4) % 20 <= 12 && number(d, 4, 6) <= 31;
}

export function isNorwegian(d: Digits): boolean {
  const day = number(d, 0, 2);
  const month = number(d, 2, 4) % 40;
  if (!isDayOf(day > 40 ? day - 40 : day, month)) return false;
  const first = (11 - (weighted(d, [3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11)) % 11;
  return first === d[9] && (11 - (weighted(d, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === d[10];
}

export function isTckn(d: Digits): boolean {
  if (d[0] === 0) return false;
  const odd = (d[0] ?? 0) + (d[2] ?? 0) + (d[4] ?? 0) + (d[6] ?? 0) + (d[8] ?? 0);
  const even = (d[1] ?? 0) + (d[3] ?? 0) + (d[5] ?? 0) + (d[7] ?? 0);
  if (mod(odd * 7 - even, 10) !== d[9]) return false;
  return (odd + even + (d[9] ?? 0)) % 10 === d[10];
}

export function isCuit(d: Digits): boolean {
  if (![20, 23, 24, 25, 26, 27, 30, 33, 34].includes(number(d, 0, 2))) return false;
  return (11 - (weighted(d, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === d[10];
}

export function isBaltic(d: Digits): boolean {
  if ((d[0] ?? 0) < 1 || (d[0] ?? 9) > 6 || !hasDate(d, 1, 'ymd')) return false;
  const first = weighted(d, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
  if (first < 10) return first === d[10];
  return (weighted(d, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11) % 10 === d[10];
}

export function isSnils(d: Digits): boolean {
  const sum = weighted(d, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101;
  return (sum === 100 ? 0 : sum) === number(d, 9, 11) && number(d, 0, 9) > 1_001_998;
}

export function isMyNumber(d: Digits): boolean {
  const rest = weighted(d, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest <= 1 ? 0 : 11 - rest) === d[11];
}

export function isInn12(d: Digits): boolean {
  const first = (weighted(d, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10;
  return first === d[10] && (weighted(d, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10 === d[11];
}

export function isEan(d: Digits): boolean {
  const sum = weighted(d, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]);
  return (10 - (sum % 10)) % 10 === d[12];
}

export function isCnp(d: Digits): boolean {
  if ((d[0] ?? 0) < 1 || !hasDate(d, 1, 'ymd')) return false;
  const sum = weighted(d, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
  return (sum === 10 ? 1 : sum) === d[12];
}

export function isJmbg(d: Digits): boolean {
  if (!hasDate(d, 0, 'dmy')) return false;
  const rest = 11 - (weighted(d, [7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11);
  return (rest > 9 ? 0 : rest) === d[12];
}

export function isNir(d: Digits): boolean {
  if (![1, 2, 3, 4, 7, 8].includes(d[0] ?? 0)) return false;
  const month = number(d, 3, 5);
  return month > 0 && month < 100 && 97 - (number(d, 0, 13) % 97) === number(d, 13, 15);
}

export function isIndonesian(d: Digits): boolean {
  const day = number(d, 6, 8);
  return number(d, 0, 2) > 10 && isDayOf(day > 40 ? day - 40 : day, number(d, 8, 10));
}

/** GB 11643-1999: the check character is `X` for 10. */
export function isChinese(d: Digits, check: number): boolean {
  if (!isCentury(d.slice(6)) || !hasDate(d, 8, 'ymd')) return false;
  const sum = weighted(d, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
  return (12 - (sum % 11)) % 11 === check;
}

/** Chile: weights 2 to 7 from the right, mod 11; the check that is a letter is in `lettered-schemes.ts`. */
export function isRutNumber(d: Digits): boolean {
  let sum = 0;
  for (let index = 0; index < d.length - 1; index += 1) {
    sum += (d[d.length - 2 - index] ?? 0) * (2 + (index % 6));
  }
  return (11 - (sum % 11)) % 11 === d.at(-1);
}
