import type { Scan } from '../finding.ts';
import { WORD_LOOKS } from '../limits.ts';
import { byteAt, isLetterOrDigit, report, textOf } from '../finding.ts';
import { createEndingFilter, mayEnd } from '../ending-filter.ts';
import { fold } from '../vocabulary/fold.ts';
import { isGivenName, notSurnames } from '../names.ts';
import { givenNames } from '../vocabulary/given-names.ts';
import { mayBePair, proseEvidence } from './name-in-prose.ts';

const NAME_BYTES_MAX = 64;
const CUE_BYTES_MAX = 40;
const WORDS_MAX = 4;

const word = "\\p{Lu}[\\p{L}\\p{M}'’]*(?:-\\p{Lu}[\\p{L}\\p{M}'’]*)*\\.?";
const particle =
  "(?:(?:van|von|der|den|de|del|della|di|da|dos|das|do|du|la|le|el|al|bin|ibn|ben|zu|ter|ten|y|e) |Mc|Mac|O['’]|d['’])";
const nameAt = new RegExp(`^${word}(?: ${particle}{0,2}${word}){0,3}`, 'u');
const honorificAt =
  /^(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Doctor|Sir|Dame|Rev|Herrn|Herr|Frau|Mme|Mlle|Madame|Monsieur|Mademoiselle|Señorita|Señora|Señor|Sra|Srta|Sr|Doña|Don|Signora|Signor|Sig\.ra|Sig|Dott\.ssa|Dott|Ing|Senhora|Senhor|Dona|Seu|Pani|Pan|Panu|Dhr|Mevrouw|Meneer|Mevr|Mw|Bay|Bayan|Sayın|Fru|Hr|Captain|Capt|Sgt|Officer|Detective|Judge|Senator|Nurse|Господин|Госпожа|Dr\. med|Prof\. Dr)\.? +(?=\p{Lu})/u;
// A name of whatever kind follows.
const strongCue =
  /(?:\b(?:name is|name's|names are|named|called|known as|nickname|mein name ist|ich heiße|ich bin|je m['’]appelle|mon nom est|me llamo|mi nombre es|mi chiamo|il mio nome è|meu nome é|me chamo|chamo-me|mijn naam is|ik heet|nazywam się|mam na imię|jmenuji se|jag heter|mitt namn är|jeg heter|jeg hedder|nimeni on|minun nimeni on|a nevem|numele meu este|mă numesc|zovem se|benim adım|adım|με λένε|tên tôi là|nama saya|sehr geehrter|sehr geehrte|lieber|liebe|cher|chère|estimado|estimada|querido|querida|gentile|caro|cara|egregio|prezado|prezada|beste|geachte|szanowny|szanowna|kedves|vážený|vážená|kära|kjære|kære|hyvä|sayın|patient|patientin|paciente|paziente|signed by|undersigned|cardholder|attn|c\/o|spouse|husband|wife|son|daughter|mother|father|brother|sister|born to|kollege|kollegin|madame|monsieur)|(?:меня зовут|зовут|имя|уважаемый|уважаемая|пациент|клиент|господин|госпожа|г-н|г-жа|мене звати|пацієнт|казвам се))[:,]?\s+$/iu;
// The same of kin, and of answers to who somebody is.
const kin =
  'kid child nephew niece uncle aunt cousin boyfriend girlfriend fiance fiancé grandson granddaughter grandmother grandfather'.split(
    ' ',
  );
const furtherCue = new RegExp(
  `(?:\\b(?:my|our|his|her|their) (?:${kin.join('|')})|\\b(?:your|the|his|her|last|first|full|maiden)(?: last| first| full)? name(?: on the account)?\\?(?: User:)?)\\s+$`,
  'iu',
);
// A name follows when its first word is a common given name, or it has two words of which none is another thing's.
const weakCue =
  /(?:\b(?:i am|i'm|this is|it's|it is|dear|hi|hello|hey|good morning|good afternoon|regards|sincerely|thanks|thank you|cheers|best|love|yours|truly|respectfully|from|to|by|for|with|and|contact|client|customer|employee|caller|user|spoke|speaking|meet|met|ask|asked|call|cc|bcc|manager|supervisor|author|assigned|assignee|approved|reviewed|requested|written|reported|signed|owner|tenant|insured|applicant|borrower|passenger|guest|student|teacher|nurse|doctor|physician|colleague|friend|neighbor|hallo|guten tag|grüße|gruß|von|an|kunde|kundin|mitarbeiter|bonjour|salut|cordialement|de|par|pour|hola|saludos|soy|buenos días|con|por|para|ciao|salve|saluti|sono|da|per|olá|oi|sou|atenciosamente|hoi|groeten|van|voor|cześć|dzień dobry|ahoj|hej|hei|szia|merhaba|привет|здравствуйте|с уважением|от|для|halo|xin chào))[,:!]?(?:\s|\\n)+$/iu;

