import type { Scan } from '../finding.ts';
import { byteAt, isDigit, isHex } from '../finding.ts';
import { detectPerson } from './person.ts';

/** `%40`, `\u0040`, `\x40`, `&#64;`, `&quot;`: read once more without them. */
export function noteEscape(scan: Scan, at: number): number {
  const byte = byteAt(scan, at);
  const next = byteAt(scan, at + 1);
  if (byte === 0x25) scan.isFoldable ||= isHex(scan, at + 1) && isHex(scan, at + 2);
  else if (byte === 0x5c)
    scan.isFoldable ||=
      (next === 0x75 && isHex(scan, at + 2)) || (next === 0x78 && isHex(scan, at + 2));
  else
    scan.isFoldable ||=
      next === 0x23 ||
      ((next | 0x20) >= 0x61 && (next | 0x20) <= 0x7a && byteAt(scan, at - 1) !== 0x3f);
  return 0;
}

/** Full-width forms, Arabic and Indian digits, blanks and dashes beside digits, characters without width; names that begin beyond ASCII. */
export function noteForeign(scan: Scan, at: number): number {
  const byte = byteAt(scan, at);
  const next = byteAt(scan, at + 1);
  const third = byteAt(scan, at + 2);
  switch (byte) {
    case 0xef:
      scan.isFoldable ||= next === 0xbc || (next === 0xbd && third <= 0x9e) || next === 0xbb;
      break;
    case 0xd9:
      scan.isFoldable ||= next >= 0xa0 && next <= 0xa9;
      break;
    case 0xdb:
      scan.isFoldable ||= next >= 0xb0 && next <= 0xb9;
      break;
    case 0xc2:
      scan.isFoldable ||= next === 0xad || (next === 0xa0 && isBesideDigit(scan, at, 2));
      break;
    case 0xe0:
      scan.isFoldable ||=
        (next === 0xa5 && third >= 0xa6 && third <= 0xaf) ||
        (next === 0xb9 && third >= 0x90 && third <= 0x99);
      break;
    case 0xe2:
      if (next === 0x80 && third >= 0x8b && third <= 0x8f) scan.isFoldable = true;
      else if (next === 0x81 && third === 0xa0) scan.isFoldable = true;
      else if ((next === 0x80 && (third <= 0x95 || third === 0xaf)) || next === 0x88)
        scan.isFoldable ||= isBesideDigit(scan, at, 3);
      break;
    case 0xd0:
    case 0xc3:
      return !scan.isStructural &&
        next >= (byte === 0xd0 ? 0x90 : 0x80) &&
        next <= (byte === 0xd0 ? 0xaf : 0x9e)
        ? detectPerson(scan, at)
        : 0;
    default:
      scan.isFoldable ||= byte === 0xf0 && next === 0x9d && third === 0x9f;
  }
  return 0;
}

function isBesideDigit(scan: Scan, at: number, size: number): boolean {
  return isDigit(byteAt(scan, at - 1)) && isDigit(byteAt(scan, at + size));
}
