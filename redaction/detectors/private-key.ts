import type { Scan } from '../finding.ts';
import { report, standsAt, viewOf } from '../finding.ts';

const LABEL_BYTES_MAX = 64;

/**
 * PEM private keys (RFC 7468, OpenSSH, PGP): from `-----BEGIN … PRIVATE KEY` to the end of the `-----END` line; without one, to
 * the end of the text, so that a key that was cut off goes too. `at` is the first dash. 0 when it is none.
 */
export function detectPrivateKey(scan: Scan, at: number): number {
  if (!standsAt(scan, at, '-----BEGIN ')) return 0;
  const bytes = viewOf(scan.bytes);
  const label = bytes.toString('latin1', at + 11, Math.min(at + 11 + LABEL_BYTES_MAX, scan.end));
  if (!/^[A-Z0-9 ]{0,40}PRIVATE KEY/.test(label)) return 0;
  const end = blockEnd(scan, at, bytes);
  return report(scan, at, end, { dataClass: 'private_key', rule: 'secret:private_key' });
}

function blockEnd(scan: Scan, at: number, bytes: Buffer): number {
  const text = bytes.subarray(0, scan.end);
  const footer = text.indexOf('-----END ', at, 'latin1');
  if (footer < 0) return scan.end;
  const dashes = text.indexOf('-----', footer + 9, 'latin1');
  return dashes < 0 ? scan.end : dashes + 5;
}