// `Dear Omer,`: whoever is written to, however rare the name.
const greeting = /\b(?:dear|hi|hello|hey|attention|hola|ciao|hallo|bonjour|olá|hej)\s+$/iu;
const greeted = /^\p{Lu}\p{Ll}[\p{L}'’-]{0,20}[,:]/u;

/**
 * Names of people in prose: behind an honorific (`Dr. …`, `Frau …`) or a cue (`my name is …`, `Dear …`), and a common given name with
 * another capitalised word behind it. `at` is a capital at the beginning of a word. 0 when there is none.
 */
export function detectPerson(scan: Scan, at: number): number {
  if (at < scan.namesReadTo || !isWordStart(scan, at)) return 0;
  const end = wordEnd(scan, at);
  scan.namesReadTo = end;
  // Nearly all capitalised words are neither behind a cue nor a name or an honorific; a weak cue asks for a given name too.
  const mayBeName = mayBeKnown(scan.bytes, at, end);
  const from = Math.max(scan.start, at - CUE_BYTES_MAX);
  const filter = mayBeName ? cueFilter : strongCueFilter;
  const isAnswer = byteAt(scan, at - 2) === QUESTION_MARK;
  const hasCue = isAnswer || mayEnd(filter, scan.bytes, from, behindWord(scan, at));
  const isNear = mayBeName || hasCue || !scan.takesShortCuts || mayBePair(scan, end);
  return isNear ? detectNear(scan, at, hasCue) : 0;
}

const QUESTION_MARK = 0x3f;

// Whether a word may be a given name or an honorific, by a hash of it; one with letters beyond ASCII may always.
function mayBeKnown(bytes: Uint8Array, start: number, end: number): boolean {
  let hash = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80) return true;
    if (byte < 0x40) break;
    hash = Math.imul(hash ^ (byte | 0x20), 0x01000193);
  }
  return (
    ((knownWords[(hash ^ (hash >>> 15)) & KNOWN_MASK] ?? 0) &
      (knownWords[furtherSlot(hash)] ?? 0)) ===
    1
  );
}

function detectNear(scan: Scan, at: number, hasCue: boolean): number {
  scan.requestLooksLeft -= WORD_LOOKS;
  const text = textOf(scan, at, Math.min(scan.end, at + NAME_BYTES_MAX));
  const titled = honorificAt.exec(text)?.[0] ?? '';
  if (titled !== '') {
    const from = at + Buffer.byteLength(titled);
    const further = honorificAt.exec(text.slice(titled.length))?.[0] ?? '';
    return detectName(
      scan,
      from + Buffer.byteLength(further),
      text.slice(titled.length + further.length),
      'honorific',
    );
  }
  return (hasCue ? detectCued(scan, at, text) : 0) || detectPlain(scan, at, text);
}

function textBefore(scan: Scan, at: number): string {
  return textOf(scan, Math.max(scan.start, at - CUE_BYTES_MAX), at);
}

function detectPlain(scan: Scan, at: number, text: string): number {
  const found = detectName(scan, at, text, 'none');
  if (found !== 0) return found;
  const evidence = proseEvidence(text, () => textBefore(scan, at));
  if (evidence === null) return 0;
  const words = wordsOfName(text);
  return words.length === 0 ? 0 : reportName(scan, at, words, evidence);
}

function detectCued(scan: Scan, at: number, text: string): number {
  const from = Math.max(scan.start, at - CUE_BYTES_MAX);
  const before = textOf(scan, from, at);
  const isAnswer = byteAt(scan, at - 2) === QUESTION_MARK;
  if (isAnswer || mayEnd(strongCueFilter, scan.bytes, from, behindWord(scan, at))) {
    const isCued = strongCue.test(before) || furtherCue.test(before);
    const isGreeted = greeted.test(text) && greeting.test(before);
    if (isCued || isGreeted) return detectName(scan, at, text, 'cue');
  }
  return weakCue.test(before) ? detectName(scan, at, text, 'weak') : 0;
}

function wordEnd(scan: Scan, at: number): number {
  let end = at + 1;
  while (
    end < scan.end &&
    (isLetterOrDigit(scan.bytes[end] ?? 0) || (scan.bytes[end] ?? 0) >= 0x80)
  )
    end += 1;
  return end;
}

// Behind the word before a place: over blanks, `:`, `,`, and an escaped line break.
function behindWord(scan: Scan, at: number): number {
  let end = at;
  for (let count = 0; count < 6; count += 1) {
    const byte = byteAt(scan, end - 1);
    const isBreak = byte === 0x6e && byteAt(scan, end - 2) === 0x5c;
    if (isBreak) end -= 2;
    else if (
      byte === 0x20 ||
      byte === 0x0a ||
      byte === 0x3a ||
      byte === 0x2c ||
      byte === 0x21 ||
      byte === 0x2e
    )
      end -= 1;
    else break;
  }
  return end;
}

type Evidence = 'honorific' | 'cue' | 'weak' | 'none';

function detectName(scan: Scan, start: number, text: string, evidence: Evidence): number {
  const words = wordsOfName(text);
  if (words.length === 0 || !isEnough(words, evidence)) return 0;
  return reportName(scan, start, words, evidence === 'none' ? 'given_name' : evidence);
}

