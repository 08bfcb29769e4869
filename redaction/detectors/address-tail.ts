import type { Scan } from '../finding.ts';
import { matchAt } from '../finding.ts';

// A character a byte: letters beyond ASCII are bytes of 0x80 and above.
const W = "[A-Za-z0-9\\x80-\\xff'.\\-]";
const gap = `(?:,? {0,2}(?:(?:\\r?\\n|\\\\n)[ \\t>?,]{0,8}){1,2}|, ?| )`;
const unit = `(?:#|(?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|Room|Rm|Bldg|Building|Flat|Box|apt|suite)\\b\\.?)\\s?#?[A-Za-z0-9\\-]{1,6}(?![A-Za-z0-9]|[ .-]\\d{4})`;
// What follows an address on a line of its own, and is no place.
const other = `(?!(?:Order|Invoice|Phone|Tel|Telephone|Mobile|Cell|Fax|Desk|Ref|Reference|Number|No|Date|Id|ID|Total|Amount|Account|Card|Customer|Case|Ticket|Email|E-mail|Mail|Name|Dear|Hi|Hello|Thanks|Thank|Please|The|This|I|It|We|You|He|She|They)\\b)`;
const place = `${other}[A-Z\\x80-\\xff]${W}{1,24}(?:[ -]${other}[A-Za-z\\x80-\\xff(]${W}{0,20}\\)?){0,4}`;
const code = `(?:[A-Z]{1,2}-)?(?:\\d{5}(?:-\\d{3,4})?|\\d{3} \\d{2}|\\d{4}(?: ?[A-Z]{2})?|[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2}|[A-Z]\\d[A-Z] ?\\d[A-Z]\\d)(?![\\w-]|[ .-]\\d)`;
const state = `(?:[A-Z]{2,3}|\\d{2})(?!\\w|[ .-]\\d)`;
const country = `(?:Argentina|Australia|Austria|Belgium|Brazil|Bulgaria|Canada|Chile|China|Colombia|Croatia|Cyprus(?: \\([A-Z]\\w+\\))?|Czech Republic|Czechia|Denmark|Ecuador|Egypt|Estonia|Finland|France|Germany|Greece|Greenland|Hong Kong|Hungary|Iceland|India|Indonesia|Ireland|Israel|Italy|Japan|Kenya|Latvia|Lithuania|Luxembourg|Malaysia|Malta|Mexico|Morocco|Netherlands|New Zealand|Nigeria|Norway|Pakistan|Peru|Philippines|Poland|Portugal|Romania|Russia|Saudi Arabia|Serbia|Singapore|Slovakia|Slovenia|South Africa|South Korea|Spain|Sweden|Switzerland|Taiwan|Thailand|Tunisia|Turkey|Türkiye|Ukraine|United Arab Emirates|United Kingdom|United States|Uruguay|USA|UK|Vietnam|Deutschland|Österreich|Schweiz|España|Italia|Polska|Brasil|México|Nederland|België|Belgique|Suomi|Sverige|Norge|Danmark)\\b`;

const lines = `(?:${gap}${place})?(?:${gap}${state})?`;
const ending = `(?:${lines}(?:${gap}${place})?${gap}${code}|(?:${gap}${place}){0,2}(?:${gap}${state})?${gap}${country}(?: ${code})?)`;

/** The rest of an address behind its street: a flat, then place, state, postcode and country, on the same line or on lines of their own. */
const rest = new RegExp(
  `\\.?(?:(?:(?: ${place})?${gap}${unit})?${ending}|(?: ${place})?${gap}${unit})`,
  'y',
);
const strong = new RegExp(
  `\\.?(?:(?: ${place})?${gap}${unit}(?:${ending})?|(?:${gap}${place}){0,2}(?:${gap}${state})?${gap}${country}(?: ${code})?)`,
  'y',
);
const samePlace = new RegExp(`, ?${place}`, 'y');

/** Where an address ends whose street ends at `end`. */
export function addressEnd(scan: Scan, end: number): number {
  return end + (matchAt(scan, rest, end)?.length ?? 0);
}

/** The same where only a flat or a country makes what stands before it an address; 0 without. */
export function strongAddressEnd(scan: Scan, end: number): number {
  const text = matchAt(scan, strong, end);
  return text === null ? 0 : end + text.length;
}

/** The same behind words that announce an address, where a place alone may follow. */
export function announcedAddressEnd(scan: Scan, end: number): number {
  const far = addressEnd(scan, end);
  return far > end ? far : end + (matchAt(scan, samePlace, end)?.length ?? 0);
}
