import { createEndingFilter, mayEnd } from '../ending-filter.ts';
import type { Scan } from '../finding.ts';
import { byteAt } from '../finding.ts';
import { isGivenName, notSurnames } from '../names.ts';
import { fold } from '../vocabulary/fold.ts';
import { isSurnameShaped, surnameEndings } from '../vocabulary/surnames.ts';

/** What a name in prose is told by, where neither an honorific nor a cue stands before it. */
export type ProseEvidence = 'initial' | 'surname' | 'given_name' | null;

/**
 * Judges a capitalised word by what stands around it: a middle initial (`Hanne I. Kreutzmann`), a surname's ending (`Asya Godina`), or a
 * common given name in a person's place: before a verb of people (`Sofie lives on …`), among its like (`Janet, Kevin and Terri`), where
 * somebody is spoken to (`Bryce, can I …`) or speaks (`Megan: Remember me`). `text` begins with the word, `readBefore` gives what ends before it.
 */
export function proseEvidence(text: string, readBefore: () => string): ProseEvidence {
  const pair = pairAt.exec(text);
  if (pair !== null) {
    const [, first = '', initial = '', last = ''] = pair;
    if (isPair(first, initial, last)) return initial === '' ? 'surname' : 'initial';
  }
  const single = singleAt.exec(text)?.[0] ?? '';
  if (single === '' || !isGivenName(single) || notPeople.has(fold(single))) return null;
  const behind = text.slice(single.length);
  const before = readBefore();
  if (personVerb.test(behind) || saidBefore.test(before)) return 'given_name';
  if (ambiguous.has(fold(single))) return null;
  if (isAmongNames(behind, before)) return 'given_name';
  const isFirst = sentenceStart.test(before);
  if (isFirst && (addressed.test(behind) || speaking.test(behind))) return 'given_name';
  return calledAt.test(before) && /^[!?]/.test(behind) ? 'given_name' : null;
}

const word = "\\p{Lu}[\\p{Ll}\\p{M}'’]+(?:-\\p{Lu}[\\p{Ll}\\p{M}]+)?";
const pairAt = new RegExp(
  `^(${word}) (?:(\\p{Lu}\\.?) )?(\\p{Lu}[\\p{L}\\p{M}'’]+(?:-\\p{Lu}[\\p{Ll}\\p{M}]+)?)(?![\\p{L}_])`,
  'u',
);
const singleAt = /^\p{Lu}[\p{Ll}\p{M}]+(?:-\p{Lu}[\p{Ll}\p{M}]+)?(?![\p{L}\d_@-])/u;

