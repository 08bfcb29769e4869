import { detectBasic, detectBearer, detectUrlCredentials } from './detectors/authorization.ts';
import { detectCard } from './detectors/card.ts';
import { detectNamedValue } from './detectors/named-value.ts';
import { detectPrivateKey } from './detectors/private-key.ts';
import { detectJwt, detectPrefixed, detectWebhook } from './detectors/secret-prefix.ts';
import type { Scan } from './finding.ts';

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

/**
 * Fills `scan.findings` in one pass over the bytes and says whether any of them is above ASCII. Four bytes at a time are looked up
 * in a table of anchors: bytes that are rare in clean text and stand in everything that is looked for (a digit, the `:` behind a key,
 * the `_` of `ghp_`). Only an anchor calls a detector, which looks around it.
 */
export function scanText(scan: Scan): boolean {
  const { bytes, end } = scan;
  const last = end - 4;
  let above = 0;
  let at = scan.start;
  while (at <= last) {
    const a = bytes[at] ?? 0;
    const b = bytes[at + 1] ?? 0;
    const c = bytes[at + 2] ?? 0;
    const d = bytes[at + 3] ?? 0;
    above |= a | b | c | d;
    if (((anchors[a] ?? 0) | (anchors[b] ?? 0) | (anchors[c] ?? 0) | (anchors[d] ?? 0)) === 0) {
      at += 4;
      continue;
    }
    if (anchors[a] === 0) at += anchors[b] !== 0 ? 1 : anchors[c] !== 0 ? 2 : 3;
    at = behindAnchor(scan, at);
  }
  while (at < end) {
    const byte = bytes[at] ?? 0;
    above |= byte;
    at = anchors[byte] === 0 ? at + 1 : behindAnchor(scan, at);
  }
  return above >= 0x80;
}

// A switch, not a list of functions: it is called for every tenth byte, and what it calls is inlined.
function behindAnchor(scan: Scan, at: number): number {
  const next = detect(scan, at, anchors[scan.bytes[at] ?? 0] ?? 0);
  if (isTooMuch(scan)) return scan.end;
  return next > at ? next : at + 1;
}

/** Whether a text is to be dropped as a whole, so that there is no need to read on. */
export function isTooMuch({ findings, rereadsLeft, requestFindingsLeft }: Scan): boolean {
  if (rereadsLeft < 0 || findings.length >= FINDINGS_MAX) return true;
  return requestFindingsLeft <= 0 && findings.length > 0;
}

function detect(scan: Scan, at: number, anchor: number): number {
  switch (anchor) {
    case DIGIT:
      return detectCard(scan, at);
    case SEPARATOR:
      return detectNamedValue(scan, at);
    case SLASH:
      // Behind a lone slash nothing can begin; `\/` is a slash too.
      return scan.bytes[at + 1] === 0x2f || scan.bytes[at + 1] === 0x5c
        ? detectUrlCredentials(scan, at)
        : 0;
    case DASH:
      return (
        (scan.bytes[at + 1] === 0x2d && detectPrivateKey(scan, at)) || detectPrefixed(scan, at)
      );
    case DOT:
      return detectPrefixed(scan, at) || detectWebhook(scan, at);
    case PREFIX:
      return detectPrefixed(scan, at);
    case JWT:
      return detectJwt(scan, at);
    case SCHEME:
      return detectBearer(scan, at) || detectBasic(scan, at);
    default:
      return 0;
  }
}

const DIGIT = 1;
const SEPARATOR = 2;
const SLASH = 3;
const DASH = 4;
const DOT = 5;
const PREFIX = 6;
const JWT = 7;
const SCHEME = 8;

// For each byte what it may be a part of; 0 for bytes that are no anchor.
const anchors = new Uint8Array(256);
const anchorBytes: readonly (readonly [string, number])[] = [
  ['0123456789', DIGIT],
  [':=', SEPARATOR],
  ['/', SLASH],
  ['-', DASH],
  ['.', DOT],
  ['_A', PREFIX],
  ['J', JWT],
  ['Bb', SCHEME],
];
for (const [characters, anchor] of anchorBytes) {
  for (const character of characters) anchors[character.charCodeAt(0)] = anchor;
}
