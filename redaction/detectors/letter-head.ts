import type { Scan } from '../finding.ts';
import { latinOf } from '../finding.ts';
import { isPersonName, notSurnames } from '../names.ts';

const LINES_MAX = 5;
const LINE_BYTES_MAX = 80;
const HEADS_MAX = 64;
const MARGIN_BYTES_MAX = 12;

/**
 * Names above addresses: the first line of a block whose later line begins with an address that was found, when it is two to four
 * capitalised words and nothing else. `> ` and the like before each line do not count, nor does one empty line before the address.
 */
export function detectLetterHeads(scan: Scan): void {
  const latin = latinOf(scan);
  const found = scan.findings.length;
  for (let index = 0, heads = 0; index < found && heads < HEADS_MAX; index += 1) {
    const finding = scan.findings[index];
    if (finding?.dataClass !== 'address') continue;
    heads += 1;
    const line = headOf(latin, finding.start - scan.start);
    if (line === null) continue;
    const { start, text } = line;
    if (!isHead(Buffer.from(text, 'latin1').toString('utf8'))) continue;
    const from = scan.start + start;
    const rule = 'person:above_address';
    const end = from + text.length;
    scan.findings.push({ start: from, end, dataClass: 'person', rule, tier: 'likely' });
  }
}

type Line = { readonly start: number; readonly text: string };

// The first line of the block above a place at the beginning of a line; null where there is none.
function headOf(latin: string, at: number): Line | null {
  const before = latin.slice(Math.max(0, at - MARGIN_BYTES_MAX - 1), at);
  const line = before.lastIndexOf('\n');
  if (line < 0 || !/^[ \t>?]*$/.test(before.slice(line + 1))) return null;
  const own = at - before.length + line;
  let head: Line | null = null;
  let stop = own;
  for (let count = 0; count < LINES_MAX && stop > 0; count += 1) {
    const floor = Math.max(0, stop - LINE_BYTES_MAX - 1);
    const above = latin.slice(floor, stop).lastIndexOf('\n');
    if (above < 0 && floor > 0) return head;
    const from = floor + above + 1;
    const margin = /^[ \t>?]*/.exec(latin.slice(from, stop))?.[0].length ?? 0;
    const text = latin.slice(from + margin, stop).trimEnd();
    if (text === '' && head !== null) return head;
    if (text !== '') head = { start: from + margin, text };
    stop = from - 1;
  }
  return head;
}

function isHead(text: string): boolean {
  const words = text.split(/ +/);
  return (
    words.length > 1 &&
    words.length <= 4 &&
    isPersonName(text) &&
    words.every((one) =>
      /^\p{Lu}[\p{Ll}\p{M}'’-]+|^\p{Lu}\.?$|^(?:de|da|van|von|der|den|la|del|al|bin)$/u.test(one),
    ) &&
    !words.some((one) => notSurnames.has(one.toLowerCase()) && one.length > 1)
  );
}
