import type { Decision, DecisionKind } from '../../schemas/record-types.ts';
import type { SpanNode } from '../trace-state.ts';
import type { CallView } from './call-view.ts';
import { evidenceOf } from './evidence.ts';
import type { CallOutcome } from './outcome.ts';
import { verdictOf } from './verdict.ts';

/** What was decided about a call, in the order in which it was; a denial that shows only in an answer is one too. */
export function decisionsOf(view: CallView, outcome: CallOutcome): readonly Decision[] {
  const told = view.decisions.map(decisionOf);
  const { deniedBy, evidence, errorType } = outcome;
  const [first] = evidence;
  if (deniedBy === null || first === undefined) return told;
  if (told.some(({ verdict }) => verdict === 'denied')) return told;
  const kind: DecisionKind = deniedBy === 'authentication' ? 'credential' : deniedBy;
  const said = errorType ?? first.key;
  return [...told, { ...nothingTold, kind, verdict: 'denied', said, evidence: first }];
}

/** True when a person, or a rule that a person set, let the call through. */
export function isApproved(decisions: readonly Decision[]): boolean {
  return decisions.some(({ kind, verdict }) => kind === 'approval' && verdict === 'allowed');
}

const nothingTold = {
  by: null,
  rule: null,
  ruleVersion: null,
  requestedUs: null,
  decidedUs: null,
  waitedUs: null,
} as const;

function decisionOf(node: SpanNode): Decision {
  const { reading } = node;
  if (reading === null) throw new Error('A decision has a reading.');
  const { startTimeUs, endTimeUs, isLog, decisionWaitMs, policyRule, policyVersion } = reading;
  // A call's own span lasts for what the call took, not for what was decided about it.
  const lasted = node.role === 'decision' && !isLog ? Math.max(0, endTimeUs - startTimeUs) : null;
  const waitedUs = waitOf(decisionWaitMs) ?? lasted;
  const decidedUs = node.role === 'decision' || isLog ? endTimeUs : null;
  const said = reading.policyDecision ?? '';
  return {
    kind: kindOf(node),
    verdict: verdictOf(said) ?? (said === '' ? 'requested' : 'unknown'),
    said,
    by: reading.decisionBy ?? null,
    rule: policyRule ?? null,
    ruleVersion: policyVersion ?? null,
    requestedUs: waitedUs === null || decidedUs === null ? null : decidedUs - waitedUs,
    decidedUs,
    waitedUs,
    evidence: evidenceOf(reading.policyDecision === undefined ? 'span.name' : 'decision', node),
  };
}

function kindOf({ reading }: SpanNode): DecisionKind {
  const said = reading?.decisionKind;
  if (said !== undefined) return kinds.get(said) ?? 'unknown';
  return reading?.approval === undefined ? 'policy' : 'approval';
}

const kinds: ReadonlyMap<string, DecisionKind> = new Map<string, DecisionKind>([
  ['approval', 'approval'],
  ['policy', 'policy'],
  ['guardrail', 'guardrail'],
  ['rate_limit', 'rate_limit'],
  ['credential', 'credential'],
]);

function waitOf(text: string | undefined): number | null {
  const ms = text === undefined ? Number.NaN : Number(text);
  return ms >= 0 && ms < 1e12 ? Math.round(ms * 1000) : null;
}
