import { detectBasic, detectBearer, detectUrlCredentials } from './detectors/authorization.ts';
import { detectCard } from './detectors/card.ts';
import { detectNamedValue } from './detectors/named-value.ts';
import { detectPrivateKey } from './detectors/private-key.ts';
import type { SecretPrefix } from './detectors/secret-prefix.ts';
import {
  detectJwt,
  detectPrefixed,
  detectWebhook,
  secretPrefixes,
} from './detectors/secret-prefix.ts';
import type { Detector, Scan } from './finding.ts';
import { isDigit } from './finding.ts';

/**
 * Fills `scan.findings` in one pass over the bytes and says whether any of them is above ASCII. Each two neighbouring bytes are
 * looked up in a table; only the pairs that begin something (a digit run, `://`, a key's `:`, an issuer's prefix) call a detector.
 */
export function scanText(scan: Scan): boolean {
  const { bytes, end } = scan;
  let above = 0;
  let pair = NOTHING_BEFORE;
  let at = scan.start;
  while (at < end) {
    const byte = bytes[at] ?? 0;
    above |= byte;
    pair = ((pair << 8) | byte) & 0xffff;
    const anchor = anchors[pair] ?? 0;
    if (anchor !== 0) {
      const next = detectors[anchor]?.(scan, at) ?? 0;
      if (next > at) {
        at = next;
        pair = bytes[at - 1] ?? NOTHING_BEFORE;
        continue;
      }
    }
    at += 1;
  }
  return above >= 0x80;
}

const NOTHING_BEFORE = 0x20;

// For each pair of bytes the number of its detector in the list below; 0 for the many that begin nothing. A detector is called
// with the place of the pair's second byte.
const anchors = new Uint8Array(1 << 16);
const detectors: (Detector | undefined)[] = [undefined];

function anchorAt(detector: Detector, pairs: Iterable<readonly [number, number]>): void {
  detectors.push(detector);
  for (const [first, second] of pairs) anchors[(first << 8) | second] = detectors.length - 1;
}

function everyByte(): readonly number[] {
  return Array.from({ length: 256 }, (_, byte) => byte);
}

function pairOf(text: string): readonly [number, number] {
  return [text.charCodeAt(0), text.charCodeAt(1)];
}

const digits = everyByte().filter(isDigit);
const notDigits = everyByte().filter((byte) => !isDigit(byte));

anchorAt(
  detectCard,
  notDigits.flatMap((before) => digits.map((digit) => [before, digit] as const)),
);
anchorAt(
  detectNamedValue,
  everyByte()
    .filter((byte) => !isDigit(byte) || byte === 0x32)
    .flatMap((before) => [[before, 0x3a] as const, [before, 0x3d] as const]),
);
anchorAt((scan, at) => detectUrlCredentials(scan, at - 1), [pairOf('//')]);
anchorAt((scan, at) => detectPrivateKey(scan, at - 1), [pairOf('--')]);
anchorAt((scan, at) => detectBearer(scan, at - 1), ['Be', 'be', 'BE'].map(pairOf));
anchorAt((scan, at) => detectBasic(scan, at - 1), ['Ba', 'ba', 'BA'].map(pairOf));
anchorAt((scan, at) => detectJwt(scan, at - 1), [pairOf('ey')]);
anchorAt((scan, at) => detectWebhook(scan, at - 1), [pairOf('ho')]);
for (const [beginning, rows] of rowsByBeginning()) {
  anchorAt((scan, at) => detectPrefixed(scan, at - 1, rows), [pairOf(beginning)]);
}

function rowsByBeginning(): ReadonlyMap<string, readonly SecretPrefix[]> {
  return Map.groupBy(secretPrefixes, ({ prefix }) => prefix.slice(0, 2));
}
