import { detectBasic, detectBearer, detectUrlCredentials } from './detectors/authorization.ts';
import { detectCard } from './detectors/card.ts';
import { detectEmail } from './detectors/email.ts';
import { detectColonAddress } from './detectors/network-address.ts';
import { noteEscape, noteForeign } from './detectors/escape.ts';
import { detectNumber } from './detectors/number.ts';
import { detectPerson } from './detectors/person.ts';
import { detectSpokenPassword, detectUserOption } from './detectors/spoken-password.ts';
import { detectElement, detectSegment } from './detectors/structured-line.ts';
import { detectNamedValue } from './detectors/named-value.ts';
import { detectPrivateKey } from './detectors/private-key.ts';
import { detectJwt, detectPrefixed, detectWebhook } from './detectors/secret-prefix.ts';
import type { Scan } from './finding.ts';
import { byteAt, isDigit, matchAt } from './finding.ts';
import type { Prefilter } from './prefilter.ts';
import {
  atBits,
  beforeBits,
  behindBits,
  CHUNK_BYTES_MAX,
  prefilterAt,
  seenBits,
} from './prefilter.ts';
import { markSource } from './replacement.ts';

/** A text with as many findings as this is nobody's text: the scan stops, and the text must be dropped as a whole. */
export const FINDINGS_MAX = 10_000;

/**
 * A detector may read on far and find nothing (`"token":[ "token":[ …`). A text pays for that from a budget in proportion to its
 * length, so that the worst of texts costs so many passes over it, and not their square. Texts that people write use next to none of it.
 */
export function rereadBudget(bytes: number): number {
  return REREADS_A_BYTE * bytes + REREADS_MIN;
}

const REREADS_A_BYTE = 16;
const REREADS_MIN = 512;

/** Below this many bytes a look-up a byte is done sooner than the prefilter is called. */
const SHORT_BYTES_MAX = 128;

/**
 * Fills `scan.findings` in one pass over the bytes and gives the bits of what was seen anywhere (`SEEN_…`). Only anchors (`anchors.ts`)
 * call a detector, which looks around them. What a detector has taken is skipped.
 */
export function scanText(scan: Scan, marker: Prefilter = prefilterAt(scan.depth)): number {
  const { start, end } = scan;
  if (end - start <= SHORT_BYTES_MAX) return scanShort(scan);
  let seen = 0;
  let resume = start;
  for (let from = start; from < end; from += CHUNK_BYTES_MAX) {
    seen |= marker.mark(scan.bytes, start, end, from);
    resume = visitMarks(scan, marker.marks, from, resume);
  }
  return seen;
}

/** The same by a look-up a byte. */
export function scanShort(scan: Scan): number {
  const { bytes, end } = scan;
  let seen = 0;
  let before = 0;
  let resume = scan.start;
  for (let at = scan.start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    seen |= seenBits[byte] ?? 0;
    const bits = (atBits[byte] ?? 0) & (beforeBits[before] ?? 0);
    before = byte;
    if (bits === 0 || at < resume) continue;
    const behind = at + 1 < end ? (bytes[at + 1] ?? 0) : 0;
    if ((bits & (behindBits[behind] ?? 0)) !== 0) resume = visit(scan, at);
  }
  return seen;
}

// Visits the anchors of a chunk from `resume` on and gives where the next chunk is to be resumed.
function visitMarks(scan: Scan, marks: Int32Array, from: number, resumeAt: number): number {
  const stop = Math.min(scan.end, from + CHUNK_BYTES_MAX);
  let resume = resumeAt;
  for (let base = from; base < stop; base += 32) {
    if (resume >= base + 32) {
      base += ((resume - base) & ~31) - 32;
      continue;
    }
    let word = marks[(base - from) >> 5] ?? 0;
    if (resume > base) word &= -1 << (resume - base);
    while (word !== 0) {
      const at = base + 31 - Math.clz32(word & -word);
      if (at >= stop) return resume;
      resume = visit(scan, at);
      word = resume >= base + 32 ? 0 : word & (-1 << (resume - base));
    }
  }
  return resume;
}

// A detector may leave off amid digits: what follows is the beginning of a number then.
function visit(scan: Scan, at: number): number {
  let next = behindAnchor(scan, at);
  while (
    next > at + 1 &&
    next < scan.end &&
    isDigit(scan.bytes[next] ?? 0) &&
    isDigit(scan.bytes[next - 1] ?? 0)
  )
    next = behindAnchor(scan, next);
  return next;
}

// A switch, not a list of functions: it is called for every tenth byte, and what it calls is inlined.
function behindAnchor(scan: Scan, at: number): number {
  const anchor = anchors[scan.bytes[at] ?? 0] ?? 0;
  const next =
    anchor === DIGIT && !scan.isStructural ? detectNumber(scan, at) : detect(scan, at, anchor);
  if (isTooMuch(scan)) return scan.end;
  return next > at ? next : at + 1;
}

