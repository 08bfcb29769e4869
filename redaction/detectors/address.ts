import { termBefore } from '../context.ts';
import { createEndingFilter, mayEnd } from '../ending-filter.ts';
import type { Scan } from '../finding.ts';
import { byteAt, isDigit, isLetterOrDigit, latinOf, matchAt, report, textOf } from '../finding.ts';
import { addressEnd, announcedAddressEnd, strongAddressEnd } from './address-tail.ts';

const LOOK_BACK_BYTES = 80;

// A character a byte: letters beyond ASCII are bytes of 0x80 and above.
const W = "[A-Za-z0-9\\x80-\\xff'.\\-]";
const unit = `,? ?(?:#|Apt\\.?|Apartment|Suite|Ste\\.?|Unit|Floor|Fl\\.?|Room|Rm\\.?|Bldg\\.?|Building|Flat|Box)\\s?#?[A-Za-z0-9\\-]{1,6}`;
const city = `,?(?: |\\n|\\\\n)(?:[A-Z\\x80-\\xff]${W}{1,24})(?: [A-Z]${W}{1,20}){0,2}(?:,? (?:[A-Z]{2}|[A-Z][a-z]{3,12}(?: [A-Z][a-z]{3,12})?))?,? (?:\\d{5}(?:-\\d{4})?|[A-Z]{1,2}\\d[A-Z\\d]? \\d[A-Z]{2}|\\d{4}(?: ?[A-Z]{2})?)(?![\\w-]|[ .-]\\d\\d)|, [A-Z][a-z]{2,20}(?: [A-Z][a-z]{2,20})?, [A-Z]{2}(?![A-Za-z])`;
const tail = `(?:${unit})?(?:${city})?`;
const english = new RegExp(
  `\\d{1,6}[A-Za-z]?(?:[-/]\\d{1,5})?,? (?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\\.? )?(?:[A-Z0-9\\x80-\\xff]${W}{0,24} ){1,4}` +
    `(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Circle|Cir|Way|Place|Pl|Square|Sq|Terrace|Ter|Parkway|Pkwy|Highway|Hwy|Trail|Trl|Crescent|Cres|Close|Grove|Row|Mews|Gardens|Hill|Walk|Loop|Alley|Plaza|Path|Pike|Point|Ridge|Run|View|Heights|Expressway|Turnpike|Quay|Wharf|Esplanade|Parade)\\b\\.?(?: (?:N|S|E|W|NE|NW|SE|SW)\\b)?${tail}`,
  'y',
);
// Any name of a road, when a flat or a city with its code follows.
const withTail = new RegExp(
  `\\d{1,6}[A-Za-z]? (?:[A-Z\\x80-\\xff]${W}{1,24} ){0,3}[A-Z\\x80-\\xff]${W}{1,24}(?:${unit}(?:${city})?|${city})`,
  'y',
);
// A number, words of which one has a capital, and the number of a house: an address by what stands before or behind it alone.
const anyName = new RegExp(
  `\\d{1,6}[A-Za-z]?(?: \\d{1,6})?,? (?:(?:[A-Z\\x80-\\xff]${W}{0,24}|de|du|des|la|le|les|del|della|di|van|von|der|den|da|do|dos|das|el|al|of|the|nad|ved) ){0,5}(?:[A-Z\\x80-\\xff][a-z\\x80-\\xff]${W}{0,24}|Box)(?: \\d{1,5}[A-Za-z]?(?![\\w:.,]\\w|[ -]?\\d))?\\.?`,
  'y',
);
const militaryBox =
  /\d{1,5},? (?:Box|box|BOX) \d{1,5}(?:,|\s|\\n){1,6}[>? ]{0,6}[AFDafd][Pp][Oo],? [Aa][AEPaep] \d{5}/y;
