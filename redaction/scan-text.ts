import { detectBasic, detectBearer, detectUrlCredentials } from './detectors/authorization.ts';
import { detectCard } from './detectors/card.ts';
import { detectNamedValue } from './detectors/named-value.ts';
import { detectPrivateKey } from './detectors/private-key.ts';
import { detectJwt, detectPrefixed, detectWebhook } from './detectors/secret-prefix.ts';
import type { Detector, Scan } from './finding.ts';

/** A text with as many findings as this is nobody's text: the scan stops, and the text must be dropped as a whole. */
export const FINDINGS_MAX = 10_000;

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

function behindAnchor(scan: Scan, at: number): number {
  const detector = detectors[anchors[scan.bytes[at] ?? 0] ?? 0];
  const next = detector === undefined ? 0 : detector(scan, at);
  if (scan.findings.length >= FINDINGS_MAX) return scan.end;
  return next > at ? next : at + 1;
}

// For each byte the number of its detector in the list below; 0 for bytes that are no anchor.
const anchors = new Uint8Array(256);
const detectors: (Detector | undefined)[] = [undefined];

function anchorAt(characters: string, detector: Detector): void {
  detectors.push(detector);
  for (const character of characters) anchors[character.charCodeAt(0)] = detectors.length - 1;
}

anchorAt('0123456789', detectCard);
anchorAt(':=', detectNamedValue);
anchorAt('/', (scan, at) => (scan.bytes[at + 1] === 0x2f ? detectUrlCredentials(scan, at) : 0));
anchorAt('_', detectPrefixed);
anchorAt('A', detectPrefixed);
anchorAt('-', (scan, at) => detectPrivateKey(scan, at) || detectPrefixed(scan, at));
anchorAt('.', (scan, at) => detectPrefixed(scan, at) || detectWebhook(scan, at));
anchorAt('J', detectJwt);
anchorAt('Bb', (scan, at) => detectBearer(scan, at) || detectBasic(scan, at));
