import { emptyFacts } from '../../../schemas/empty-facts.ts';
import type { AuditRecord, Charge, Facts } from '../../../schemas/record-types.ts';

/** 2026-11-21T00:00:00Z. */
export const MIDNIGHT_MS = 1_795_219_200_000;

/** A call id as the enricher makes it: append time, then bytes of its own. */
export function callIdOf(appendMs: number, own: number): string {
  return appendMs.toString(16).padStart(12, '0') + own.toString(16).padStart(20, '0');
}

export function factsOf(over: Partial<Facts> = {}): Facts {
  const timeUs = over.timeUs ?? MIDNIGHT_MS * 1000;
  return {
    ...emptyFacts,
    timeUs,
    startTimeUs: timeUs - 12_000,
    endTimeUs: timeUs,
    appendTimeUs: timeUs,
    durationUs: 12_000,
    method: 'tools/call',
    operation: 'read',
    userGrade: 'declared',
    userKey: 'user.id',
    agentGrade: 'declared',
    agentDepth: 1,
    serverGrade: 'declared',
    outcome: 'success',
    grade: 'declared',
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    hops: 1,
    dialects: ['standard'],
    producers: ['producer'],
    ...over,
  };
}

export function recordOf(
  over: Partial<AuditRecord> & { readonly callId: string },
  facts: Partial<Facts> = {},
): AuditRecord {
  const revision = over.revision ?? 0;
  return {
    recordId: `${over.callId}.${revision}`,
    kind: 'call',
    tenant: 'acme',
    revision,
    change: revision === 0 ? 'first' : 'ancestor_arrived',
    facts: factsOf(facts),
    outcomeEvidence: [],
    originEvidence: [],
    chain: [],
    identities: [],
    hops: [],
    charges: [],
    receipts: [],
    findings: [],
    decisions: [],
    definitions: [],
    payload: [],
    supersedes: null,
    mergedInto: null,
    splitFrom: null,
    inputPartition: 0,
    inputOffset: 0,
    ...over,
  };
}

/** The next revision of a record, with other facts. */
export function revisionOf(before: AuditRecord, facts: Partial<Facts>): AuditRecord {
  const revision = before.revision + 1;
  return {
    ...before,
    recordId: `${before.callId}.${revision}`,
    revision,
    change: 'ancestor_arrived',
    facts: { ...before.facts, ...facts },
    supersedes: { recordId: before.recordId, facts: before.facts, charges: before.charges },
  };
}

export function chargeOf(over: Partial<Charge> = {}): Charge {
  return {
    meter: 'tool_call',
    quantity: 1,
    unit: 'Requests',
    sku: 'echo',
    priceId: 'p1',
    currency: 'USD',
    amountNano: 1_250_000,
    source: 'computed',
    ...over,
  };
}
