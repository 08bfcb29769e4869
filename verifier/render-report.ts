import { exitCodeOf } from './report.ts';
import type { Finding, Report } from './report.ts';

/** A report for people, in lines: what holds, what was counted, the first finding and the others, and what it comes to. */
export function renderReport(report: Report): readonly string[] {
  const { counts, findings, facts } = report;
  const checked = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const all = Object.values(report.found).reduce((sum, count) => sum + count, 0);
  const sums = [
    `${counts.VALID}/${checked} valid`,
    `${counts.MISMATCH}/${checked} INVALID`,
    `${counts.VALID_REDACTED} redacted`,
    `${counts.OUT_OF_RETENTION} out of retention`,
    `${counts.MISSING} missing`,
  ];
  return [
    ...facts.map(plain),
    ...(checked > 0 ? [`Leaves and values: ${sums.join(', ')}.`] : []),
    ...findings.map((finding, at) => `${at === 0 ? 'First failing: ' : ''}${lineOf(finding)}`),
    ...(all > findings.length ? [`… and ${all - findings.length} more`] : []),
    outcomes[exitCodeOf(report)],
  ];
}

const outcomes = {
  0: 'VALID',
  1: 'INVALID: this is not what was sealed.',
  2: 'INCOMPLETE: nothing here was seen to be altered, but not everything could be verified.',
} as const;

function lineOf({ verdict, reason, log, index }: Finding): string {
  const where = [log, index === undefined ? undefined : `leaf ${index}`].filter(Boolean).join(' ');
  return plain(`${verdict}${where === '' ? '' : ` ${where}`}: ${reason}`);
}

/** What is told comes from files of others: characters that steer a terminal are shown as what they are. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