const unitEnds = Array.from('CRTcrt', (letter) => letter.charCodeAt(0));
const militaryUnit = /(?:PSC|CMR|Unit|psc|cmr|unit) $/;
const ship = /US[A-Z]{1,3} [A-Z][\p{L} .'’-]{1,30}(?:,|\s|\\n){1,6}[>? ]{0,6}[AFD]PO,? A[AEP] $/u;
const isTime =
  /^\d{1,4},? (?:[AP]\.?M\b|[ap]\.?m\b|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\b|[KMGT]i?B\b)/;
const french = new RegExp(
  `\\d{1,4}(?: ?(?:bis|ter|quater))?,? (?:[Rr]ue|[Aa]venue|[Aa]v\\.|[Bb]oulevard|[Bb]d\\.?|[Pp]lace|[Aa]ll\\xc3\\xa9e|[Ii]mpasse|[Cc]hemin|[Rr]oute|[Qq]uai|[Cc]ours|[Ss]quare|[Pp]assage|[Cc]h\\.)(?: (?:de la|de l'|de|du|des|d'|la|le|les|l'))?[ ]?(?:[A-Z\\x80-\\xff]${W}{0,24})(?: ${W}{1,20}){0,4}?(?:,? (?:\\d{4,5}) [A-Z\\x80-\\xff]${W}{1,24}(?: [A-Z]${W}{1,20}){0,2}(?: Cedex(?: \\d+)?)?|(?=[,.;)"\\n]|$| \\()|(?= [a-z]))`,
  'y',
);
const behindNumber = new RegExp(
  `(?:[a-zA-Z](?![A-Za-z]))?(?:[-/]\\d{1,4}[a-zA-Z]?)?(?:,? (?:[0-9]{1,2}[\\xc2\\xba\\xaa]{2}|\\d{1,2}\\. OG|Wohnung \\d+|m\\. ?\\d+|\\xd0\\xba\\xd0\\xb2\\. ?\\d+|kv\\. ?\\d+|bus \\d+|piso \\d+|int\\. ?\\d+|apto\\.? ?\\d+)[A-Za-z]?)?(?:,? (?:- )?(?:[A-Z]{1,2}-)?(?:\\d{4,6}|\\d{2}-\\d{3}|\\d{3} \\d{2}|\\d{4} ?[A-Z]{2}|\\d{5}-\\d{3})(?:,)? [A-Z\\x80-\\xff]${W}{1,24}(?:[ -][A-Z]${W}{1,20}){0,2}(?: \\([A-Z]{2}\\))?)?`,
  'y',
);
const streetBefore =
  /(?:(?:\p{Lu}[\p{L}.'’-]* ){0,2}\p{Lu}[\p{L}.'’-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|(?<![aeiou])(?<!\b[Ss][pt])ring|damm|ufer|steig|straat|laan|plein|gracht|kade|dijk|singel|gatan|vägen|gränd|stigen|gade|vej|gata|veien|vegen|gaten|katu|tie|kuja|polku)|\p{Lu}[\p{L}.'’-]+ (?:Straße|Strasse|Str\.|Weg|Platz|Allee|Ring|Damm|utca|u\.|út|útja|tér|körút|krt\.|rkp\.|köz|sétány|Caddesi|Cad\.|Sokak|Sokağı|Sok\.|Bulvarı|väg|gata)|(?:[Vv]ia|[Vv]iale|[Pp]iazza|[Pp]iazzale|[Cc]orso|[Vv]icolo|[Ll]argo|[Cc]alle|C\/|[Aa]venida|Av\.|Avda\.?|[Pp]aseo|[Pp]laza|[Cc]arrera|Cra\.?|[Cc]arrer|[Cc]amino|[Rr]onda|[Rr]ua|R\.|[Tt]ravessa|[Pp]raça|[Aa]lameda|[Rr]odovia|[Ee]strada|[Uu]l\.|[Uu]lica|[Aa]l\.|[Aa]leja|[Aa]leje|[Oo]s\.|[Pp]lac|[Pp]l\.|[Нн]аб\.|ул\.|[Уу]лица|пр\.|пр-т|[Пп]роспект|пер\.|[Пп]ереулок|вул\.|[Вв]улиця|бул\.|[Бб]ульвар|[Sṣș]trada|Str\.|[Bb]ulevardul|[Cc]alea|Jl\.|[Jj]alan|[Оо]дос|Οδός|οδός|Λεωφόρος) (?:[\p{L}.'’-]+ ){0,3}[\p{L}.'’-]+),? ?(?:n[º°]|no\.?|nr\.?|num\.?|č\.|д\.|дом|буд\.|No:)? ?$/u;
const eastAsianBefore =
  /(?:〒?\s?\d{3}-\d{4}\s*)?(?:[\p{Script=Han}]{2,8}(?:省|市|都|道|府|県|區|区|县)[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}0-9０-９ー]{1,30}|\p{Script=Hangul}{1,6}(?:특별시|광역시|시|도|구)\s[\p{Script=Hangul}0-9 ]{1,30}(?:로|길|동|대로)\s?)$/u;
const eastAsianBehind =
  /(?:[-−ー]\d{1,4}){0,3}(?:\xe5\x8f\xb7|\xe8\x99\x9f|\xe7\x95\xaa\xe5\x9c\xb0|\xeb\xb2\x88\xec\xa7\x80|\xe4\xb8\x81\xe7\x9b\xae)?(?:[\x80-\xff0-9-]{0,40})/y;
const postBox =
  /(?:P\.? ?O\.? ?Box|Postfach|Boîte postale|BP|Apartado(?: de correos)?|Casella postale|Caixa postal|Postbus) #?$/i;

/** Postal addresses around a house number. `at` is its first digit, `end` behind the last. 0 when there is none. */
export function detectAddress(scan: Scan, at: number, end: number): number {
  const abroad = detectMilitary(scan, at, end);
  if (abroad !== 0) return abroad;
  const next = byteAt(scan, end);
  const isHouse = next === 0x20 || next === 0x2c || next === 0x2d || next === 0x2f;
  if (isHouse || isLetterOrDigit(next)) {
    const isStreet = scan.takesShortCuts ? mayNameStreet(scan, end) : mayBeStreet(scan, end);
    const text = isStreet
      ? (matchAt(scan, english, at) ?? matchAt(scan, french, at) ?? matchAt(scan, withTail, at))
      : null;
    if (text !== null) return found(scan, at, at + text.length);
    return detectBehindStreet(scan, at, end) || (isStreet ? detectByName(scan, at) : 0);
  }
  return detectBehindStreet(scan, at, end);
}

// `172 Maneeži 75`: of any name, when it is announced (`lives at …`), or a flat or a country follows.
function detectByName(scan: Scan, at: number): number {
  const text = matchAt(scan, anyName, at);
  if (text === null || isTime.test(text)) return 0;
  const end = at + text.length;
  const far = strongAddressEnd(scan, end, / \d{1,5}[A-Za-z]?\.?$/.test(text));
  if (far !== 0) return found(scan, at, far);
  const meaning = termBefore(scan, at)?.meaning;
  if (meaning !== 'address' && meaning !== 'maybe_address') return 0;
  return found(scan, at, announcedAddressEnd(scan, end));
}

// `PSC 1437, Box 3833\nAPO AA 66791`, `USNV Vincent\nFPO AA 68422`: of armed forces abroad. `at` is the first digit of the unit or of the code.
export function detectMilitary(scan: Scan, at: number, end: number): number {
  const next = byteAt(scan, end);
  const isUnit = (next === 0x20 || next === 0x2c) && unitEnds.includes(byteAt(scan, at - 2));
  const box = isUnit ? matchAt(scan, militaryBox, at) : null;
  const isCode = end - at === 5 && byteAt(scan, at - 3) === 0x41 && byteAt(scan, at - 6) === 0x50;
  if (box === null && !isCode) return 0;
  const floor = Math.max(scan.start, at - LOOK_BACK_BYTES, scan.findings.at(-1)?.end ?? 0);
  const before = textOf(scan, floor, at);
  const place = (box === null ? ship : militaryUnit).exec(before);
  if (place === null) return 0;
  const start = at - Buffer.byteLength(before.slice(place.index));
  return found(scan, start, box === null ? end : at + box.length);
}

// The same sooner for a number with a blank or a comma behind it: of what follows only words with a capital among them, or a French
// word for a street, are tried.
function mayNameStreet(scan: Scan, end: number): boolean {
  const next = byteAt(scan, end);
  if (next !== 0x20 && next !== 0x2c) return mayBeStreet(scan, end);
  const start = next === 0x20 ? end + 1 : end + 2;
  if (next === 0x2c && byteAt(scan, end + 1) !== 0x20) return false;
  const first = byteAt(scan, start);
  if (first >= 0x61 && first <= 0x7a) return mayBeStreet(scan, end);
  return isDigit(first) ? hasCapitalWord(scan, start) : first >= 0x41;
}

const STREET_WORDS_MAX = 5;
const STREET_WORD_BYTES_MAX = 25;

function hasCapitalWord(scan: Scan, start: number): boolean {
  let at = start;
  for (let word = 0; word < STREET_WORDS_MAX; word += 1) {
    const first = byteAt(scan, at);
    if (first >= 0x41 && first <= 0x5a) return true;
    if (!isDigit(first) && first < 0x80) return false;
    const stop = at + STREET_WORD_BYTES_MAX;
    while (at < stop && byteAt(scan, at) > 0x20) at += 1;
    if (byteAt(scan, at) !== 0x20) return false;
    at += 1;
  }
  return false;
}

// A capital or a French street word within what follows the number.
function mayBeStreet(scan: Scan, end: number): boolean {
  const first = byteAt(scan, end);
  const isPlain = first === 0x20 && isSmall(byteAt(scan, end + 1));
  if (isPlain && !mayBeginStreet.has((byteAt(scan, end + 1) << 8) | byteAt(scan, end + 2)))
    return false;
  return streetBehind.test(latinOf(scan).slice(end - scan.start, end - scan.start + 24));
}

const streetWords = 'rue av boul bd place all imp chemin route quai cours square pass ch.'.split(
  ' ',
);
const streetBehind = new RegExp(
  `^[a-zA-Z]?(?:[-/]\\d+)?,? ?(?:bis |ter )?(?:[A-Z0-9\\x80-\\xff]|${streetWords.join('|').replace('.', '\\.')})`,
);
const mayBeginStreet = new Set(
  [...streetWords, 'bis', 'ter'].map((text) => (text.charCodeAt(0) << 8) | text.charCodeAt(1)),
);

function isSmall(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

function detectBehindStreet(scan: Scan, at: number, end: number): number {
  const floor = Math.max(scan.start, at - LOOK_BACK_BYTES, scan.findings.at(-1)?.end ?? 0);
  const last = byteAt(scan, at - 1);
  if (
    at - floor < 3 ||
    !(
      last === 0x20 ||
      last === 0x2e ||
      last === 0x23 ||
      (last === 0x3a && byteAt(scan, at - 2) === 0x6f) ||
      last >= 0x80
    )
  )
    return 0;
  if (scan.takesShortCuts && !endsAsStreet(scan, at)) return 0;
  if (!mayBeBehindStreet(scan, floor, at)) return 0;
  const before = textOf(scan, floor, at);
  const street = streetBefore.exec(before) ?? postBox.exec(before);
  if (street !== null) {
    const behind = matchAt(scan, behindNumber, end) ?? '';
    const leading = leadingNumber.exec(before.slice(0, street.index))?.[0] ?? '';
    const start = at - Buffer.byteLength(before.slice(street.index)) - leading.length;
    return found(scan, start, end + behind.length);
  }
  if (!/[\u1100-\uffff]/.test(before)) return 0;
  const eastern = eastAsianBefore.exec(before);
  if (eastern === null) return 0;
  const behind = trimmed(matchAt(scan, eastAsianBehind, end) ?? '');
  return found(scan, at - Buffer.byteLength(before.slice(eastern.index)), end + behind.length);
}

// `28245 Puruntie 82`.
const leadingNumber = /(?<![\w.,:/-])\d{1,6} $/;

// A letter or a point, `#`, `:`, behind it at most a comma and blanks: what a street's name or `No:` ends with.
function endsAsStreet(scan: Scan, at: number): boolean {
  let end = at;
  for (let count = 0; count < 3; count += 1) {
    const byte = byteAt(scan, end - 1);
    if (byte !== 0x20 && byte !== 0x2c) break;
    end -= 1;
  }
  const last = byteAt(scan, end - 1);
  return isLetter(last) || last >= 0x80 || (last >= 0x23 && streetSigns.includes(last));
}

const streetSigns = Array.from("#'-.:", (sign) => sign.charCodeAt(0));

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}

// The word before, or one of the few before it, ends as a street's name does or is a word for one. What was read for one number is not
// read again for the next.
function mayBeBehindStreet(scan: Scan, floor: number, at: number): boolean {
  const clearTo = at >= scan.streetsReadTo ? scan.streetsReadTo : -1;
  let end = at;
  for (let word = 0; word < 5; word += 1) {
    while (end > floor && !isStreetByte(scan.bytes[end - 1] ?? 0)) end -= 1;
    if (end <= floor || end <= clearTo) break;
    const wordEnd = end;
    while (end > floor && isStreetByte(scan.bytes[end - 1] ?? 0)) end -= 1;
    if (mayNameStreetIn(scan.bytes, behindEscape(scan, end), wordEnd)) return true;
  }
  if (at > scan.streetsReadTo) scan.streetsReadTo = at;
  return false;
}

function isStreetByte(byte: number): boolean {
  return isLetterOrDigit(byte) || byte >= 0x80;
}

// The `n` of an escaped line break is none of the word behind it.
function behindEscape(scan: Scan, start: number): number {
  return byteAt(scan, start - 1) === 0x5c ? start + 1 : start;
}

// A word for a street, by a hash of it; one that begins with a capital and ends as a street's name does; one with letters beyond ASCII. A word
// begins behind a digit, too, with a capital behind a small letter, and with the last of several
// capitals: what was put together without a blank (`2Kerkstraat`, `cityRua`, `SINCorso`).
function mayNameStreetIn(bytes: Uint8Array, start: number, end: number): boolean {
  let hash = 0;
  let from = start;
  let before = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80) return true;
    if (before !== 0 && byte > 0x40 && (before < 0x40 || (byte < 0x60 && before > 0x60))) {
      hash = 0;
      from = at;
    }
    if (byte > 0x60 && before < 0x60 && before > 0x40 && at - 1 > from) {
      hash = Math.imul(before | 0x20, 0x01000193);
      from = at - 1;
    }
    hash = Math.imul(hash ^ (byte | 0x20), 0x01000193);
    before = byte;
  }
  if (streetWordsByHash[(hash ^ (hash >>> 15)) & STREET_MASK] === 1) return true;
  // The capital may stand before a sign within the name: `Oude-gracht`.
  const isName = ((bytes[from] ?? 0) & 0x20) === 0 || nameSigns.includes(bytes[from - 1] ?? 0);
  return isName && mayEnd(streetEndings, bytes, from, end);
}

