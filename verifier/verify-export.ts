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

/**
 * In each log the next range begins with the tree that the one before ended with; what lies between two is missing. For one size there is one tree,
 * in whichever ranges it begins or ends.
 */
function checkSeams(ranges: readonly VerifiedRange[], draft: ReportDraft): void {
  const sorted = ranges.toSorted((a, b) => a.before.size - b.before.size);
  const seams = new Map<string, Seams>();
  for (const range of sorted) {
    const log = range.checkpoint.origin;
    const known = seams.get(log) ?? { log, reached: undefined, trees: new Map() };
    seams.set(log, known);
    checkSeam(known, range, draft);
  }
}

/** What is known of a log: how far its ranges reach, and the roots of the trees that they begin and end with, by size. */
type Seams = {
  readonly log: string;
  reached: number | undefined;
  readonly trees: Map<number, Uint8Array>;
};

function checkSeam(known: Seams, { before, end }: VerifiedRange, draft: ReportDraft): void {
  const { log, reached = before.size, trees } = known;
  if (before.size > reached) {
    const reason = `leaves ${reached} to ${before.size - 1} are in no range of the export`;
    draft.find({ verdict: 'MISSING', reason, log, index: reached });
  }
  // A tree is a beginning of another if it is one of those that lead to it; between them, nobody can tell.
  if (before.size < reached && !trees.has(end.size)) {
    const reason = `ranges overlap behind leaf ${before.size}, and it cannot be told whether they agree`;
    draft.find({ verdict: 'INCOMPLETE', reason, log, index: before.size });
  }
  for (const tree of [before, end]) {
    const root = rootOf(tree);
    const other = trees.get(tree.size);
    if (other && !equalBytes(other, root)) {
      const reason = `two ranges tell different trees of size ${tree.size}: a fork`;
      draft.find({ verdict: 'MISMATCH', reason, log, index: tree.size });
    }
    trees.set(tree.size, root);
  }
  known.reached = Math.max(reached, end.size);
}
