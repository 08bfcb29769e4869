import { equalBytes } from '../integrity/bytes.ts';
import { rootOf } from '../integrity/compact-range.ts';
import { parsePolicy } from '../integrity/policy.ts';
import { ReportDraft, findingOf } from './report.ts';
import type { Report } from './report.ts';
import { judgeAbsent, newExportState, verifyRange } from './verify-range.ts';
import type { VerifiedRange } from './verify-range.ts';

/** An exported part of the store: ranges of one log or several, each as its lines. */
export type ExportFiles = {
  readonly policy: string;
  readonly ranges: readonly AsyncIterable<string>[];
};

/**
 * Verifies every range of an export, that ranges of one log which touch fit each other, and that each value which is not there was erased or ran out, as a
 * sealed leaf of the same export says.
 */
export async function verifyExport(files: ExportFiles): Promise<Report> {
  const draft = new ReportDraft();
  try {
    const policy = parsePolicy(files.policy);
    if (files.ranges.length === 0) {
      draft.find({ verdict: 'INCOMPLETE', reason: 'there is no range to verify' });
    }
    const state = newExportState();
    const verified: VerifiedRange[] = [];
    for (const lines of files.ranges) {
      const range = await verifyRange(lines, policy, state, draft);
      if (range) verified.push(range);
    }
    judgeAbsent(state, draft);
    checkSeams(verified, draft);
  } catch (error) {
    draft.find(findingOf(error));
  }
  return draft.finish();
}

/** In each log the next range begins with the tree that the one before ended with; what lies between two is missing. */
function checkSeams(ranges: readonly VerifiedRange[], draft: ReportDraft): void {
  const sorted = ranges.toSorted((a, b) => a.before.size - b.before.size);
  const ends = new Map<string, VerifiedRange>();
  for (const range of sorted) {
    const log = range.checkpoint.origin;
    const earlier = ends.get(log);
    if (earlier) checkSeam(earlier, range, draft);
    ends.set(log, range);
  }
}

function checkSeam(earlier: VerifiedRange, later: VerifiedRange, draft: ReportDraft): void {
  const { size } = earlier.end;
  const first = later.before.size;
  const log = later.checkpoint.origin;
  if (first > size) {
    const reason = `leaves ${size} to ${first - 1} are in no range of the export`;
    draft.find({ verdict: 'MISSING', reason, log, index: size });
  } else if (first === size && !equalBytes(rootOf(earlier.end), rootOf(later.before))) {
    const reason = `two ranges tell different trees of size ${size}: a fork`;
    draft.find({ verdict: 'MISMATCH', reason, log, index: size });
  }
}
