/**
 * Ids that pass their authority's check, made from random digits: by trying check digits against each rule as its authority prints it.
 * Written apart from the detectors; a test holds them against another implementation.
 */
export type Random = () => number;

export function int(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

export function digits(random: Random, count: number): string {
  let text = '';
  for (let at = 0; at < count; at += 1) text += int(random, 0, 9);
  return text;
}

function sum(text: string, weights: readonly number[]): number {
  return weights.reduce((total, weight, at) => total + weight * Number(text[at]), 0);
}

function pad(value: number, size: number): string {
  return String(value).padStart(size, '0');
}

function luhnDigit(body: string): string {
  let total = 0;
  Array.from(body)
    .reverse()
    .forEach((digit, at) => {
      const doubled = Number(digit) * (at % 2 === 0 ? 2 : 1);
      total += doubled > 9 ? doubled - 9 : doubled;
    });
  return String((10 - (total % 10)) % 10);
}

export function withLuhn(body: string): string {
  return body + luhnDigit(body);
}

const issuers: readonly (readonly [string, number])[] = [
  ['4', 16],
  ['51', 16],
  ['55', 16],
  ['2221', 16],
  ['2719', 16],
  ['34', 15],
  ['37', 15],
  ['6011', 16],
  ['3528', 16],
  ['36', 14],
  ['62', 16],
];

export function card(random: Random): string {
  const [prefix, length] = pick(random, issuers);
  const number = withLuhn(prefix + digits(random, length - prefix.length - 1));
  const style = random();
  if (length !== 16 || style < 0.5) return number;
  return (number.match(/.{4}/g) ?? []).join(style < 0.75 ? ' ' : '-');
}

const ibanBodies: Readonly<Record<string, string>> = {
  DE: '18n',
  FR: '10n11a2n',
  GB: '4A14n',
  ES: '20n',
  IT: '1A10n12n',
  NL: '4A10n',
  PL: '24n',
  CH: '17n',
  BE: '12n',
  AT: '16n',
  SE: '20n',
  PT: '21n',
};

export function iban(random: Random): string {
  const country = pick(random, Object.keys(ibanBodies));
  const body = (ibanBodies[country] ?? '').replace(
    /(\d+)([nAa])/g,
    (_, count: string, kind: string) => {
      let text = '';
      for (let at = 0; at < Number(count); at += 1) {
        text +=
          kind === 'A' || (kind === 'a' && random() < 0.2)
            ? String.fromCharCode(int(random, 65, 90))
            : String(int(random, 0, 9));
      }
      return text;
    },
  );
  const numeric = Array.from(`${body}${country}00`)
    .map((character) => parseInt(character, 36))
    .join('');
  const check = 98n - (BigInt(numeric) % 97n);
  const text = `${country}${pad(Number(check), 2)}${body}`;
  return random() < 0.5 ? text : (text.match(/.{1,4}/g) ?? []).join(' ');
}

function dated(random: Random): { readonly yy: string; readonly mm: string; readonly dd: string } {
  return {
    yy: pad(int(random, 40, 99), 2),
    mm: pad(int(random, 1, 12), 2),
    dd: pad(int(random, 1, 28), 2),
  };
}

// Tries bodies until the rule gives a check that can be written.
function tried(make: () => string | null): string {
  for (let tries = 0; tries < 1000; tries += 1) {
    const text = make();
    if (text !== null) return text;
  }
  throw new Error('no id of this kind can be made');
}

export type NationalId = {
  readonly make: (random: Random) => string;
  readonly names: Readonly<Record<string, readonly string[]>>;
};

/** By country: how an id is made, and what people of a language call it. */
export const nationalIds: Readonly<Record<string, NationalId>> = {
  us: {
    make: (r) => `${pad(int(r, 100, 665), 3)}-${pad(int(r, 1, 99), 2)}-${pad(int(r, 1, 9999), 4)}`,
    names: { en: ['SSN', 'Social Security Number', 'social security no.'] },
  },
  gb: {
    make: (r) =>
      `${pick(r, ['AB', 'CE', 'JK', 'PW', 'SR'])} ${digits(r, 2)} ${digits(r, 2)} ${digits(r, 2)} ${pick(r, ['A', 'B', 'C', 'D'])}`,
    names: { en: ['National Insurance number', 'NI number', 'NINO'] },
  },
  ca: {
    make: (r) => (withLuhn(pick(r, ['1', '4', '7']) + digits(r, 7)).match(/.{3}/g) ?? []).join(' '),
    names: { en: ['SIN', 'Social Insurance Number'], fr: ['NAS'] },
  },
  de: { make: germanTaxId, names: { de: ['Steuer-ID', 'Steueridentifikationsnummer', 'IdNr.'] } },
  fr: {
    make: frenchNir,
    names: { fr: ['numéro de sécurité sociale', 'NIR', 'n° de sécurité sociale'] },
  },
  es: {
    make: (r) => {
      const n = digits(r, 8);
      return n + ('TRWAGMYFPDXBNJZSQVHLCKE'[Number(n) % 23] ?? '');
    },
    names: { es: ['DNI', 'NIF', 'documento nacional de identidad'] },
  },
  it: { make: codiceFiscale, names: { it: ['codice fiscale', 'C.F.'] } },
  pt: {
    make: (r) => {
      const b = pick(r, ['1', '2']) + digits(r, 7);
      const k = 11 - (sum(b, [9, 8, 7, 6, 5, 4, 3, 2]) % 11);
      return b + (k > 9 ? 0 : k);
    },
    names: { pt: ['número de contribuinte', 'NIF'] },
  },
  br: { make: cpf, names: { pt: ['CPF', 'número do CPF'] } },
  nl: {
    make: (r) =>
      tried(() => {
        const b = digits(r, 8);
        const k = sum(b, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
        return k > 9 || b.startsWith('00') ? null : b + k;
      }),
    names: { nl: ['BSN', 'burgerservicenummer'] },
  },
  be: {
    make: (r) => {
      const { yy, mm, dd } = dated(r);
      const b = `${yy}${mm}${dd}${pad(int(r, 1, 997), 3)}`;
      const k = pad(97 - (Number(b) % 97), 2);
      return `${yy}.${mm}.${dd}-${b.slice(6)}.${k}`;
    },
    names: { nl: ['rijksregisternummer'], fr: ['numéro national'] },
  },
  pl: {
    make: (r) => {
      const { yy, mm, dd } = dated(r);
      const b = yy + mm + dd + digits(r, 4);
      return b + ((10 - (sum(b, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10);
    },
    names: { pl: ['PESEL', 'numer PESEL'] },
  },
  se: {
    make: (r) => {
      const { yy, mm, dd } = dated(r);
      const t = withLuhn(yy + mm + dd + digits(r, 3));
      return `${t.slice(0, 6)}-${t.slice(6)}`;
    },
    names: { sv: ['personnummer'] },
  },
  dk: {
    make: (r) => {
      const { yy, mm, dd } = dated(r);
      return `${dd}${mm}${yy}-${digits(r, 4)}`;
    },
    names: { da: ['CPR-nummer', 'CPR'] },
  },
  no: {
    make: (r) =>
      tried(() => {
        const { yy, mm, dd } = dated(r);
        const b = dd + mm + yy + pad(int(r, 0, 499), 3);
        const j = (11 - (sum(b, [3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11)) % 11;
        const k = (11 - (sum(b + j, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
        return j > 9 || k > 9 ? null : `${b}${j}${k}`;
      }),
    names: { no: ['fødselsnummer'] },
  },
  fi: {
    make: (r) => {
      const { yy, mm, dd } = dated(r);
      const n = pad(int(r, 2, 899), 3);
      return `${dd}${mm}${yy}-${n}${'0123456789ABCDEFHJKLMNPRSTUVWXY'[Number(dd + mm + yy + n) % 31] ?? ''}`;
    },
    names: { fi: ['henkilötunnus', 'HETU'] },
  },
  ch: {
    make: (r) => {
      const b = `756${digits(r, 9)}`;
      const t = b + ((10 - (sum(b, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10)) % 10);
      return `756.${t.slice(3, 7)}.${t.slice(7, 11)}.${t.slice(11)}`;
    },
    names: { de: ['AHV-Nummer'], fr: ['numéro AVS'] },
  },
  tr: {
    make: (r) => {
      const b = String(int(r, 1, 9)) + digits(r, 8);
      const d = Array.from(b).map(Number);
      const odd = [0, 2, 4, 6, 8].reduce((a, i) => a + (d[i] ?? 0), 0);
      const even = [1, 3, 5, 7].reduce((a, i) => a + (d[i] ?? 0), 0);
      const j = (((odd * 7 - even) % 10) + 10) % 10;
      return `${b}${j}${(odd + even + j) % 10}`;
    },
    names: { tr: ['TC Kimlik No', 'T.C. kimlik numarası'] },
  },
  in: { make: aadhaar, names: { en: ['Aadhaar', 'Aadhaar number'] } },
  cn: {
    make: (r) => {
      const { yy, mm, dd } = dated(r);
      const b = `${pick(r, ['110105', '310104', '440305', '510107'])}19${yy}${mm}${dd}${digits(r, 3)}`;
      return (
        b +
        ('10X98765432'[sum(b, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11] ?? '')
      );
    },
    names: { zh: ['身份证号', '身份证号码'] },
  },
  kr: {
    make: (r) => {
      const { yy, mm, dd } = dated(r);
      const b = yy + mm + dd + int(r, 1, 2) + digits(r, 5);
      const k = (11 - (sum(b, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10;
      return `${b.slice(0, 6)}-${b.slice(6)}${k}`;
    },
    names: { ko: ['주민등록번호', '주민번호'] },
  },
  jp: {
    make: (r) => {
      const b = digits(r, 11);
      const k = sum(b, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
      return b + (k <= 1 ? 0 : 11 - k);
    },
    names: { ja: ['マイナンバー', '個人番号'] },
  },
  ru: {
    make: (r) => {
      const b = pad(int(r, 2, 999), 3) + digits(r, 6);
      const k = sum(b, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101;
      return `${b.slice(0, 3)}-${b.slice(3, 6)}-${b.slice(6)} ${pad(k === 100 ? 0 : k, 2)}`;
    },
    names: { ru: ['СНИЛС'] },
  },
  za: {
    make: (r) => {
      const { yy, mm, dd } = dated(r);
      return withLuhn(`${yy}${mm}${dd}${digits(r, 4)}08`);
    },
    names: { en: ['SA ID', 'ID number'] },
  },
  il: {
    make: (r) => withLuhn(pick(r, ['2', '3', '0']) + digits(r, 7)),
    names: { en: ['Teudat Zehut'] },
  },
  ro: {
    make: (r) => {
      const { yy, mm, dd } = dated(r);
      const b = int(r, 1, 2) + yy + mm + dd + pad(int(r, 1, 46), 2) + digits(r, 3);
      const k = sum(b, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
      return b + (k === 10 ? 1 : k);
    },
    names: { ro: ['CNP'] },
  },
  au: {
    make: (r) =>
      tried(() => {
        const b = digits(r, 8);
        const k = Array.from('0123456789').find(
          (d) => sum(b + d, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0,
        );
        return k === undefined ? null : b + k;
      }),
    names: { en: ['TFN', 'Tax File Number'] },
  },
  sg: {
    make: (r) => {
      const b = digits(r, 7);
      return `S${b}${'JZIHGFEDCBA'[sum(b, [2, 7, 6, 5, 4, 3, 2]) % 11] ?? ''}`;
    },
    names: { en: ['NRIC'] },
  },
  cl: {
    make: (r) => {
      const b = String(int(r, 5_000_000, 24_000_000));
      let total = 0;
      Array.from(b)
        .reverse()
        .forEach((d, i) => {
          total += Number(d) * (2 + (i % 6));
        });
      const k = 11 - (total % 11);
      return `${Number(b).toLocaleString('de-DE')}-${k === 11 ? '0' : k === 10 ? 'K' : k}`;
    },
    names: { es: ['RUT', 'R.U.T.'] },
  },
};

function germanTaxId(random: Random): string {
  return tried(() => {
    const base = [1, 2, 3, 4, 5, 6, 7, 8, 9].sort(() => random() - 0.5);
    const body = [...base.slice(0, 9), base[int(random, 0, 8)] ?? 1].sort(() => random() - 0.5);
    if (/(\d)\1\1/.test(body.join(''))) return null;
    let product = 10;
    for (const digit of body) product = (((digit + product) % 10 || 10) * 2) % 11;
    const text = `${body.join('')}${(11 - product) % 10}`;
    return random() < 0.5
      ? text
      : `${text.slice(0, 2)} ${text.slice(2, 5)} ${text.slice(5, 8)} ${text.slice(8)}`;
  });
}

function frenchNir(random: Random): string {
  const { yy, mm } = dated(random);
  const body = `${int(random, 1, 2)}${yy}${mm}${pad(int(random, 1, 95), 2)}${pad(int(random, 1, 800), 3)}${pad(int(random, 1, 999), 3)}`;
  const key = pad(97 - (Number(body) % 97), 2);
  const t = body + key;
  return random() < 0.5
    ? t
    : `${t[0]} ${t.slice(1, 3)} ${t.slice(3, 5)} ${t.slice(5, 7)} ${t.slice(7, 10)} ${t.slice(10, 13)} ${key}`;
}

function codiceFiscale(random: Random): string {
  const letter = (letters: string): string => pick(random, Array.from(letters));
  const three = (): string =>
    letter('BCDFGLMNPRSTV') + letter('BCDFGLMNPRSTV') + letter('AEIOBCDLMR');
  const body = `${three()}${three()}${pad(int(random, 40, 99), 2)}${letter('ABCDEHLMPRST')}${pad(int(random, 1, 28), 2)}${letter('AFHLD')}${digits(random, 3)}`;
  const odd: Readonly<Record<string, number>> = {
    0: 1,
    1: 0,
    2: 5,
    3: 7,
    4: 9,
    5: 13,
    6: 15,
    7: 17,
    8: 19,
    9: 21,
    A: 1,
    B: 0,
    C: 5,
    D: 7,
    E: 9,
    F: 13,
    G: 15,
    H: 17,
    I: 19,
    J: 21,
    K: 2,
    L: 4,
    M: 18,
    N: 20,
    O: 11,
    P: 3,
    Q: 6,
    R: 8,
    S: 12,
    T: 14,
    U: 16,
    V: 10,
    W: 22,
    X: 25,
    Y: 24,
    Z: 23,
  };
  let total = 0;
  Array.from(body).forEach((character, at) => {
    const even = /\d/.test(character) ? Number(character) : character.charCodeAt(0) - 65;
    total += at % 2 === 0 ? (odd[character] ?? 0) : even;
  });
  return body + String.fromCharCode(65 + (total % 26));
}

function cpf(random: Random): string {
  const b = digits(random, 9);
  const check = (text: string): number => {
    let total = 0;
    Array.from(text).forEach((d, at) => {
      total += Number(d) * (text.length + 1 - at);
    });
    return ((total * 10) % 11) % 10;
  };
  const j = check(b);
  const k = check(`${b}${j}`);
  return random() < 0.6
    ? `${b.slice(0, 3)}.${b.slice(3, 6)}.${b.slice(6)}-${j}${k}`
    : `${b}${j}${k}`;
}

// Verhoeff by the dihedral group computed, not looked up: r^a·s^b as [rotation, reflection].
function aadhaar(random: Random): string {
  const times = (a: number, b: number): number => {
    const [ra, sa] = [a % 5, a > 4];
    const [rb, sb] = [b % 5, b > 4];
    const rotation = sa ? (ra - rb + 5) % 5 : (ra + rb) % 5;
    return rotation + (sa === sb ? 0 : 5);
  };
  const permute = (digit: number, count: number): number => {
    const once = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let value = digit;
    for (let at = 0; at < count % 8; at += 1) value = once[value] ?? 0;
    return value;
  };
  const body = String(int(random, 2, 9)) + digits(random, 10);
  for (let last = 0; last < 10; last += 1) {
    let check = 0;
    Array.from(`${body}${last}`)
      .reverse()
      .forEach((d, at) => {
        check = times(check, permute(Number(d), at));
      });
    if (check === 0) return (`${body}${last}`.match(/.{4}/g) ?? []).join(' ');
  }
  throw new Error('Verhoeff has a check digit for every number');
}

/** The same id with its last digit or letter changed, so that its check fails. */
export function spoiled(id: string): string {
  const at = id.search(/[0-9A-Z][^0-9A-Za-z]*$/);
  const last = id[at] ?? '0';
  const other = /\d/.test(last)
    ? String((Number(last) + 1) % 10)
    : last === 'Z'
      ? 'A'
      : String.fromCharCode(last.charCodeAt(0) + 1);
  return id.slice(0, at) + other + id.slice(at + 1);
}