/** Whether a text is to be dropped as a whole, so that there is no need to read on. */
export function isTooMuch({
  findings,
  rereadsLeft,
  requestFindingsLeft,
  requestLooksLeft,
}: Scan): boolean {
  if (rereadsLeft < 0 || requestLooksLeft < 0 || findings.length >= FINDINGS_MAX) return true;
  return requestFindingsLeft <= 0 && findings.length > 0;
}

function detect(scan: Scan, at: number, anchor: number): number {
  switch (anchor) {
    case DIGIT:
      return scan.isStructural ? detectCard(scan, at) : detectNumber(scan, at);
    case SEPARATOR:
      return (
        detectNamedValue(scan, at) ||
        (scan.bytes[at] === 0x3a && !scan.isStructural ? detectColonAddress(scan, at) : 0)
      );
    case SLASH:
      // Behind a lone slash nothing can begin; `\/` is a slash too.
      return scan.bytes[at + 1] === 0x2f || scan.bytes[at + 1] === 0x5c
        ? detectUrlCredentials(scan, at)
        : 0;
    case DASH:
      return (
        (scan.bytes[at + 1] === 0x2d && detectPrivateKey(scan, at)) ||
        detectPrefixed(scan, at) ||
        detectUserOption(scan, at)
      );
    case DOT:
      return detectPrefixed(scan, at) || detectWebhook(scan, at);
    case PREFIX:
      return detectPrefixed(scan, at) || capital(scan, at);
    case JWT:
      return detectJwt(scan, at) || capital(scan, at);
    case SCHEME:
      return detectBearer(scan, at) || detectBasic(scan, at) || capital(scan, at);
    case AT_SIGN:
      return scan.isStructural ? 0 : detectEmail(scan, at);
    case CAPITAL:
      return capital(scan, at);
    case PASSWORD:
      return detectSpokenPassword(scan, at);
    case ESCAPE:
      return noteEscape(scan, at);
    case FOREIGN:
      return noteForeign(scan, at);
    case BRACKET:
      return behindMark(scan, at);
    case ELEMENT:
      return scan.isStructural ? 0 : detectElement(scan, at);
    case BAR:
      return scan.isStructural ? 0 : detectSegment(scan, at);
    default:
      return 0;
  }
}

function behindMark(scan: Scan, at: number): number {
  // `[SECRET:…`, `[redacted]`.
  const next = byteAt(scan, at + 1);
  if ((next < 0x41 || next > 0x5a) && (next !== 0x72 || byteAt(scan, at + 2) !== 0x65)) return 0;
  const text = matchAt(scan, mark, at);
  return text === null ? 0 : at + text.length;
}

const mark = new RegExp(markSource, 'y');

function capital(scan: Scan, at: number): number {
  const next = byteAt(scan, at + 1);
  const isWord =
    (next >= 0x61 && next <= 0x7a) ||
    next >= 0x80 ||
    next === 0x2e ||
    next === 0x27 ||
    next === 0x20;
  return isWord && !scan.isStructural && (byteAt(scan, at) & 0x20) === 0
    ? detectPerson(scan, at)
    : 0;
}

const DIGIT = 1;
const SEPARATOR = 2;
const SLASH = 3;
const DASH = 4;
const DOT = 5;
const PREFIX = 6;
const JWT = 7;
const SCHEME = 8;
const AT_SIGN = 9;
const CAPITAL = 10;
const PASSWORD = 11;
const ESCAPE = 12;
const FOREIGN = 13;
const BRACKET = 14;
const ELEMENT = 15;
const BAR = 16;

// For each byte what it may be a part of; 0 for bytes that are no anchor.
const anchors = new Uint8Array(256);
const anchorBytes: readonly (readonly [string, number])[] = [
  ['0123456789', DIGIT],
  [':=', SEPARATOR],
  ['/', SLASH],
  ['-', DASH],
  ['.', DOT],
  ['CDEFGHIKLMNOPQRSTUVWXYZ', CAPITAL],
  ['_A', PREFIX],
  ['J', JWT],
  ['Bb', SCHEME],
  ['@', AT_SIGN],
  ['w', PASSWORD],
  ['%\\&', ESCAPE],
  ['\xef\xd9\xdb\xc2\xc3\xd0\xe0\xe2\xf0', FOREIGN],
  ['[', BRACKET],
  ['>', ELEMENT],
  ['|', BAR],
];
for (const [characters, anchor] of anchorBytes) {
  for (const character of characters) anchors[character.charCodeAt(0)] = anchor;
}