function reportName(scan: Scan, start: number, words: readonly string[], by: string): number {
  const name = words.join(' ').replace(/(?<=\p{L}{3})\.$|['’]s$/u, '');
  const end = start + Buffer.byteLength(name);
  return report(scan, start, end, {
    dataClass: 'person',
    rule: `person:${by}`,
    tier: 'likely',
  });
}

function wordsOfName(text: string): readonly string[] {
  const name = nameAt.exec(text)?.[0] ?? '';
  const words: string[] = [];
  for (const part of name.split(' ')) {
    const plain = part.replace(/[.'’]+s?$/u, '');
    // `Lincoln Park` is a place, `Madison Square` too.
    if (plain.length > 1 && notSurnames.has(plain.toLowerCase()))
      return words.length === 1 ? [] : words;
    if (words.length > WORDS_MAX) break;
    words.push(part);
    // A point behind a whole word ends the sentence, and what somebody has is none of the name.
    if ((part.endsWith('.') && plain.length > 2) || /['’]s$/.test(part)) break;
  }
  while (words.length > 0 && !/^\p{Lu}/u.test(words.at(-1) ?? '')) words.pop();
  return words;
}

function isEnough(words: readonly string[], evidence: Evidence): boolean {
  const [first = ''] = words;
  const isShouted = words.every((part) => part === part.toUpperCase() && part.length > 1);
  switch (evidence) {
    case 'honorific':
      return true;
    case 'cue':
      return first.length > 1 && !commonWords.has(first.toLowerCase());
    case 'weak':
      return isGivenName(first) && !isShouted;
    case 'none':
    default:
      return (
        words.length > 1 &&
        isGivenName(first) &&
        !isShouted &&
        !commonWords.has((words[1] ?? '').toLowerCase())
      );
  }
}

const strongCues = [...lastWordsOf(strongCue), ...kin.map(fold)];
const strongCueFilter = createEndingFilter([...strongCues, ...lastWordsOf(greeting)]);
const cueFilter = createEndingFilter([...strongCues, ...lastWordsOf(weakCue)]);

// The last words of the cues above.
function lastWordsOf({ source }: RegExp): readonly string[] {
  const cues = source.replace(/\(\?:|\\b|\\s|\\n|[[\]+$)?!:]/g, '|').split(/[|]/);
  return cues
    .map((cue) =>
      fold(
        cue
          .trim()
          .split(/[\s'’]+/)
          .at(-1) ?? '',
      ),
    )
    .filter((cue) => cue !== '');
}

const honorifics = new Set(
  `mr mrs ms miss mx dr prof professor doctor sir dame rev herrn herr frau mme mlle madame monsieur mademoiselle sra srta sr don signora signor sig dott ing senhora senhor dona seu pani pan panu dhr mevrouw meneer mevr mw bay bayan fru hr captain capt sgt officer detective judge senator nurse`.split(
    ' ',
  ),
);
const KNOWN_MASK = 0xffff;
const knownWords = new Uint8Array(2 * (KNOWN_MASK + 1));
for (const name of [...honorifics, ...givenNames]) {
  const bytes = Buffer.from(name);
  let hash = 0;
  for (const byte of bytes) hash = Math.imul(hash ^ (byte | 0x20), 0x01000193);
  knownWords[(hash ^ (hash >>> 15)) & KNOWN_MASK] = 1;
  knownWords[furtherSlot(hash)] = 1;
}

// A second place for each word, so that few others have both.
function furtherSlot(hash: number): number {
  return KNOWN_MASK + 1 + (Math.imul(hash, 0x9e3779b1) >>> 16);
}

const commonWords = new Set(
  `world there folks guys agent assistant claude customer customers team sir madam all everyone friend friends colleague colleagues user users valued member members support sales hiring manager management admin the a an my our your his her their this that these
   kunde kunden kundin damen herren freunde kollegen client cliente clientes klant klanten equipo tous monsieur madame info id name number data not please new record records file status history care portal monitor list type notes education safety
   i you he she it we they if when where what who how why can will may must should would could do does did is was are were has have had`.match(
    /\S+/g,
  ) ?? [],
);

function isWordStart(scan: Scan, at: number): boolean {
  const before = byteAt(scan, at - 1);
  if (
    before === 0x5f ||
    before === 0x2f ||
    before === 0x40 ||
    before === 0x23 ||
    before === 0x24 ||
    before === 0x2e ||
    before === 0x2d
  )
    return false;
  if (!isLetterOrDigit(before)) return !(before >= 0x80 && isLatinLetter(scan, at - 1));
  return byteAt(scan, at - 2) === 0x5c && (before === 0x6e || before === 0x74 || before === 0x72);
}

function isLatinLetter(scan: Scan, at: number): boolean {
  const lead = byteAt(scan, at - 1);
  return (
    (lead === 0xc3 && byteAt(scan, at) !== 0x97) ||
    (lead >= 0xc4 && lead <= 0xca) ||
    lead === 0xd0 ||
    lead === 0xd1
  );
}
