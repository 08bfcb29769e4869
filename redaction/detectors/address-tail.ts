import type { Scan } from '../finding.ts';
import { matchAt } from '../finding.ts';

// A character a byte: letters beyond ASCII are bytes of 0x80 and above.
const W = "[A-Za-z0-9\\x80-\\xff'.\\-]";
// A gap that no word goes over: a comma, a line break, or both. The patterns below never have a choice about where a word or a gap ends, so that
// they do not try all the ways to part a text of hyphens or blanks.
const breakGap = `(?:,? {0,2}(?:(?:\\r?\\n|\\\\n)[ \\t>?,]{0,8}){1,2}|, ?)`;
const gap = `(?:${breakGap}| )`;
const unit = `(?:#|(?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|Room|Rm|Bldg|Building|Flat|Box|apt|suite)\\b\\.?)\\s?#?[A-Za-z0-9\\-]{1,6}(?![A-Za-z0-9]|[ .-]\\d{4})`;
// What follows an address on a line of its own, and is no place.
const other = `(?!(?:Order|Invoice|Phone|Tel|Telephone|Mobile|Cell|Fax|Desk|Ref|Reference|Number|No|Date|Id|ID|Total|Amount|Account|Card|Customer|Case|Ticket|Email|E-mail|Mail|Name|Dear|Hi|Hello|Thanks|Thank|Please|The|This|I|It|We|You|He|She|They)\\b)`;
const capital = `${other}[A-Z\\x80-\\xff]${W}{1,40}(?!${W})`;
const place = `${capital}(?: ${other}(?:[A-Za-z\\x80-\\xff]${W}{0,40}|\\(${W}{0,40}\\)?)(?!${W}|\\w)){0,4}`;
// No year: `Later moved there in 1998`.
const code = `(?<! (?:in|since|until|till|from|by|of|for|at|to|than|over|about|before|after) )(?:[A-Z]{1,2}-)?(?:\\d{5}(?:-\\d{3,4})?|\\d{3} \\d{2}|\\d{4}(?: ?[A-Z]{2})?|[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2}|[A-Z]\\d[A-Z] ?\\d[A-Z]\\d)(?![\\w:/@%+=-]|[ .-]\\d)`;
const state = `(?:[A-Z]{2,3}|(?<![\\w.\\x80-\\xff] )\\d{2})(?!\\w|[ .-]\\d)`;
const countryNames = `Argentina|Australia|Austria|Belgium|Brazil|Bulgaria|Canada|Chile|China|Colombia|Croatia|Cyprus(?: \\([A-Z]\\w+\\))?|Czech Republic|Czechia|Denmark|Ecuador|Egypt|Estonia|Finland|France|Germany|Greece|Greenland|Hong Kong|Hungary|Iceland|India|Indonesia|Ireland|Israel|Italy|Japan|Kenya|Latvia|Lithuania|Luxembourg|Malaysia|Malta|Mexico|Morocco|Netherlands|New Zealand|Nigeria|Norway|Pakistan|Peru|Philippines|Poland|Portugal|Romania|Russia|Saudi Arabia|Serbia|Singapore|Slovakia|Slovenia|South Africa|South Korea|Spain|Sweden|Switzerland|Taiwan|Thailand|Tunisia|Turkey|Türkiye|Ukraine|United Arab Emirates|United Kingdom|United States|Uruguay|USA|UK|Vietnam|Deutschland|Österreich|Schweiz|España|Italia|Polska|Brasil|México|Nederland|België|Belgique|Suomi|Sverige|Norge|Danmark`;
const country = `(?:${Buffer.from(countryNames).toString('latin1')})(?![A-Za-z0-9_\\x80-\\xff])`;

const inState = `(?:${gap}${state})?`;
// `Plaza España 68` goes on with a number of its own.
const lastly = `${gap}${country}(?: ${code}|(?! \\d))`;
const inCountry = `(?:${gap}${place}(?:${breakGap}${place})?)?${inState}${lastly}`;
const placed = `(?:${gap}${place}${inState}(?:${breakGap}${place})?|${gap}${state}(?:${breakGap}${place})?)(?:${breakGap}${code}(?! (?!${country})[A-Z\\x80-\\xff])| ${code})`;
// A postcode right behind a street, and its place. What else begins with a number is another address, or none: `Kungsgatan 138\n2512 Maple Street 336`.
const coded = `${gap}${code}(?: ${capital}(?: ${capital}){0,2}(?=[\\r\\n]|\\\\n|$)|(?! [A-Z0-9\\x80-\\xff]))`;
const ending = `(?:${placed}|${coded}|${inCountry})`;

// A point before a blank ends the sentence.
const point = `(?:\\.(?! ))?`;

/** The rest of an address behind its street: a flat, then place, state, postcode and country, on the same line or on lines of their own. */
const rest = new RegExp(
  `${point}(?:(?:(?: ${place})?${gap}${unit})?${ending}|(?: ${place})?${gap}${unit})`,
  'y',
);
const inFlat = `(?: ${place})?${gap}${unit}(?:${ending})?`;
const strong = new RegExp(`${point}(?:${inFlat}|${inCountry})`, 'y');
// Without a house's number only with a place before the country: `In 2019 Example Corp, Norway and Sweden signed`.
const strongest = new RegExp(
  `${point}(?:${inFlat}|${breakGap}(?!${country})${place}${inState}${lastly})`,
  'y',
);
const samePlace = new RegExp(`, ?${capital}(?: ${capital}){0,3}`, 'y');

/** Where an address ends whose street ends at `end`. */
export function addressEnd(scan: Scan, end: number): number {
  return end + (matchAt(scan, rest, end)?.length ?? 0);
}

/** The same where only a flat or a country makes what stands before it an address; 0 without. `isHouse`: it ends with a house's number. */
export function strongAddressEnd(scan: Scan, end: number, isHouse: boolean): number {
  const text = matchAt(scan, isHouse ? strong : strongest, end);
  return text === null ? 0 : end + text.length;
}

/** The same behind words that announce an address, where a place alone may follow. */
export function announcedAddressEnd(scan: Scan, end: number): number {
  const far = addressEnd(scan, end);
  return far > end ? far : end + (matchAt(scan, samePlace, end)?.length ?? 0);
}