const nameSigns = Array.from("'-.", (sign) => sign.charCodeAt(0));
const STREET_MASK = 0xffff;
const streetWordsByHash = new Uint8Array(STREET_MASK + 1);
const wordsForStreets =
  `strasse str weg platz allee ring damm utca u ut utja ter krt rkp koz setany cad sok vag gata via viale piazza piazzale corso vicolo largo calle c avenida av avda paseo plaza carrera
   cra carrer camino ronda rua r travessa alameda rodovia estrada ul ulica al aleja aleje os plac pl strada bulevardul calea jl jalan caddesi sokak box postfach bp
   apartado correos postale postal postbus`.match(/\S+/g) ?? [];
for (const word of wordsForStreets) {
  let hash = 0;
  for (const byte of Buffer.from(word)) hash = Math.imul(hash ^ (byte | 0x20), 0x01000193);
  streetWordsByHash[(hash ^ (hash >>> 15)) & STREET_MASK] = 1;
}

const streetEndings = createEndingFilter(
  `strasse str weg platz allee gasse ring damm ufer steig straat laan plein gracht kade dijk singel gatan gade vej gata veien vegen gaten katu tie kuja polku`.split(
    ' ',
  ),
);

// Up to where the punctuation of Chinese and Japanese begins (E3 80 8x, EF BC 8x), and no part of a character.
function trimmed(latin: string): string {
  const stop = latin.search(
    /\xe3\x80[\x80-\x9f]|\xef\xbc[\x80-\x8f]|\xe7\x94\xb5|\xe9\x9b\xbb|\xe6\x89\x8b/,
  );
  const text = Buffer.from(stop < 0 ? latin : latin.slice(0, stop), 'latin1')
    .toString('utf8')
    .replace(/\ufffd+$/, '');
  return Buffer.from(text, 'utf8').toString('latin1');
}

function found(scan: Scan, start: number, end: number): number {
  let last = addressEnd(scan, end);
  while (last > start && (byteAt(scan, last - 1) === 0x20 || byteAt(scan, last - 1) === 0x2c))
    last -= 1;
  return report(scan, start, last, {
    dataClass: 'address',
    rule: 'address:street',
    tier: 'likely',
  });
}
