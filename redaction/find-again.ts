import type { DataClass } from './data-classes.ts';
import type { Finding, Scan } from './finding.ts';
import { latinOf } from './finding.ts';
import { mergeFindings } from './merge-findings.ts';

const NAMES_AGAIN_MAX = 16;
const NAME_LENGTH_MIN = 4;
const SECRETS_AGAIN_MAX = 16;
/** Shorter values stand in other places by chance. */
const SECRET_LENGTH_MIN = 12;
const SECRET_LENGTH_MAX = 512;
const FINDINGS_AGAIN_MAX = 5000;

/** What was found once to be a name or a secret is one wherever it stands in the same text. `scan.findings` are in order, and stay so. */
export function findAgain(scan: Scan): void {
  const [names, secrets] = valuesOf(scan);
  if (names.size === 0 && secrets.size === 0) return;
  const before = scan.findings.length;
  for (const name of names) findAll(scan, name, 'person');
  for (const secret of secrets) findAll(scan, secret, 'secret');
  if (scan.findings.length > before) mergeFindings(scan.findings);
}

function valuesOf(scan: Scan): readonly [ReadonlySet<string>, ReadonlySet<string>] {
  const names = new Set<string>();
  const secrets = new Set<string>();
  for (const finding of scan.findings) {
    if (finding.dataClass === 'person' && !scan.isStructural) {
      if (names.size < NAMES_AGAIN_MAX) addNames(names, textOfFinding(scan, finding));
    } else if (isLongSecret(finding) && secrets.size < SECRETS_AGAIN_MAX) {
      const value = textOfFinding(scan, finding);
      if (looksDrawn.test(value)) secrets.add(value);
    }
  }
  return [names, secrets];
}

// Without blanks and brackets, with a digit: no value of many words, no word of the language, no code.
const looksDrawn = /^(?=[^0-9]*[0-9])(?:(?![()[\]{}])[!-~])+$/;

function isLongSecret({ dataClass, start, end, fixed }: Finding): boolean {
  if (dataClass !== 'secret' && dataClass !== 'password') return false;
  return (
    fixed === undefined && end - start >= SECRET_LENGTH_MIN && end - start <= SECRET_LENGTH_MAX
  );
}

function textOfFinding(scan: Scan, { start, end }: Finding): string {
  return latinOf(scan).slice(start - scan.start, end - scan.start);
}

function addNames(names: Set<string>, text: string): void {
  for (const word of text.split(/[ ,.]+/)) {
    if (word.length >= NAME_LENGTH_MIN && /^[A-Z\x80-\xff]/.test(word)) names.add(word);
  }
}

function findAll(scan: Scan, value: string, dataClass: DataClass): void {
  const latin = latinOf(scan);
  for (let at = latin.indexOf(value); at >= 0; at = latin.indexOf(value, at + value.length)) {
    const isWhole = !isLetter(latin, at - 1) && !isLetter(latin, at + value.length);
    if (!isWhole || scan.findings.length > FINDINGS_AGAIN_MAX) continue;
    const start = scan.start + at;
    const rule = `${dataClass}:again`;
    scan.findings.push({ start, end: start + value.length, dataClass, rule, tier: 'likely' });
  }
}

function isLetter(latin: string, at: number): boolean {
  return (
    /[A-Za-z0-9_\x80-\xff@.\-/]/.test(latin.charAt(at)) &&
    !/[.](?:\s|$)/.test(latin.slice(at, at + 2))
  );
}
