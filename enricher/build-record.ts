import type { KeyRing } from '../registry/key-ring.ts';
import type { RegistryView } from '../registry/view.ts';
import { pricesOf } from '../registry/view.ts';
import type { AuditRecord, ChangeReason, Charge, Hop, Receipt } from '../schemas/record-types.ts';
import { applyPolicy } from './apply-policy.ts';
import type { CallView, HopView } from './attribution/call-view.ts';
import { firstHop, viewOf } from './attribution/call-view.ts';
import type { Chain } from './attribution/chain.ts';
import { chainOfCall, chainOfInference, originOf } from './attribution/chain.ts';
import type { CallOutcome } from './attribution/outcome.ts';
import { decisionsOf } from './attribution/decisions.ts';
import { outcomeOf } from './attribution/outcome.ts';
import { lastRound } from './attribution/rounds.ts';
import { foreignTraceOf } from './attribution/evidence.ts';
import { callTime } from './call-time.ts';
import { chargeInference } from './cost/charge-inference.ts';
import { chargeToolCall } from './cost/charge-tool-call.ts';
import { factsOf } from './record-facts.ts';
import { payloadOf } from './record-payload.ts';
import type { PayloadSpill } from './payload-spill.ts';
import { mergeReceipts, readReceipts } from './read-receipts.ts';
import type { Call, Trace } from './trace-state.ts';

export type RecordContext = {
  readonly registry: RegistryView;
  readonly partition: number;
  /** The number of a call's last revision. */
  readonly revisionsMax: number;
  /** For tokens of the policy stage. */
  readonly keys: KeyRing | null;
  /** What a span was asked and answered, wherever it lies. */
  readonly payloadOf: PayloadSpill['read'];
};

/** The next revision of a call, from all that is known of it now. Pure: the same trace gives the same record. */
export function buildRecord(
  trace: Trace,
  call: Call,
  context: RecordContext,
  view: CallView = viewOf(trace, call),
): AuditRecord {
  const isCall = call.kind !== 'inference';
  const usage = view.hops[0].reading.usage;
  const method = firstHop(view, isCall ? 'method' : 'operation');
  const chain = isCall ? chainOfCall(trace, view, method) : chainOfInference(view);
  const outcome = outcomeOf(lastRound(trace, view));
  const { origin, evidence: originEvidence } = originOf(view, chain, isCall ? method : null);
  const charges = chargesOf({ trace, call, view, chain, outcome, method, context });
  const receipts = receiptsOf(view);
  const decisions = decisionsOf(view, outcome);
  const payload = payloadOf(view, call.payloadNames, (node) => context.payloadOf(trace, node));
  const facts = factsOf({
    trace,
    call,
    view,
    chain,
    method,
    outcome,
    origin,
    charges,
    usage,
    decisions,
    bytesIn: payload.bytesIn,
    bytesOut: payload.bytesOut,
    registry: context.registry,
    isLast: call.revision + 1 >= context.revisionsMax,
  });
  const record: AuditRecord = {
    ...revisionOf(trace, call, context),
    facts,
    outcomeEvidence: outcome.evidence,
    originEvidence,
    chain: chain.links,
    identities: chain.user.candidates,
    hops: view.hops.slice(0, HOPS_MAX).map((hop) => hopOf(trace, hop)),
    charges,
    receipts,
    payload: payload.fields,
    decisions,
    definitions: definitionsOf(view),
  };
  const policies = view.hops.map(({ reading }) => reading.redactionPolicy ?? 'default');
  return applyPolicy(record, policies, context);
}

/** The last revision of a call that proved to be another: it costs nothing more and is nobody's. */
export function buildMergedRecord(trace: Trace, call: Call, context: RecordContext): AuditRecord {
  const earlier = call.published;
  const into = call.takenInto || trace.calls[call.mergedInto]?.callId;
  if (!earlier || !into) throw new Error('Only a published call is merged with notice.');
  return {
    ...revisionOf(trace, call, context),
    facts: {
      ...earlier.facts,
      appendTimeUs: call.lastMs * 1000,
      configVersion: context.registry.version,
      inputTokens: null,
      outputTokens: null,
      costNano: null,
      currency: null,
      costSource: 'unknown',
      flags: [...earlier.facts.flags, 'merged'],
    },
    outcomeEvidence: [],
    originEvidence: [],
    chain: [],
    identities: [],
    hops: [],
    charges: [],
    receipts: [],
    payload: [],
    mergedInto: into,
  };
}