function isPair(first: string, initial: string, last: string): boolean {
  const plain = last.replace(/['’]s?$/u, '');
  if (plain.length < 3 || noSurname(plain) || noGivenName.has(fold(first))) return false;
  if (initial.endsWith('.')) return plain !== plain.toUpperCase();
  const isName = isSurnameShaped(plain) || (initial !== '' && isGivenName(first));
  return isName || (initial !== '' && /[^\0-\x7f]/.test(first + plain));
}

function noSurname(last: string): boolean {
  return notSurnames.has(last.toLowerCase()) || noGivenName.has(fold(last));
}

const surnameFilter = createEndingFilter(surnameEndings.map(fold));

/** Whether behind a capitalised word that ends at `end` another one stands that may be a surname, or an initial. */
export function mayBePair(scan: Scan, end: number): boolean {
  const from = end + 1;
  const first = byteAt(scan, from);
  if (byteAt(scan, end) !== 0x20 || ((first < 0x41 || first > 0x5a) && first < 0x80)) return false;
  const next = byteAt(scan, from + 1);
  if (next === 0x20 || next === 0x2e) return true;
  let to = from + 1;
  while (to < from + NAME_BYTES_MAX && isNameByte(byteAt(scan, to))) to += 1;
  return to - from >= SURNAME_BYTES_MIN && mayEnd(surnameFilter, scan.bytes, from, to);
}

const NAME_BYTES_MAX = 40;
const SURNAME_BYTES_MIN = 5;

function isNameByte(byte: number): boolean {
  return ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) || byte >= 0x80;
}

/** First words of what is no person: `Vitamin C Tablets`, `Project Lundberg`. */
const noGivenName = new Set(
  `vitamin plan series type section appendix class grade group hepatitis model team phase part option exhibit article building gate terminal zone level tier category schedule annex figure table chapter
   the a an this that these those my your his her our their its in on at by for from with and or but if when where while as is are was were to of new old big great dear all some any no not every each both
   project company house street lake mount saint san santa los las port fort north south east west upper lower university institute hotel villa palace castle museum theorem equation method algorithm test law effect
   product order invoice ticket issue item release version windows mac linux microsoft google amazon apple meta oracle apache red hat visual studio power point word excel sharepoint outlook teams server service system data
   please thanks thank hello hi hey yes now then so also only just after before since until during about into over under between without within
   january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday
   mr mrs ms dr prof sir lord lady king queen prince princess president minister senator judge general captain doctor professor father mother brother sister uncle aunt
   american english french german spanish italian russian chinese japanese korean dutch swedish norwegian danish finnish polish czech hungarian greek turkish european asian african
   error warning info debug exception failed missing invalid unknown default main total first last next previous open close read write get set add remove update delete create
   what why who how which whose there here do does did can could will would should may might must have has had let go see use using used make made take took give gave`.match(
    /\S+/g,
  ) ?? [],
);

/** Given names that are names of machines, languages and products where software speaks. */
const notPeople = new Set(
  `claude alexa siri cortana jenkins django ruby julia pascal ada jasmine cypress athena hermes apollo artemis flora prince king angel christian roman israel chad jordan georgia virginia carolina dakota brooklyn`.match(
    /\S+/g,
  ) ?? [],
);

/** Words and places too: names only before a verb of people. */
const ambiguous = new Set(
  `max ray dash april may june august summer autumn dawn grace hope faith joy charity chase mark bill will grant rich frank jack art pat sue drew rob chuck dean victor victoria paris florence sofia sydney
   madison lincoln austin dallas savannah charlotte houston phoenix aurora orlando lima milan jade amber crystal pearl rose lily iris violet olive basil ginger sage heather holly ivy daisy guy gene earl duke
   dale glen cliff brook brooke forest lane rocky rusty sandy star stormy sunny dolly penny nick mike jay jean bob ben sam dan don ron jan mai mia an chi my bo an`.match(
    /\S+/g,
  ) ?? [],
);

const personVerb =
  /^(?: \p{Lu}[\p{L}'’-]+){0,2} (?:liv(?:es|ed) (?:at|in|on|near|with)|said|says|shouted|asked|replied|whispered|told|wrote|spent (?:a|the|his|her|\d)|began (?:to|\p{Ll}+ing)|had (?:given|been|told|said|a|an)|is (?:from|very|married|pregnant|sick|a (?:very|patient|customer|nurse|doctor|teacher|student|lawyer))|was born|works? (?:at|for|in|as)|worked (?:at|for|as)|will be (?:talking|speaking|there|here)|just (?:has|had|left|called)|called me|emailed|phoned|died|married|smiled|laughed|cried|and (?:his|her|I)|or (?:his|her))(?![\p{L}])|^['’]s (?:daughter|son|wife|husband|mother|father|kids?|children|killers?|address|phone|e-?mail|account|birthday|house|salary|passport|doctor)(?![\p{L}])/u;
const saidBefore =
  /(?:[”",!?] (?:said|says|asked|replied|added|shouted|wrote|explained)|shouted at|talked to|spoke (?:to|with)|talk to|named (?:him|her)|called (?:him|her)|assistant to|[Ww]hy is|married to|dating) $/u;
const sentenceStart = /(?:^|[\n>]|[.!?]["”]? |["“]|\\n) ?$/u;
const addressed =
  /^,? (?:can|could|would|please|are you|do you|have you|what|why|where|how are|did you|will you)(?![\p{L}])/u;
const speaking = /^: ?["“]?\p{Lu}\p{Ll}/u;
const calledAt = /\p{Ll}, $/u;

const nextName = /^(?:, and |, & |, | and | & | or )(\p{Lu}[\p{Ll}\p{M}'’]+)(?![\p{L}\d_@-])/u;
const nameBefore = /(?<![\p{L}\d_@./-])(\p{Lu}[\p{Ll}\p{M}'’]+)(?:, and |, & |, | and | & | or )$/u;

function isAmongNames(behind: string, before: string): boolean {
  return [nextName.exec(behind)?.[1], nameBefore.exec(before)?.[1]].some(
    (name) => name !== undefined && isGivenName(name) && !notPeople.has(fold(name)),
  );
}
