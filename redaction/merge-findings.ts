import { dataClasses } from './data-classes.ts';
import type { Finding } from './finding.ts';

/**
 * Findings in order, without overlap: of those that overlap the class that must go first stays, over the whole stretch. What was found
 * in a text read once more, or by look-back, may overlap.
 */
export function mergeFindings(findings: Finding[]): void {
  if (isOrdered(findings)) return;
  findings.sort((a, b) => a.start - b.start || b.end - a.end);
  let kept = 0;
  for (const finding of findings) {
    const last = findings[kept - 1];
    if (kept > 0 && last !== undefined && finding.start < last.end)
      findings[kept - 1] = joined(last, finding);
    else {
      findings[kept] = finding;
      kept += 1;
    }
  }
  findings.length = kept;
}

function isOrdered(findings: readonly Finding[]): boolean {
  for (let index = 1; index < findings.length; index += 1) {
    if ((findings[index]?.start ?? 0) < (findings[index - 1]?.end ?? 0)) return false;
  }
  return true;
}

function joined(a: Finding, b: Finding): Finding {
  const first = weight(b) > weight(a) ? b : a;
  const start = Math.min(a.start, b.start);
  const end = Math.max(a.end, b.end);
  if (a.start === b.start && a.end === b.end) return { ...first, ...valueOf(a, b) };
  if (first.start === start && first.end === end) return first;
  // A principal's id stands for its own stretch only; with more, all goes.
  const { fixed: _, value: __, ...rest } = first;
  return { ...rest, start, end };
}

// The value as it reads without escapes.
function valueOf(a: Finding, b: Finding): { readonly value?: string } {
  const value = a.value ?? b.value;
  return value === undefined ? {} : { value };
}

// What may never be kept in any form goes first; then what is certain; then the longer.
function weight({ dataClass, tier, start, end }: Finding): number {
  const forbidden = dataClasses[dataClass].isDigestForbidden ? 1e9 : 0;
  return forbidden + (tier === 'certain' ? 1e8 : 0) + (end - start) * 100;
}