/** What a later revision is compared by, besides its facts. */
export function shapeOf({
  chain,
  identities,
  hops,
  outcomeEvidence,
  receipts,
  decisions,
  definitions,
}: AuditRecord): string {
  const evidence = chain.reduce((sum, link) => sum + link.evidence.length, 0);
  const counts = [hops.length, identities.length, chain.length, evidence];
  return [
    ...counts,
    outcomeEvidence.length,
    receipts.length,
    decisions.length,
    definitions.length,
  ].join('/');
}

const HOPS_MAX = 16;

function revisionOf(trace: Trace, call: Call, context: RecordContext) {
  const revision = call.revision + 1;
  const supersedes = call.published && {
    recordId: `${call.callId}.${call.revision}`,
    facts: call.published.facts,
    charges: call.published.charges,
  };
  return {
    recordId: `${call.callId}.${revision}`,
    kind: call.kind,
    tenant: trace.tenant,
    callId: call.callId,
    revision,
    change: changeOf(call),
    findings: [],
    decisions: [],
    definitions: [],
    supersedes,
    mergedInto: null,
    splitFrom: call.splitFrom === '' ? null : call.splitFrom,
    inputPartition: context.partition,
    inputOffset: call.lastOffset,
  };
}

function changeOf({ published, splitFrom, change }: Call): ChangeReason {
  if (published !== null) return change;
  return splitFrom === '' ? 'first' : 'split_from';
}

type Charged = {
  readonly trace: Trace;
  readonly call: Call;
  readonly view: CallView;
  readonly chain: Chain;
  readonly outcome: CallOutcome;
  readonly method: string | null;
  readonly context: RecordContext;
};

function chargesOf(charged: Charged): readonly Charge[] {
  const { trace, call, view, chain, outcome, context } = charged;
  const { startTimeUs, endTimeUs, usage } = view.hops[0].reading;
  const { timeUs } = callTime(startTimeUs, endTimeUs, call.firstMs);
  const prices = pricesOf(context.registry, trace.tenant);
  if (call.kind === 'inference') {
    // An inference's price is settled by its own span, which no later one changes.
    return call.published?.charges ?? (usage ? chargeInference(usage, prices, timeUs) : []);
  }
  if (charged.method !== 'tools/call') return [];
  const server = chain.server?.id ?? null;
  const tool = chain.target?.id ?? null;
  const earlier = call.published;
  if (earlier && earlier.facts.server === server && earlier.facts.tool === tool) {
    // What was charged stays, unless it proved not to have run.
    const { charges } = earlier;
    if (charges.length > 0 === ran(outcome)) return charges;
  }
  const reportedCost = firstHop(view, 'reportedCost');
  const told = { server, tool, outcome: outcome.outcome, reportedCost, endTimeUs: timeUs };
  return chargeToolCall(told, prices);
}

function ran({ outcome }: CallOutcome): boolean {
  return outcome !== 'denied' && outcome !== 'input_required';
}

function definitionsOf({ hops }: CallView): AuditRecord['definitions'] {
  return hops.find(({ reading }) => reading.definitions)?.reading.definitions ?? [];
}

function receiptsOf(view: CallView): readonly Receipt[] {
  const receipts: Receipt[] = [];
  for (const { reading } of view.hops) {
    if (reading.receipts !== undefined) receipts.push(...readReceipts(reading.receipts));
  }
  return mergeReceipts(receipts);
}

function hopOf(trace: Trace, { node, reading, role }: HopView): Hop {
  return {
    role,
    traceId: foreignTraceOf(node) ?? trace.traceId,
    spanId: node.id,
    parentSpanId: node.parent === '' ? null : node.parent,
    producer: node.producer,
    dialect: reading.dialect,
    service: reading.service ?? null,
    scope: reading.scope === '' ? null : reading.scope,
    name: reading.name,
    tool: reading.tool ?? null,
    server: reading.server ?? null,
    startTimeUs: reading.startTimeUs,
    endTimeUs: reading.endTimeUs,
    status: reading.status,
    errorType: reading.errorType ?? null,
  };
}
