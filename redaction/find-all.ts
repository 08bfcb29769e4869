import { SEEN_ABOVE_ASCII, SEEN_BACKSLASH, SEEN_LINE_BREAK, SEEN_UNCASED } from './anchors.ts';
import { detectUncasedNames } from './detectors/east-asian-name.ts';
import { detectLetterHeads } from './detectors/letter-head.ts';
import { detectTables } from './detectors/table.ts';
import type { Finding, Scan, Tokens } from './finding.ts';
import { latinOf, textOf } from './finding.ts';
import { findAgain } from './find-again.ts';
import { foldText } from './folded-text.ts';
import { keyMeaning } from './key-names.ts';
import { mergeFindings } from './merge-findings.ts';
import { rereadBudget, isTooMuch, scanText } from './scan-text.ts';
import { REQUEST_FINDINGS_MAX, REQUEST_LOOKS_MAX } from './limits.ts';

/** `takesShortCuts` is false only where the short ways are held against the long ones. */
export function createScan(tokens: Tokens, takesShortCuts = true): Scan {
  return {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    findings: [],
    tokens,
    tokenRunEnd: 0,
    rereadsLeft: 0,
    requestFindingsLeft: REQUEST_FINDINGS_MAX,
    requestLooksLeft: REQUEST_LOOKS_MAX,
    keyPath: '',
    isStructural: false,
    latin1: null,
    termAt: -1,
    termThere: null,
    clearTo: 0,
    streetsReadTo: 0,
    key: null,
    keyEnd: 0,
    wordsReadTo: 0,
    cardsReadTo: 0,
    groupsReadTo: 0,
    hasPlainGroups: false,
    namesReadTo: 0,
    encodedReadTo: 0,
    depth: 0,
    isFoldable: false,
    takesShortCuts,
    holdsFindings: (bytes, depth) => holdsFindings(tokens, bytes, depth),
  };
}

export type Stretch = {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly keyPath: string;
};

/** Makes a scan ready for a text. */
export function begin(scan: Scan, { bytes, start, end, keyPath }: Stretch): void {
  if (scan.findings.length > 0) scan.findings.length = 0;
  scan.bytes = bytes;
  scan.start = start;
  scan.end = end;
  scan.keyPath = keyPath;
  scan.isStructural = keyPath !== '' && keyMeaning(keyPath).kind === 'structural';
  scan.latin1 = null;
  scan.termAt = -1;
  scan.clearTo = 0;
  scan.streetsReadTo = 0;
  scan.key = null;
  scan.tokenRunEnd = 0;
  scan.wordsReadTo = 0;
  scan.cardsReadTo = 0;
  scan.groupsReadTo = 0;
  scan.namesReadTo = 0;
  scan.encodedReadTo = 0;
  scan.isFoldable = false;
  scan.rereadsLeft = rereadBudget(end - start);
}

/** Fills `scan.findings`, in order and without overlap. Says whether any byte is above ASCII. */
export function findAll(scan: Scan): boolean {
  const seen = scanText(scan);
  if (!isTooMuch(scan)) findMore(scan, seen);
  return (seen & SEEN_ABOVE_ASCII) !== 0;
}

const TABLE_BYTES_MIN = 24;
const FOLDS_MAX = 2;

function findMore(scan: Scan, seen: number): void {
  if (!scan.isStructural) {
    if (scan.end - scan.start >= TABLE_BYTES_MIN && hasLines(scan, seen)) detectTables(scan);
    if ((seen & SEEN_UNCASED) !== 0) detectUncasedNames(scan);
  }
  if (scan.isFoldable) findFolded(scan, FOLDS_MAX);
  if (scan.findings.length === 0) return;
  if (!scan.isStructural && (seen & SEEN_LINE_BREAK) !== 0) detectLetterHeads(scan);
  mergeFindings(scan.findings);
  findAgain(scan);
}

function hasLines(scan: Scan, seen: number): boolean {
  if ((seen & SEEN_LINE_BREAK) !== 0) return true;
  return (seen & SEEN_BACKSLASH) !== 0 && latinOf(scan).includes('\\n');
}

// The text once more without its escapes; what is found there goes where it stands here.
function findFolded(scan: Scan, foldsLeft: number): void {
  const folded = foldText(scan.bytes, scan.start, scan.end);
  const inner = createScan(scan.tokens, scan.takesShortCuts);
  begin(inner, { bytes: folded.bytes, start: 0, end: folded.bytes.length, keyPath: scan.keyPath });
  inner.depth = scan.depth;
  inner.requestLooksLeft = scan.requestLooksLeft;
  const seen = scanText(inner);
  scan.requestLooksLeft = inner.requestLooksLeft;
  if (isTooMuch(inner)) scan.rereadsLeft = -1;
  if (!scan.isStructural) {
    if (hasLines(inner, seen)) detectTables(inner);
    if ((seen & SEEN_UNCASED) !== 0) detectUncasedNames(inner);
  }
  if (inner.isFoldable && foldsLeft > 1 && folded.bytes.length < scan.end - scan.start)
    findFolded(inner, foldsLeft - 1);
  for (const finding of inner.findings) scan.findings.push(placed(inner, finding, folded.places));
}

function placed(inner: Scan, finding: Finding, places: Uint32Array): Finding {
  const { start, end } = finding;
  const value = finding.value ?? textOf(inner, start, end);
  return { ...finding, value, start: places[start] ?? start, end: places[end] ?? end };
}

function holdsFindings(tokens: Tokens, bytes: Uint8Array, depth: number): boolean {
  const inner = createScan(tokens);
  begin(inner, { bytes, start: 0, end: bytes.length, keyPath: '' });
  inner.depth = depth;
  findAll(inner);
  return inner.findings.length > 0 || isTooMuch(inner);
}
