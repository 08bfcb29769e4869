import { fold, foldedWords } from './fold.ts';
import type { Meaning } from './meaning.ts';
import { termsOfIds } from './terms-of-ids.ts';
import { termsOfPeople } from './terms-of-people.ts';

/** A term that was met: what it means, and the term itself, folded, by which a validator may know its country. */
export type Term = { readonly meaning: Meaning; readonly term: string; readonly isWeak: boolean };

/** The longest term has this many words. */
export const TERM_WORDS_MAX = 6;

/** The term that a folded phrase is, as a whole. */
export function termOf(phrase: string): Term | undefined {
  return terms.get(phrase);
}

/**
 * What a key's name says: by its last words, behind qualifiers (`customer_ssn`, `phone_number_2`, `home_email_address_primary`).
 * Undefined for `password_policy`, `max_tokens`, `ip_count`.
 */
export function termOfKey(key: string): Term | undefined {
  const whole = terms.get(fold(key));
  if (whole !== undefined) return whole;
  const words = foldedWords(key);
  for (let end = words.length; end > 0; end -= 1) {
    const found = termEnding(words, end);
    if (found !== undefined) {
      // A weak term is one only when it is the whole key.
      return found.isWeak || found.meaning === 'none' ? undefined : found;
    }
    if (!qualifiers.has(words[end - 1] ?? '')) return undefined;
  }
  return undefined;
}

/** The longest term that ends before word `end`. */
export function termEnding(words: readonly string[], end: number): Term | undefined {
  const last = words[end - 1] ?? '';
  let found = terms.get(last);
  if (!lastWords.has(last)) return found;
  let phrase = last;
  for (let at = end - 2; at >= 0 && at >= end - TERM_WORDS_MAX; at -= 1) {
    phrase = (words[at] ?? '') + phrase;
    found = terms.get(phrase) ?? found;
  }
  return found;
}

/** Every folded term and qualifier: what ends a key that may mean something. */
export function termEndings(): readonly string[] {
  return [...terms.keys(), ...qualifiers];
}

/** Every folded term. */
export function foldedTerms(): readonly string[] {
  return [...terms.keys()];
}

/** Whether terms of several words end with a folded word. */
export function isLastWord(word: string): boolean {
  return lastWords.has(word);
}

/** The last words of terms, those of one word among them. */
export function lastWordsOfTerms(): readonly string[] {
  return [...lastWords];
}

// What may stand behind a term in a key without changing what its value is.
const qualifiers = new Set(
  `number no num nr id value text string str raw full primary secondary home work mobile main other current previous original masked1 field
   code line input plain plaintext clear unmasked formatted normalized de der des du of the en us uk 0 1 2 3 4 5 6 7 8 9 10`.match(
    /\S+/g,
  ) ?? [],
);

// Words of other meanings too: as a key they count only alone, and a number beside them only with a right check digit.
const weakTerms = new Set(
  `run rut fin rc cf cc nit nis pis rg nik cp cap via sim pan uid tin dic ico cif sin sss nip nie ur geb nar nhs tz cb spi cni taj oib ein ird abn itin sn uuid ssss
   account acct konto conto conta cuenta agencia routing swift bic rib permis patente plate chart rx serial mac policy poliza polis polizza pass exp expires tan clave pin
   visa amex mastercard karta carta carte tarjeta cartao call ring dial cell portable bel fone mobil mobile cep hp gsm mail user employee student patient doctor nurse attending
   applicant recipient beneficiary witness spouse kin passenger landlord insured signedby nombre nome naam namn navn nimi nume ime ad adi rue street strasse gata line1 line2 apt handle login nick user
   documento identificacion social plaque placa targa matricula tablica fnr cpr secret token jeton index zip lat lon lng geo gps location born birth`.match(
    /\S+/g,
  ) ?? [],
);

// The last words of all terms: most words end none.
const lastWords = new Set<string>();
const terms: ReadonlyMap<string, Term> = collect();

function collect(): Map<string, Term> {
  const found = new Map<string, Term>();
  for (const { meaning, words } of [...termsOfIds, ...termsOfPeople]) {
    for (const phrase of words.split(',')) {
      const term = fold(phrase);
      lastWords.add(foldedWords(phrase).at(-1) ?? '');
      if (term !== '' && !found.has(term)) {
        found.set(term, { meaning, term, isWeak: weakTerms.has(term) });
      }
    }
  }
  return found;
}
