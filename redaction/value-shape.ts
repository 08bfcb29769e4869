import { digitScheme, isSchemeTerm, letteredScheme } from './ids/national-id.ts';
import { luhn, digitsOf } from './ids/check-digits.ts';
import { isNpi } from './ids/lettered-schemes.ts';
import { isPersonName, isSurelyPersonName } from './names.ts';
import { holdsDate } from './dates.ts';
import type { Term } from './vocabulary/dictionary.ts';

/**
 * Whether a whole value is what the term beside it says. `isKey`: the term is a JSON key, a column or a field of its own, so that the
 * whole value is meant; otherwise it is a word of prose before a value. Gives the rule, null when it is something else.
 */
export function ruleOfValue(term: Term, value: string, isKey: boolean): string | null {
  const text = folded(value);
  if (text.length === 0 || text.length > VALUE_LENGTH_MAX || placeholders.test(text)) return null;
  return rules[term.meaning](text, term, isKey) ? `${term.meaning}:term` : idRule(term, text);
}

const VALUE_LENGTH_MAX = 256;

// What stands for "nothing here", and what is masked already.
const placeholders =
  /^(?:n\/?a|none|null|nil|undefined|unknown|test|true|false|yes|no|string|number|-+|\*+|x{3,}|\?+|redacted|masked|hidden|empty|todo|tbd|0+|[[<(].{0,40}[\])>]|\$\{.*|\{\{.*|%s|\*{2}.*)$/i;

function idRule(term: Term, text: string): string | null {
  if (term.meaning !== 'national_id') return null;
  const scheme = nationalScheme(text, term);
  if (scheme !== null) return `national_id:${scheme}`;
  // A term of no one country: any number long enough that no scheme of its length refutes.
  if (term.isWeak || isSchemeTerm(term)) return null;
  return /^[A-Z0-9][A-Z0-9 .\-/]{4,22}$/i.test(text) && countDigits(text) >= 5
    ? 'national_id:term'
    : null;
}

/** The scheme of a national id as it is written, with a term beside it or none. */
export function nationalScheme(text: string, term: Term | null): string | null {
  const compact = text.replace(/[ .\-/]/g, '').toUpperCase();
  if (/^\d+$/.test(compact)) return digitScheme(compact, formatOf(text), term);
  const scheme = letteredScheme(
    text.includes('-') && /^\d{6}-/.test(text) ? text.toUpperCase() : compact,
    term !== null,
  );
  return scheme?.dataClass === 'national_id' ? scheme.name : null;
}

/** Group lengths with their separators: `123-45-6789` → `3-2-4`; empty for one group. */
export function formatOf(text: string): string {
  let format = '';
  let size = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) {
      size += 1;
      continue;
    }
    if (size > 0) format += String(size);
    format += text.charAt(at);
    size = 0;
  }
  if (format === '') return '';
  return size > 0 ? format + String(size) : format;
}

function folded(value: string): string {
  if (!/[^\0-\x7f]/.test(value)) return value.trim();
  return value
    .normalize('NFKC')
    .replace(/[\u00ad\u200b-\u200f\u2060\ufeff]/g, '')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .trim();
}

function countDigits(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) count += 1;
  }
  return count;
}

type Rule = (text: string, term: Term, isKey: boolean) => boolean;

const code = (pattern: RegExp, digitsMin: number): Rule => {
  return (text) => pattern.test(text) && countDigits(text) >= digitsMin && !isTimestamp(text);
};

