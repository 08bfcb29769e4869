import { digitsOf, hasDate, isDayOf, luhn, number, weighted } from './check-digits.ts';
import { isChinese } from './digit-rules.ts';

/** An id with letters in it. */
export type LetteredScheme = {
  readonly name: string;
  readonly dataClass: 'national_id' | 'health_plan' | 'licence' | 'vehicle' | 'passport';
  /** Of the whole id in upper case, without what parts its groups. */
  readonly pattern: RegExp;
  readonly isValid: (id: string) => boolean;
  /** Too common a shape to be believed without a word beside it. */
  readonly isWeak?: true;
};

// Sources: each authority's published rule, as collected in the OECD's TIN pages and the python-stdnum documentation.
export const letteredSchemes: readonly LetteredScheme[] = [
  id(
    'uk_nino',
    /^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/,
    () => true,
  ),
  id('es_dni', /^\d{8}[A-HJ-NP-TV-Z]$/, (t) => spanishLetter(Number(t.slice(0, 8))) === t[8]),
  id(
    'es_nie',
    /^[XYZ]\d{7}[A-HJ-NP-TV-Z]$/,
    (t) => spanishLetter(Number('XYZ'.indexOf(t[0] ?? '') + t.slice(1, 8))) === t[8],
  ),
  id(
    'it_codice_fiscale',
    /^[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]$/,
    isCodiceFiscale,
  ),
  id('mx_curp', /^[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d$/, (t) =>
    hasDate(digitsOf(t.slice(4, 10)), 0, 'ymd'),
  ),
  weak('mx_rfc', /^[A-Z&]{3,4}\d{6}[A-Z0-9]{2}[0-9A]$/, (t) =>
    hasDate(digitsOf(t.slice(t.length - 9, t.length - 3)), 0, 'ymd'),
  ),
  id('in_pan', /^[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]$/, () => true),
  id('ie_pps', /^\d{7}[A-W][A-IW]?$/, isPps),
  id('sg_nric', /^[STFGM]\d{7}[A-Z]$/, isNric),
  weak('hk_hkid', /^[A-Z]{1,2}\d{6}[0-9A]$/, isHkid),
  id('tw_id', /^[A-Z][1289]\d{8}$/, isTaiwanese),
  id('cn_resident', /^\d{17}X$/, (t) => isChinese(digitsOf(t), 10)),
  id('fi_hetu', /^\d{6}[-+ABCDEFYXWVU]\d{3}[0-9A-Y]$/, isHetu),
  id('de_social_insurance', /^\d{8}[A-Z]\d{3}$/, isGermanInsurance),
  weak(
    'de_identity_card',
    /^[CFGHJKLMNPRTVWXYZ0-9]{9}\d$/,
    (t) => mrzCheck(t.slice(0, 9)) === Number(t[9]),
  ),
  id('fr_nir', /^[1278]\d{4}(?:2A|2B)\d{8}$/, isCorsican),
  weak('cl_rut', /^\d{7,8}[0-9K]$/, isRut),
  weak('pl_identity_card', /^[A-Z]{3}\d{6}$/, isPolishCard),
  {
    name: 'us_mbi',
    dataClass: 'health_plan',
    pattern:
      /^[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y]{2}\d{2}$/,
    isValid: () => true,
  },
  {
    name: 'de_health_insurance',
    dataClass: 'health_plan',
    pattern: /^[A-Z]\d{9}$/,
    isValid: isKvnr,
  },
  {
    name: 'us_dea',
    dataClass: 'licence',
    pattern: /^[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}$/,
    isValid: isDea,
    isWeak: true,
  },
  {
    name: 'uk_driving',
    dataClass: 'licence',
    pattern: /^[A-Z9]{5}\d[0156]\d(?:[0-2]\d|3[01])\d[A-Z9]{2}[A-Z0-9]{3}$/,
    isValid: () => true,
  },
  { name: 'vin', dataClass: 'vehicle', pattern: /^[A-HJ-NPR-Z0-9]{17}$/, isValid: isVin },
];

function id(name: string, pattern: RegExp, isValid: (id: string) => boolean): LetteredScheme {
  return { name, dataClass: 'national_id', pattern, isValid };
}

function weak(name: string, pattern: RegExp, isValid: (id: string) => boolean): LetteredScheme {
  return { name, dataClass: 'national_id', pattern, isValid, isWeak: true };
}

function spanishLetter(value: number): string {
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[value % 23] ?? '';
}

const oddValues = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

// Decreto 23/12/1976: odd places by a table, even ones by their order.
function isCodiceFiscale(text: string): boolean {
  let sum = 0;
  for (let index = 0; index < 15; index += 1) {
    const value = parseInt(text[index] ?? '', 36);
    const order = value >= 10 ? value - 10 : value;
    sum += index % 2 === 0 ? (oddValues[order] ?? 0) : order;
  }
  return String.fromCharCode(65 + (sum % 26)) === text[15];
}

function isPps(text: string): boolean {
  const second = text[8] === undefined || text[8] === 'W' ? 0 : text.charCodeAt(8) - 64;
  const sum = weighted(digitsOf(text), [8, 7, 6, 5, 4, 3, 2]) + 9 * second;
  return 'WABCDEFGHIJKLMNOPQRSTUV'[sum % 23] === text[7];
}

function isNric(text: string): boolean {
  const kind = text[0] ?? '';
  const plus = kind === 'T' || kind === 'G' ? 4 : kind === 'M' ? 3 : 0;
  const rest = (weighted(digitsOf(text), [2, 7, 6, 5, 4, 3, 2]) + plus) % 11;
  const letters =
    kind === 'S' || kind === 'T' ? 'JZIHGFEDCBA' : kind === 'M' ? 'KLJNPQRTUWX' : 'XWUTRQPNMLK';
  return letters[kind === 'M' ? 10 - rest : rest] === text[8];
}

function isHkid(text: string): boolean {
  const padded = text.length === 8 ? ` ${text}` : text;
  let sum = 0;
  for (let index = 0; index < 8; index += 1) {
    const character = padded[index] ?? ' ';
    const value = character === ' ' ? 36 : parseInt(character, 36);
    sum += value * (9 - index);
  }
  const last = text.at(-1) === 'A' ? 10 : Number(text.at(-1));
  return (sum + last) % 11 === 0;
}

function isTaiwanese(text: string): boolean {
  const code = 'ABCDEFGHJKLMNPQRSTUVXYWZIO'.indexOf(text[0] ?? '') + 10;
  const digits = [Math.floor(code / 10), code % 10, ...digitsOf(text)];
  return weighted(digits, [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]) % 10 === 0;
}

function isHetu(text: string): boolean {
  const digits = digitsOf(text.slice(0, 10));
  if (!hasDate(digits, 0, 'dmy')) return false;
  return '0123456789ABCDEFHJKLMNPRSTUVWXY'[number(digits, 0, 9) % 31] === text[10];
}

function isGermanInsurance(text: string): boolean {
  const letter = text.charCodeAt(8) - 64;
  const digits = [
    ...digitsOf(text.slice(0, 8)),
    Math.floor(letter / 10),
    letter % 10,
    ...digitsOf(text.slice(9, 11)),
  ];
  const day = number(digits, 2, 4);
  if (!isDayOf(day > 50 ? day - 50 : day, number(digits, 4, 6))) return false;
  return crossSum(digits, [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10 === Number(text[11]);
}

function isKvnr(text: string): boolean {
  const letter = text.charCodeAt(0) - 64;
  const digits = [Math.floor(letter / 10), letter % 10, ...digitsOf(text.slice(1, 9))];
  return crossSum(digits, [1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) % 10 === Number(text[9]);
}

function crossSum(digits: readonly number[], weights: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < weights.length; index += 1) {
    const product = (digits[index] ?? 0) * (weights[index] ?? 0);
    sum += Math.floor(product / 10) + (product % 10);
  }
  return sum;
}

/** ICAO 9303, part 3: weights 7, 3, 1; letters from A = 10, `<` = 0. */
export function mrzCheck(text: string): number {
  let sum = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    sum += (character === '<' ? 0 : parseInt(character, 36)) * ([7, 3, 1][index % 3] ?? 0);
  }
  return sum % 10;
}

function isCorsican(text: string): boolean {
  const isA = text.slice(5, 7) === '2A';
  const body = Number(text.slice(0, 13).replace(isA ? '2A' : '2B', isA ? '19' : '18'));
  return 97 - (body % 97) === Number(text.slice(13));
}

function isRut(text: string): boolean {
  let sum = 0;
  const body = text.slice(0, -1);
  for (let index = 0; index < body.length; index += 1) {
    sum += Number(body[body.length - 1 - index]) * (2 + (index % 6));
  }
  const check = 11 - (sum % 11);
  return text.at(-1) === (check === 11 ? '0' : check === 10 ? 'K' : String(check));
}

function isPolishCard(text: string): boolean {
  const values = Array.from(text, (character) => parseInt(character, 36));
  return weighted(values, [7, 3, 1, 9, 7, 3, 1, 7, 3]) % 10 === 0;
}

function isDea(text: string): boolean {
  const d = digitsOf(text.slice(2));
  const sum =
    (d[0] ?? 0) + (d[2] ?? 0) + (d[4] ?? 0) + 2 * ((d[1] ?? 0) + (d[3] ?? 0) + (d[5] ?? 0));
  return sum % 10 === d[6];
}

// ISO 3779 with the check digit of 49 CFR 565, at the ninth place.
function isVin(text: string): boolean {
  if (!/[A-Z]/.test(text) || !/\d.*\d/.test(text)) return false;
  let sum = 0;
  for (let index = 0; index < 17; index += 1) {
    const character = text[index] ?? '';
    const value = Number(vinValues[character] ?? character);
    sum += value * ([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2][index] ?? 0);
  }
  const rest = sum % 11;
  return text[8] === (rest === 10 ? 'X' : String(rest));
}

const vinValues: Readonly<Record<string, number>> = {
  A: 1,
  B: 2,
  C: 3,
  D: 4,
  E: 5,
  F: 6,
  G: 7,
  H: 8,
  J: 1,
  K: 2,
  L: 3,
  M: 4,
  N: 5,
  P: 7,
  R: 9,
  S: 2,
  T: 3,
  U: 4,
  V: 5,
  W: 6,
  X: 7,
  Y: 8,
  Z: 9,
};

/** National provider identifier: Luhn over 80840 and the ten digits (45 CFR 162.406). */
export function isNpi(text: string): boolean {
  return /^[12]\d{9}$/.test(text) && luhn(digitsOf(`80840${text}`));
}
