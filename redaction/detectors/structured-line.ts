import { cached, createByteCache } from '../../schemas/byte-cache.ts';
import type { Term } from '../vocabulary/dictionary.ts';
import { termOfKey } from '../vocabulary/dictionary.ts';
import type { DataClass } from '../data-classes.ts';
import type { Scan } from '../finding.ts';
import { byteAt, isTokenByte, latinOf, report, viewOf } from '../finding.ts';
import { detectWhole } from './term-value.ts';

const TAG_BYTES_MAX = 64;
const ELEMENT_BYTES_MAX = 256;

/** `<ssn>123-45-6789</ssn>`: an element whose name names personal data. `at` is the `>`. 0 when it is none. */
export function detectElement(scan: Scan, at: number): number {
  const floor = Math.max(scan.start, at - TAG_BYTES_MAX);
  let open = at - 1;
  while (open >= floor && scan.bytes[open] !== 0x3c) open -= 1;
  if (open < floor) return 0;
  if (!isTokenByte(byteAt(scan, open + 1)) && byteAt(scan, open + 1) !== 0x2e) return 0;
  const term = cached(namesOfTags, scan.bytes, open, at);
  if (term === null) return 0;
  const close = closeOf(scan, at + 1);
  return close <= at + 1 ? 0 : detectField(scan, at + 1, close, term);
}

// The `<` behind an element's text; 0 where it is too far.
function closeOf({ bytes, end }: Scan, from: number): number {
  const stop = Math.min(end, from + ELEMENT_BYTES_MAX);
  for (let at = from; at < stop; at += 1) if (bytes[at] === 0x3c) return at;
  return 0;
}

const TAGS_CACHED = 512;
const namesOfTags = createByteCache<Term | null, Uint8Array>(
  TAGS_CACHED,
  TAG_BYTES_MAX,
  (bytes, start, end) => {
    const tag = viewOf(bytes).toString('latin1', start, end);
    const name = /^<(?:[\w.-]{1,32}:)?([A-Za-z][\w.-]{1,48})(?:\s[^>]*)?$/.exec(tag)?.[1];
    const term = name === undefined ? undefined : termOfKey(name);
    return term === undefined || term.meaning === 'none' ? null : term;
  },
);

// A password's or key's whole value goes; others must have the shape.
export function detectField(scan: Scan, from: number, to: number, term: Term): number {
  let start = from;
  let end = to;
  while (start < end && isBlankOrQuote(byteAt(scan, start))) start += 1;
  while (end > start && isBlankOrQuote(byteAt(scan, end - 1))) end -= 1;
  if (end <= start) return 0;
  if (term.meaning === 'password')
    return report(scan, start, end, { dataClass: 'password', rule: 'key:password' });
  if (term.meaning === 'secret')
    return end - start < 12
      ? 0
      : report(scan, start, end, { dataClass: 'secret', rule: 'key:secret' });
  return detectWhole(scan, start, end, term);
}

const segmentClasses: Readonly<Record<string, Readonly<Record<number, DataClass>>>> = {
  PID: {
    2: 'medical_record',
    3: 'medical_record',
    4: 'medical_record',
    5: 'person',
    6: 'person',
    7: 'birth_date',
    9: 'person',
    11: 'address',
    13: 'phone',
    14: 'phone',
    18: 'medical_record',
    19: 'national_id',
    20: 'licence',
  },
  NK1: { 2: 'person', 4: 'address', 5: 'phone', 6: 'phone', 16: 'birth_date' },
  GT1: { 3: 'person', 5: 'address', 6: 'phone', 8: 'birth_date', 12: 'national_id' },
  IN1: {
    2: 'health_plan',
    16: 'person',
    18: 'birth_date',
    19: 'address',
    36: 'health_plan',
    49: 'health_plan',
  },
  PV1: { 7: 'person', 8: 'person', 9: 'person', 17: 'person', 19: 'medical_record' },
};

/** HL7 v2 segments of patients, kin, guarantors and insurance, by position. `at` is the first `|`. 0 when it is none. */
export function detectSegment(scan: Scan, at: number): number {
  const latin = latinOf(scan);
  const place = at - scan.start;
  const classes = segmentClasses[latin.slice(place - 3, place)];
  if (
    classes === undefined ||
    !/^(?:|[\s\S]*(?:[\r\n]|\\[rn]))$/.test(latin.slice(Math.max(0, place - 5), place - 3))
  )
    return 0;
  const stop = /[\r\n]|\\[rn]|"/.exec(latin.slice(place, place + SEGMENT_BYTES_MAX));
  const end = place + (stop?.index ?? Math.min(latin.length - place, SEGMENT_BYTES_MAX));
  let from = place + 1;
  let last = 0;
  for (let field = 1; from < end; field += 1) {
    const bar = latin.indexOf('|', from);
    const to = bar < 0 || bar > end ? end : bar;
    const dataClass = classes[field];
    // The first part of an identifier or a visit's doctor; the others whole.
    const part = latin.slice(from, to);
    const size = dataClass === 'medical_record' ? (part.split('^')[0]?.length ?? 0) : part.length;
    if (dataClass !== undefined && size > 1 && part !== '""')
      last = report(scan, scan.start + from, scan.start + from + size, {
        dataClass,
        rule: `${dataClass}:hl7`,
      });
    from = to + 1;
  }
  return last;
}

const SEGMENT_BYTES_MAX = 4096;

function isBlankOrQuote(byte: number): boolean {
  return (
    byte === 0x20 ||
    byte === 0x09 ||
    byte === 0x22 ||
    byte === 0x27 ||
    byte === 0x0d ||
    byte === 0x5c
  );
}
