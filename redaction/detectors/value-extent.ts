import type { Scan } from '../finding.ts';
import { byteAt, standsAt } from '../finding.ts';

/** How the key was written, which says how its value may be. */
export type ValueShape = {
  readonly isQuotedKey: boolean;
  /** How many backslashes stand before each quote of the text that the key is in. */
  readonly backslashes: number;
  /** A header's value goes on to the end of its line. */
  readonly toLineEnd: boolean;
};

export type Extent = { readonly start: number; readonly end: number };

const nothing: Extent = { start: 0, end: 0 };
const SPACES_MAX = 16;
const BACKSLASH = 0x5c;

/** Where the value behind a `:` or `=` begins and ends, without its quotes; empty for `true`, `false`, `null` and nothing. */
export function valueExtent(scan: Scan, from: number, shape: ValueShape): Extent {
  const at = behindBlanks(scan, from);
  const quoteAt = behindBackslashes(scan, at);
  const byte = byteAt(scan, quoteAt);
  if (byte === 0x22 || byte === 0x27) {
    const start = quoteAt + 1;
    return { start, end: closingQuote(scan, start, byte, quoteAt - at) };
  }
  if (shape.isQuotedKey && (byteAt(scan, at) === 0x7b || byteAt(scan, at) === 0x5b)) {
    return { start: at, end: closingBracket(scan, at, shape.backslashes) };
  }
  const end = shape.toLineEnd ? lineEnd(scan, at) : wordEnd(scan, at, shape.isQuotedKey);
  return isLiteral(scan, at, end) ? nothing : { start: at, end };
}

function behindBlanks(scan: Scan, from: number): number {
  let at = from;
  // `==` and `=>` are one separator.
  while (byteAt(scan, at) === 0x3d || byteAt(scan, at) === 0x3e) at += 1;
  for (let count = 0; count < SPACES_MAX && isBlank(byteAt(scan, at)); count += 1) at += 1;
  return at;
}

function behindBackslashes(scan: Scan, from: number): number {
  let at = from;
  for (let count = 0; count < 64 && byteAt(scan, at) === BACKSLASH; count += 1) at += 1;
  return at;
}

/**
 * The place of the backslashes before the closing quote. In JSON inside JSON a quote is written with 2^depth − 1 backslashes; a
 * quote with fewer ends a text around it, and the value with it. Without any, the value goes to the end.
 */
function closingQuote(scan: Scan, start: number, quote: number, backslashes: number): number {
  const depth = Math.floor(Math.log2(backslashes + 1));
  let run = 0;
  for (let at = start; at < scan.end; at += 1) {
    const byte = scan.bytes[at] ?? 0;
    if (byte === BACKSLASH) run += 1;
    else {
      if (byte === quote && closes(run, depth)) return at - Math.min(run, backslashes);
      run = 0;
    }
  }
  return scan.end;
}

// Unescapes one level after the other: an even run before a quote leaves the quote bare at that level, which ends its text.
function closes(run: number, depth: number): boolean {
  let left = run;
  for (let level = 0; level <= depth; level += 1) {
    if (left % 2 === 0) return true;
    left = (left - 1) / 2;
  }
  return false;
}

// An object or a list goes as a whole. Brackets within quotes do not count; without an end, everything goes.
function closingBracket(scan: Scan, start: number, backslashes: number): number {
  let depth = 0;
  for (let at = start; at < scan.end; at += 1) {
    const byte = scan.bytes[at] ?? 0;
    if (byte === 0x22) {
      if (byteAt(scan, at - 1) !== BACKSLASH && backslashes > 0) return at;
      at = behindBackslashes(scan, closingQuote(scan, at + 1, byte, backslashes));
    }
    if (byte === 0x7b || byte === 0x5b) depth += 1;
    if (byte === 0x7d || byte === 0x5d) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return scan.end;
}

function lineEnd(scan: Scan, start: number): number {
  for (let at = start; at < scan.end; at += 1) {
    const byte = scan.bytes[at] ?? 0;
    if (byte === 0x0a || byte === 0x0d || byte === 0x22 || byte === 0x27) return at;
    if (byte === BACKSLASH && isEscapedEnd(byteAt(scan, at + 1))) return at;
  }
  return scan.end;
}

function wordEnd(scan: Scan, start: number, isJson: boolean): number {
  const wordEnds = isJson ? jsonWordEnds : textWordEnds;
  for (let at = start; at < scan.end; at += 1) {
    const byte = scan.bytes[at] ?? 0;
    if (byte <= 0x20 || wordEnds[byte] === 1) return at;
    if (byte === BACKSLASH && isEscapedEnd(byteAt(scan, at + 1))) return at;
  }
  return scan.end;
}

// `\n`, `\r`, `\t`, `\"`, `\'`: the value ends; other backslashes belong to it.
function isEscapedEnd(byte: number): boolean {
  return byte === 0x6e || byte === 0x72 || byte === 0x74 || byte === 0x22 || byte === 0x27;
}

// A closing bracket ends a number in JSON, but may be a character of a password in a query.
const textWordEnds = tableOf('"\'&,;<>`');
const jsonWordEnds = tableOf('"\'&,;<>`)]}');

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function isLiteral(scan: Scan, start: number, end: number): boolean {
  return literals.some((word) => end - start === word.length && standsAt(scan, start, word));
}

const literals = ['true', 'false', 'null', 'None', 'True', 'False', 'undefined'];
