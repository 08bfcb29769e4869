import { isIPv6 } from 'node:net';
import { termBefore } from '../context.ts';
import type { Scan } from '../finding.ts';
import { byteAt, isHex, isLetterOrDigit, matchAt, report, textOf } from '../finding.ts';

const IPV6_BYTES_MAX = 45;
const ipv4 = /(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\.?\d)(?![A-Za-z_])/y;
const versionWord =
  /(?:\b(?:v|ver|version|release|build|rev|firmware|driver|chrome|safari|firefox|edge|opr|mozilla|netmask|subnet|oid|§|section|schema|kernel)\.?[\s:="'/]*|[vV/])$/i;
const mac =
  /(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?![:0-9A-Fa-f])|(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}(?![-0-9A-Za-z])/y;
const ciscoMac = /[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![.0-9A-Za-z])/y;

/** IPv4 addresses; no versions, loopback, unspecified or mask addresses. `at` is a first digit. 0 when it is none. */
export function detectIpv4(scan: Scan, at: number): number {
  const before = byteAt(scan, at - 1);
  if (before === 0x2e || isLetterOrDigit(before)) return 0;
  const text = matchAt(scan, ipv4, at);
  if (text === null) return 0;
  const octets = text.split('.').map(Number);
  const [first = 0, , , last = 0] = octets;
  if (octets.some((octet) => octet > 255) || /(?:^|\.)0\d/.test(text)) return 0;
  const end = at + text.length;
  if (first === 0 || first === 127 || first === 255 || (first >= 224 && first <= 239)) return end;
  if (versionWord.test(textOf(scan, Math.max(scan.start, at - 24), at))) return end;
  if (byteAt(scan, end) === 0x2d && isLetterOrDigit(byteAt(scan, end + 1)) && last === 0)
    return end;
  const isNone = octets.every((octet) => octet < 10) && termBefore(scan, at)?.meaning !== 'ip';
  return isNone && byteAt(scan, end) !== 0x3a && byteAt(scan, end) !== 0x2f
    ? end
    : report(scan, at, end, { dataClass: 'ip', rule: 'ip:v4' });
}

/** IPv6 addresses (RFC 4291), and MAC addresses. `at` is a `:`; the address is looked for around it. 0 when it is none. */
export function detectColonAddress(scan: Scan, at: number): number {
  const next = byteAt(scan, at + 1);
  if (next !== 0x3a && !isHex(scan, at + 1)) return 0;
  if (next !== 0x3a && !isHex(scan, at - 1)) return 0;
  let start = at;
  const floor = Math.max(scan.start, at - 4, scan.findings.at(-1)?.end ?? 0);
  while (start > floor && isHex(scan, start - 1)) start -= 1;
  if (isLetterOrDigit(byteAt(scan, start - 1)) || byteAt(scan, start - 1) === 0x3a) return 0;
  if (at - start === 2) {
    const address = matchAt(scan, mac, start);
    if (address !== null)
      return report(scan, start, start + address.length, {
        dataClass: 'device',
        rule: 'device:mac',
      });
  }
  return detectIpv6(scan, start);
}

function detectIpv6(scan: Scan, start: number): number {
  let end = start;
  const limit = Math.min(scan.end, start + IPV6_BYTES_MAX);
  let colons = 0;
  while (
    end < limit &&
    (isHex(scan, end) || byteAt(scan, end) === 0x3a || (byteAt(scan, end) === 0x2e && colons > 1))
  ) {
    if (byteAt(scan, end) === 0x3a) colons += 1;
    end += 1;
  }
  while (
    end > start &&
    (byteAt(scan, end - 1) === 0x2e ||
      (byteAt(scan, end - 1) === 0x3a && byteAt(scan, end - 2) !== 0x3a))
  )
    end -= 1;
  if (colons < 2 || isLetterOrDigit(byteAt(scan, end)) || end - start < 4) return 0;
  const text = textOf(scan, start, end);
  // `12:30:45` is a time, `std::string` and `::1` nobody's address.
  if (
    !isIPv6(text) ||
    (!text.includes('::') && colons < 7) ||
    /^(?:::1?|::ffff:127\..*|fe80::)$/.test(text)
  )
    return 0;
  return report(scan, start, end, { dataClass: 'ip', rule: 'ip:v6' });
}

/** MAC addresses with dashes and dots. `at` is the beginning of a word. 0 when it is none. */
export function detectDashedMac(scan: Scan, at: number): number {
  const sign = byteAt(scan, at + 2);
  const isPairs = sign === 0x2d || sign === 0x3a;
  if (!isPairs && byteAt(scan, at + 4) !== 0x2e) return 0;
  const text = matchAt(scan, isPairs ? mac : ciscoMac, at);
  if (text === null || (!/[A-Fa-f]/.test(text) && !/^\d\d[:-]/.test(text))) return 0;
  return report(scan, at, at + text.length, { dataClass: 'device', rule: 'device:mac' });
}
