/** Check-digit arithmetic over digits as numbers. Each function says where its rule is from. */

export type Digits = readonly number[];

export function digitsOf(text: string): number[] {
  const digits: number[] = [];
  for (const character of text) {
    if (character >= '0' && character <= '9') digits.push(Number(character));
  }
  return digits;
}

export function number(digits: Digits, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index += 1) value = value * 10 + (digits[index] ?? 0);
  return value;
}

/** Σ digit × weight over the weights' length. */
export function weighted(digits: Digits, weights: Digits): number {
  let sum = 0;
  for (let index = 0; index < weights.length; index += 1) {
    sum += (digits[index] ?? 0) * (weights[index] ?? 0);
  }
  return sum;
}

/** ISO/IEC 7812-1, annex B. */
export function luhn(digits: Digits): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits[digits.length - 1 - index] ?? 0;
    const weighed = index % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return digits.length > 1 && sum % 10 === 0;
}

/** ISO 7064, MOD 11,10: the hybrid system of the German tax id and the Croatian OIB. */
export function mod11Hybrid(digits: Digits): boolean {
  let product = 10;
  for (const digit of digits.slice(0, -1)) {
    let sum = (digit + product) % 10;
    if (sum === 0) sum = 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === digits.at(-1);
}

const verhoeffD = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const verhoeffP = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

/** J. Verhoeff, Error Detecting Decimal Codes (1969): the dihedral group D5. */
export function verhoeff(digits: Digits): boolean {
  let check = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits[digits.length - 1 - index] ?? 0;
    const permuted = Number(verhoeffP[index % 8]?.[digit]);
    check = Number(verhoeffD[check]?.[permuted]);
  }
  return check === 0;
}

/** Whether digits from `at` are a date of two-digit parts in the order given, as national ids carry them. */
export function hasDate(digits: Digits, at: number, order: 'ymd' | 'dmy'): boolean {
  const month = number(digits, at + 2, at + 4);
  const day = order === 'ymd' ? number(digits, at + 4, at + 6) : number(digits, at, at + 2);
  return isDayOf(day, month);
}

export function isDayOf(day: number, month: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= (daysOfMonth[month - 1] ?? 0);
}

const daysOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export function allSame(digits: Digits): boolean {
  return digits.every((digit) => digit === digits[0]);
}
