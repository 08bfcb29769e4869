import type { Scan } from '../finding.ts';
import { byteAt, isDigit, isLetterOrDigit, isTokenByte, report, textOf } from '../finding.ts';

/** Shorter ones are ids of requests, runs and files more often than keys. */
const RANDOM_BYTES_MIN = 40;
const RANDOM_BYTES_MAX = 256;
const LOOK_BACK_BYTES_MAX = 64;
const KEY_BYTES_MAX = 48;

/**
 * A long run of letters, digits, `_` and `-` that looks drawn by chance and has no name that says what it is: a key that somebody
 * pasted. `start` and `end` are those of a word in it. Hashes and UUIDs have no capitals beside small letters, ids of vendors a word in
 * front (`chatcmpl-…`), ids of documents a path; base64 goes on with `+`, `/` or `=`. 0 when it is none.
 */
export function detectRandomToken(scan: Scan, start: number, end: number): number {
  const from = runStart(scan, start);
  const to = runEnd(scan, end);
  const size = to - from;
  if (size < RANDOM_BYTES_MIN || size > RANDOM_BYTES_MAX) return 0;
  if (!isOpening(byteAt(scan, from - 1)) || !isClosing(scan, to)) return 0;
  if (!isRandom(scan, from, to)) return 0;
  const text = textOf(scan, from, to);
  if (namedRun.test(text)) return 0;
  const before = textOf(scan, Math.max(scan.start, from - KEY_BYTES_MAX), from);
  if (harmlessName.test(before)) return 0;
  return report(scan, from, to, { dataClass: 'secret', rule: 'secret:random', tier: 'likely' });
}

// A vendor's id, a digest, a public key of SSH, JSON in base64, Java's and Go's names of modules.
const namedRun =
  /^(?:[A-Za-z]{2,16}\d{0,3}[_-][A-Za-z0-9]{1,47}$|sha\d{1,3}[-_]|md5[-_]|h1[-_]|AAAA|eyJ|iVBOR|R0lGOD|UklGR|JVBERi|UEsDB|H4sI|MII)/;

// The name before a value, if it says that the value is an id, a digest, a place in a list or data.
const harmlessName =
  /(?:id|ids|uid|uuid|guid|hash|digest|sha\d{0,3}|md5|crc|sum|checksum|etag|cursor|version|revision|rev|commit|ref|thumbprint|fingerprint|print|nonce|integrity|data|content|contents|image|img|body|blob|bytes|base64|b64|embedding|vector|state|page|next|prev|previous|after|before|continuation|offset|url|uri|href|path|file|filename|name|slug|trace|span|request|handle|arn|resource|location|public|publickey|pubkey|(?:page|sync|next|continuation|cursor|continue|change|start)[_-]?token)["'`\\]{0,3} ?[:=]? ?["'`\\]{0,3}$/i;

function runStart(scan: Scan, start: number): number {
  const floor = Math.max(scan.start, start - LOOK_BACK_BYTES_MAX, scan.findings.at(-1)?.end ?? 0);
  let at = start;
  while (at > floor && isTokenByte(byteAt(scan, at - 1))) at -= 1;
  return at;
}

function runEnd(scan: Scan, end: number): number {
  const stop = Math.min(scan.end, end + RANDOM_BYTES_MAX);
  let at = end;
  while (at < stop && isTokenByte(scan.bytes[at] ?? 0)) at += 1;
  return at;
}

const openings = new Set(Array.from(' \t\n\r"\'`=:(<>,[{', (one) => one.charCodeAt(0)).concat(0));
const closings = new Set(Array.from(' \t\n\r"\'`;)<>,]}\\&', (one) => one.charCodeAt(0)).concat(0));

function isOpening(byte: number): boolean {
  return openings.has(byte);
}

function isClosing(scan: Scan, at: number): boolean {
  const byte = byteAt(scan, at);
  return closings.has(byte) || (byte === 0x2e && closings.has(byteAt(scan, at + 1)));
}

/**
 * Of 62 characters drawn by chance, two neighbours are of another kind (capital, small letter, digit) in 62 % of cases; in names put
 * together of words in some 20 %.
 */
const CHANGES_MIN = 0.45;
const SEPARATORS_MAX = 1 / 10;

function isRandom(scan: Scan, from: number, to: number): boolean {
  let [digits, capitals, small, separators, changes, before] = [0, 0, 0, 0, 0, -1];
  for (let at = from; at < to; at += 1) {
    const byte = scan.bytes[at] ?? 0;
    const kind = kindOf(byte);
    if (kind === 0) digits += 1;
    else if (kind === 1) small += 1;
    else if (kind === 2) capitals += 1;
    else separators += 1;
    if (kind !== before) changes += 1;
    before = kind;
  }
  const size = to - from;
  if (digits < 3 || capitals < 5 || small < 5 || separators > SEPARATORS_MAX * size) return false;
  return changes >= CHANGES_MIN * size;
}

function kindOf(byte: number): number {
  if (isDigit(byte)) return 0;
  if (!isLetterOrDigit(byte)) return 3;
  return (byte & 0x20) !== 0 ? 1 : 2;
}