const rules: Readonly<Record<Term['meaning'], Rule>> = {
  none: () => false,
  national_id: () => false,
  password: () => false,
  secret: () => false,
  email: (text) =>
    /^[^\s@]{1,64}\s?(?:@|\[at\]|\(at\)| at )\s?[^\s@]{1,64}(?:\.|\[dot\]|\(dot\)| dot )\s?\w+$/i.test(
      text,
    ),
  ip: () => false,
  phone: isPhone,
  person: (text, term, isKey) =>
    (!/^(?:family|given)$/.test(term.term) || /^\p{Lu}/u.test(text)) &&
    (isKey ? isPersonName(text) : isSurelyPersonName(text)) &&
    !(term.isWeak && !isSurelyPersonName(text)),
  maybe_person: (text) => isSurelyPersonName(text),
  username: (text, _, isKey) =>
    isKey &&
    /^@?[\p{L}\p{N}][\p{L}\p{N}._\-+]{1,38}$/u.test(text) &&
    !/^(?:admin|root|system|guest|user|anonymous|default|service|bot)$/i.test(text),
  address: isAddress,
  maybe_address: (text) =>
    /\d/.test(text) &&
    (/\p{L}{2}.*\s/u.test(text) || /[\u3040-\ud7af]{4}/.test(text)) &&
    isAddress(text, null, true) &&
    !/[{}=<>]/.test(text),
  birth: (text) => holdsDate(text),
  latitude: (text) =>
    /^[-+]?\d{1,3}(?:[.,]\d{1,12})?\s?°?\s?[NSEWO]?$/.test(text) && /[.,°]/.test(text),
  geo: (text) =>
    /^\(?\[?[-+]?\d{1,3}\.\d{2,12}°?\s?[NS]?[,;\s/]\s?[-+]?\d{1,3}\.\d{2,12}°?\s?[EW]?[\])]?$/.test(
      text,
    ),
  card: (text, _, isKey) => isCardNumber(text, isKey),
  card_code: (text) => /^\d{3,4}$/.test(text),
  pin: (text, term) =>
    (term.isWeak || term.term.includes('pin')
      ? /^\d{4,6}$/
      : /^(?:[A-Z]-?)?\d{3,4}[ -]?\d{0,4}$/i
    ).test(text) && text.length >= 4,
  card_expiry: (text, term, isKey) =>
    (isKey ||
      /thru|card|cc|gultig|valid/.test(term.term) ||
      term.isWeak ||
      term.term.startsWith('exp')) &&
    /^(?:0?[1-9]|1[0-2])\s?[/-]\s?(?:20)?\d{2}$/.test(text),
  passport: (text) =>
    /^(?:[A-Z]{1,3}[ -]?)?\d[\dA-Z -]{4,12}$/i.test(text) &&
    countDigits(text) >= 5 &&
    text.length <= 14,
  licence: (text, term) =>
    term.term.startsWith('npi') || term.term === 'nationalprovideridentifier'
      ? isNpi(text)
      : code(/^[A-Z0-9][A-Z0-9 \-/*.]{3,24}$/i, 3)(text, term, true),
  iban: (text) => /^[A-Z]{2}\d{2}[A-Z0-9 -]{8,40}$/i.test(text) && isIban(text),
  bank: isBankAccount,
  medical: code(/^#?[A-Z0-9][A-Z0-9 \-/.:#]{2,24}$/i, 3),
  health_plan: code(/^#?[A-Z0-9][A-Z0-9 \-/.]{3,26}$/i, 3),
  device: isDeviceId,
  vehicle: isVehicleId,
};

function isPhone(text: string, term: Term | null): boolean {
  const digits = countDigits(text);
  if (digits < 5 || digits > 17 || isTimestamp(text)) return false;
  if (term?.isWeak === true && digits < 7) return false;
  return /^(?:tel:|sms:)?[+(]?[\d(][\d\s().\-/]*(?:\s?(?:x|ext\.?|extension|#|доб\.?|durchwahl|poste)\s?\d{1,6})?$/i.test(
    text,
  );
}

// Epoch seconds and milliseconds of this century, ISO dates.
function isTimestamp(text: string): boolean {
  return /^(?:19|20)\d\d-\d\d-\d\d/.test(text) || /^1[4-9]\d{8}\d{3}$/.test(text);
}

function isAddress(text: string, term: Term | null, isKey: boolean): boolean {
  if (
    /^(?:https?:|0x|[\w.+-]+@|\d{1,3}\.\d{1,3}\.|[A-Za-z]:\\|\/)/.test(text) ||
    /[{}=<>]|::/.test(text)
  )
    return false;
  if (/^[\d]+$/.test(text)) return text.length >= 3 && text.length <= 9 && isPostcodeTerm(term);
  if (/^[A-Z0-9][A-Z0-9 -]{2,9}$/.test(text) && /\d/.test(text)) return true;
  return (
    isKey &&
    /\p{L}{2}/u.test(text) &&
    (/\d/.test(text) || /\s/.test(text) || /[\u0250-\uffff]/.test(text))
  );
}

function isPostcodeTerm(term: Term | null): boolean {
  return (
    term !== null &&
    /zip|post|plz|^cp$|^cap$|^cep|kod|psc|irsz|iranyito|индекс|邮|郵|우편|pos$|number|apt|apartment|ไปร|מיקוד|الرمز|पिन|hausnummer|huisnummer/.test(
      term.term,
    )
  );
}

function isCardNumber(text: string, isKey: boolean): boolean {
  const compact = text.replace(/[ .-]/g, '');
  if (!/^\d{12,19}$/.test(compact)) return false;
  return isKey || luhn(digitsOf(compact));
}

/** IBAN by ISO 7064; lengths are looked up by who finds one in a text. */
export function isIban(text: string): boolean {
  let size = 0;
  let rest = 0;
  let country = 0;
  // The first four go last: they are held back and what they give is added at the end.
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x20 || code === 0x2d || code === 0x2e) continue;
    const value = valueInIban(code);
    if (value < 0 || (size < 2 ? value < 10 : size < 4 && value > 9)) return false;
    if (size < 4) country = value > 9 ? country * 100 + value : country * 10 + value;
    else rest = (value > 9 ? rest * 100 + value : rest * 10 + value) % 97;
    size += 1;
  }
  return size >= 15 && size <= 34 && (rest * 1_000_000 + country) % 97 === 1;
}

// A = 10; −1 for what is neither letter nor digit.
function valueInIban(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = (code | 0x20) - 0x57;
  return letter >= 10 && letter <= 35 ? letter : -1;
}

function isBankAccount(text: string, term: Term): boolean {
  const compact = text.replace(/[ \-./]/g, '');
  if (/rout|aba|rtn/.test(term.term)) return /^\d{9}$/.test(compact) && isRoutingNumber(compact);
  if (/bic|swift/.test(term.term)) return /^[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/.test(compact);
  if (/sort/.test(term.term)) return /^\d{6}$/.test(compact);
  if (/ifsc/.test(term.term)) return /^[A-Z]{4}0[A-Z0-9]{6}$/.test(compact);
  if (/btc|eth|wallet|crypto|bitcoin/.test(term.term)) return /^[A-Za-z0-9]{25,90}$/.test(compact);
  if (isTimestamp(text) || !/^[A-Z0-9][A-Z0-9 \-./]{3,33}$/i.test(text)) return false;
  const digits = countDigits(text);
  return digits >= (term.isWeak ? 7 : 5) && digits * 3 >= compact.length * 2;
}

/** American Bankers Association: weights 3, 7, 1; the first two digits are a Federal Reserve district. */
export function isRoutingNumber(text: string): boolean {
  const d = digitsOf(text);
  const district = (d[0] ?? 0) * 10 + (d[1] ?? 0);
  if (!(
    district <= 12 ||
    (district >= 21 && district <= 32) ||
    (district >= 61 && district <= 72) ||
    district === 80
  ))
    return false;
  let sum = 0;
  for (let index = 0; index < 9; index += 1) sum += (d[index] ?? 0) * ([3, 7, 1][index % 3] ?? 0);
  return sum % 10 === 0 && sum > 0;
}

function isDeviceId(text: string, term: Term): boolean {
  if (/imei/.test(term.term)) return /^\d{14,16}$/.test(text.replace(/[ \-/]/g, ''));
  if (/^mac|hw|ether|hardware/.test(term.term))
    return /^(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}$|^(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}$/i.test(text);
  return (
    /^[A-Z0-9][A-Z0-9:\-._/]{4,63}$/i.test(text) && countDigits(text) >= 2 && !isTimestamp(text)
  );
}

function isVehicleId(text: string, term: Term): boolean {
  if (/^(?:vin|fin|chassis|fahrgestell)/.test(term.term))
    return /^[A-HJ-NPR-Z0-9]{11,17}$/i.test(text) && countDigits(text) >= 3;
  return (
    /^[\p{L}\p{N}][\p{L}\p{N} \-·.]{2,14}$/u.test(text) &&
    /\d/.test(text) &&
    !/\d{9}/.test(text) &&
    (!term.isWeak || /[\p{Lu}\p{Lo}]/u.test(text))
  );
}
