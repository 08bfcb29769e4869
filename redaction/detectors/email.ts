import type { Scan } from '../finding.ts';
import { byteAt, isLetterOrDigit, latinOf, report } from '../finding.ts';

const LOCAL_BYTES_MAX = 64;
const DOMAIN_BYTES_MAX = 253;

/** E-mail addresses (RFC 5321; letters of any script). `at` is the `@`. 0 when it is none. */
export function detectEmail(scan: Scan, at: number): number {
  const floor = Math.max(scan.start, at - LOCAL_BYTES_MAX, scan.findings.at(-1)?.end ?? 0);
  let start = at;
  while (start > floor && isLocalByte(scan.bytes[start - 1] ?? 0)) start -= 1;
  start = behindEscapedLetter(scan, start);
  while (
    start < at &&
    !isLetterOrDigit(byteAt(scan, start)) &&
    byteAt(scan, start) < 0x80 &&
    byteAt(scan, start) !== 0x5f
  )
    start += 1;
  const end = domainEnd(scan, at + 1);
  if (start === at || end === 0 || byteAt(scan, at - 1) === 0x2e) return 0;
  const domain = latinOf(scan).slice(at + 1 - scan.start, end - scan.start);
  if (notDomains.test(domain)) return 0;
  const isGit = at - start === 3 && byteAt(scan, start) === 0x67;
  return isGit ? 0 : report(scan, start, end, { dataClass: 'email', rule: 'email' });
}

// File names with a density (`logo@2x.png`), units of systemd.
const notDomains =
  /^\dx\.|\.(?:png|jpe?g|gif|svg|webp|js|ts|tsx|css|json|ya?ml|py|so|service|timer|socket|target)$/i;

// The `n` of `\n` before an address is no letter of it.
function behindEscapedLetter(scan: Scan, start: number): number {
  const isEscape =
    byteAt(scan, start - 1) === 0x5c && /[nrtbf]/.test(String.fromCharCode(byteAt(scan, start)));
  return isEscape ? start + 1 : start;
}

// The end of the last label that is a top-level domain; 0 when there is none.
function domainEnd(scan: Scan, from: number): number {
  const limit = Math.min(scan.end, from + DOMAIN_BYTES_MAX);
  let labelStart = from;
  let end = 0;
  let at = from;
  for (; at <= limit; at += 1) {
    const byte = at < limit ? (scan.bytes[at] ?? 0) : 0;
    if (isLetterOrDigit(byte) || byte === 0x2d || byte >= 0x80) continue;
    if (labelStart > from && isTopLevel(scan, labelStart, at)) end = at;
    if (byte !== 0x2e || at === labelStart) break;
    labelStart = at + 1;
  }
  return end;
}

function isTopLevel(scan: Scan, start: number, end: number): boolean {
  if (end - start < 2 || end - start > 24) return false;
  for (let at = start; at < end; at += 1) {
    const byte = scan.bytes[at] ?? 0;
    const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
    if (!isLetter && byte < 0x80 && !(byte === 0x2d && end - start > 4)) return false;
  }
  return true;
}

function isLocalByte(byte: number): boolean {
  return isLetterOrDigit(byte) || localBytes.has(byte) || byte >= 0x80;
}

const localBytes = new Set(Array.from("._%+-'", (character) => character.charCodeAt(0)));
