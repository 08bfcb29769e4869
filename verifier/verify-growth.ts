import { fromBase64 } from '../integrity/bytes.ts';
import { equalBytes } from '../integrity/bytes.ts';
import { IntegrityError } from '../integrity/errors.ts';
import { parsePolicy } from '../integrity/policy.ts';
import type { Policy } from '../integrity/policy.ts';
import { PROOF_HASHES_MAX } from '../integrity/tlog-proof.ts';
import { openByPolicy } from '../integrity/verify-tlog-proof.ts';
import { verifyConsistency } from '../integrity/verify-tree-proof.ts';
import type { Checkpoint } from '../integrity/checkpoint.ts';
import { ReportDraft, findingOf } from './report.ts';
import type { Report } from './report.ts';
import { rootOf } from '../integrity/compact-range.ts';
import { judgeAbsent, newExportState, verifyRange } from './verify-range.ts';

/** Two signed checkpoints of a log, as text, and what is to show that the second continues the first: a proof, or the leaves between. */
export type GrowthFiles = {
  readonly policy: string;
  readonly from: string;
  readonly to: string;
  /** Lines of base64: a consistency proof (RFC 6962 §2.1.2). */
  readonly consistency?: string;
  /** Lines of an exported range that ends with `to`. */
  readonly leaves?: AsyncIterable<string>;
};

/** Verifies that nothing was taken out of a log, put in or changed between two checkpoints that somebody holds. */
export async function verifyGrowth(files: GrowthFiles): Promise<Report> {
  const draft = new ReportDraft();
  try {
    const policy = parsePolicy(files.policy);
    const { checkpoint: from } = await openByPolicy(files.from, policy);
    const { checkpoint: to } = await openByPolicy(files.to, policy);
    checkOrder(from, to);
    if (files.consistency !== undefined) checkConsistency(from, to, files.consistency);
    const leaves = files.leaves;
    const isShown = !leaves || (await leadTo(from, to, leaves, policy, draft));
    if (isShown) draft.fact(`size ${to.size} of ${to.origin} continues its size ${from.size}`);
  } catch (error) {
    draft.find(findingOf(error));
  }
  return draft.finish();
}

function checkOrder(from: Checkpoint, to: Checkpoint): void {
  if (from.origin !== to.origin) {
    throw new IntegrityError('PROOF_WRONG', `${from.origin} and ${to.origin} are two logs`);
  }
  if (from.size > to.size) {
    const detail = `size ${from.size} was signed, and later only ${to.size}: the log was cut`;
    throw new IntegrityError('PROOF_WRONG', detail);
  }
  if (from.size === to.size && !equalBytes(from.root, to.root)) {
    const detail = `two trees were signed for size ${from.size} of ${from.origin}: a fork`;
    throw new IntegrityError('PROOF_WRONG', detail);
  }
}

function checkConsistency(from: Checkpoint, to: Checkpoint, text: string): void {
  const lines = text.split('\n').filter((line) => line !== '');
  if (lines.length > PROOF_HASHES_MAX) {
    throw new IntegrityError('PROOF_MALFORMED', `more than ${PROOF_HASHES_MAX} hashes`);
  }
  const claim = { oldSize: from.size, oldRoot: from.root, size: to.size, root: to.root };
  if (verifyConsistency(claim, lines.map(fromBase64))) return;
  const detail = `size ${to.size} of ${to.origin} does not continue its size ${from.size}`;
  throw new IntegrityError('PROOF_WRONG', detail);
}

/** Whether the leaves were read to their end and lead from one to the other. What is wrong with them goes to the draft. */
async function leadTo(
  from: Checkpoint,
  to: Checkpoint,
  lines: AsyncIterable<string>,
  policy: Policy,
  draft: ReportDraft,
): Promise<boolean> {
  const state = newExportState();
  const range = await verifyRange(lines, policy, state, draft);
  judgeAbsent(state, draft);
  if (range === undefined) return false;
  const { before, checkpoint, end } = range;
  if (before.size !== from.size || !equalBytes(rootOf(before), from.root)) {
    throw new IntegrityError('PROOF_WRONG', `the leaves do not begin with size ${from.size}`);
  }
  if (checkpoint.size !== to.size || !equalBytes(checkpoint.root, to.root)) {
    throw new IntegrityError('PROOF_WRONG', `the leaves do not end with size ${to.size}`);
  }
  return end.size === to.size && equalBytes(rootOf(end), to.root);
}
