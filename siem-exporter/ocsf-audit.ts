import type { FactRecord } from '../schemas/leaf-record.ts';
import type { JsonObject } from './ocsf-values.ts';
import { filled } from './ocsf-values.ts';
import type { SealedLeaf } from './sealed-leaf.ts';

const entriesMax = 50;

/** What OCSF has no word for: where the record is sealed, how surely it is known, what it cost. Integers beyond 2^53 are text. */
export function auditOf(leaf: SealedLeaf, record: FactRecord): JsonObject {
  const { facts } = record;
  return filled({
    log_id: leaf.logId,
    leaf_index: String(leaf.leafIndex),
    leaf_hash: leaf.leafHash,
    kind: record.kind,
    call_id: record.callId,
    revision: record.revision,
    change: record.change,
    supersedes: record.supersedes?.recordId ?? null,
    merged_into: record.mergedInto,
    split_from: record.splitFrom,
    outcome: facts.outcome,
    denied: facts.outcome === 'denied',
    denied_by: facts.deniedBy,
    grade: facts.grade,
    user_grade: facts.userGrade,
    missing: facts.missing,
    origin: facts.origin,
    team: facts.team,
    parent_agent: facts.parentAgent,
    gateway: facts.gateway,
    target: facts.target,
    policy: policyOf(record),
    chain: record.chain
      .slice(0, entriesMax)
      .map(({ kind, id, grade }) => filled({ kind, id, grade })),
    hops: facts.hops,
    cost: costOf(record),
    data_classes: facts.dataClasses,
    findings: record.findings.slice(0, entriesMax),
    flags: facts.flags,
  });
}

function policyOf({ facts }: FactRecord): JsonObject | null {
  const policy = filled({
    decision: facts.policyDecision,
    rule: facts.policyRule,
    approval: facts.approval,
  });
  return Object.keys(policy).length === 0 ? null : policy;
}

// An unknown cost has no amount at all; its source says why.
function costOf({ facts }: FactRecord): JsonObject {
  return filled({
    nano: facts.costNano === null ? null : String(facts.costNano),
    currency: facts.currency,
    source: facts.costSource,
  });
}
