import { termBefore } from '../context.ts';
import { dateInText } from '../dates.ts';
import type { Scan } from '../finding.ts';
import { byteAt, isLetterOrDigit, matchAt, report, textOf } from '../finding.ts';

const birth = { dataClass: 'birth_date', rule: 'birth:term', tier: 'likely' } as const;
const dayAndYear = /\d{1,2}(?:st|nd|rd|th)?,? (?:1[89]|20)\d\d(?!\d)/y;
const month = /\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.? $/;

/**
 * A date is one of birth by a word before it; any other is skipped, so that it is no telephone number. `end` is behind its first digits,
 * `text` the groups of digits that it may be a part of. 0 when it is none.
 */
export function detectDate(scan: Scan, at: number, end: number, text: string): number {
  if (!mayBeDate(scan, at, end)) return 0;
  const behindMonth = matchAt(scan, dayAndYear, at);
  if (behindMonth !== null) {
    const start =
      at - (month.exec(textOf(scan, Math.max(scan.start, at - 24), at))?.[0].length ?? 0);
    if (start < at)
      return isBirth(scan, start)
        ? report(scan, start, at + behindMonth.length, birth)
        : at + behindMonth.length;
  }
  const date = matchAt(scan, dateInText, at);
  if (date === null || date.length < 6) return 0;
  const dateEnd = at + date.length;
  if (isBirth(scan, at)) return report(scan, at, dateEnd, birth);
  // `85-07-30-123.61` and the like are ids that begin as a date does.
  return text.length > date.length + 2 ? 0 : dateEnd;
}

// A day, a month or a year with what parts it from the next: nothing else is tried as a date.
function mayBeDate(scan: Scan, at: number, end: number): boolean {
  const size = end - at;
  if (size !== 1 && size !== 2 && size !== 4) return false;
  const first = byteAt(scan, at);
  if (size === 2 && first > 0x33) return false;
  if (size === 4 && first !== 0x31 && first !== 0x32) return false;
  let behind = end;
  for (let count = 0; count < 3 && isDateSign(byteAt(scan, behind)); count += 1) behind += 1;
  return isLetterOrDigit(byteAt(scan, behind)) || byteAt(scan, behind) >= 0x80;
}

function isDateSign(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x2c && byte <= 0x2f) || (byte >= 0x09 && byte <= 0x0d);
}

/** Whether a word before a date says that it is one of birth. */
export function isBirth(scan: Scan, at: number): boolean {
  return termBefore(scan, at)?.meaning === 'birth';
}
