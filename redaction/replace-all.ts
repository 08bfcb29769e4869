import type { RedactionAction } from '../schemas/record-types.ts';
import type { Finding, Scan } from './finding.ts';
import { byteAt, isDigit, textOf } from './finding.ts';
import { replaceFinding } from './replace-finding.ts';

export type ReplacedFinding = {
  readonly finding: Finding;
  readonly text: string;
  readonly action: RedactionAction;
};

/** What the policy makes of all findings of a text, in order; those that are kept are left out. */
export function replaceAll(
  scan: Scan,
  policy: Parameters<typeof replaceFinding>[3],
): readonly ReplacedFinding[] {
  const replaced: ReplacedFinding[] = [];
  for (const finding of scan.findings) {
    const value = finding.value ?? textOf(scan, finding.start, finding.end);
    const by = replaceFinding(finding, value, scan.keyPath, policy);
    if (by === null) continue;
    const quote = quoteFor(scan, finding);
    replaced.push({ finding, text: quote + by.text + quote, action: by.action });
  }
  return replaced;
}

// A number, list or object of JSON becomes a string, with as many backslashes as the key's quotes have.
function quoteFor(scan: Scan, { start, end }: Finding): string {
  const first = byteAt(scan, start);
  if (!isDigit(first) && first !== 0x2d && first !== 0x7b && first !== 0x5b) return '';
  let at = start - 1;
  for (let count = 0; count < 4 && isBlank(byteAt(scan, at)); count += 1) at -= 1;
  if (byteAt(scan, at) !== 0x3a || !isValueEnd(scan, end)) return '';
  at -= 1;
  for (let count = 0; count < 4 && isBlank(byteAt(scan, at)); count += 1) at -= 1;
  if (byteAt(scan, at) !== 0x22) return '';
  let slashes = 0;
  while (slashes < 31 && byteAt(scan, at - 1 - slashes) === 0x5c) slashes += 1;
  return `${'\\'.repeat(slashes)}"`;
}

function isValueEnd(scan: Scan, end: number): boolean {
  let at = end;
  for (let count = 0; count < 4 && isBlank(byteAt(scan, at)); count += 1) at += 1;
  const byte = byteAt(scan, at);
  return byte === 0x2c || byte === 0x7d || byte === 0x5d || byte === 0;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
