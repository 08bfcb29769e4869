import type {
  Charge,
  Decision,
  Evidence,
  Facts,
  Hop,
  IdentityCandidate,
  Link,
  PayloadField,
  Receipt,
  Superseded,
  ToolDefinition,
} from '../schemas/record-types.ts';

// Parts of a leaf of version 1, their members in the order of canonical JSON, so that JSON.stringify writes canonical JSON of them.
// Invariant: these stay as they are. A member more or less, or in another place, is another version of the leaf: a replay by newer code
// must give the same bytes.

// Facts and lists that came after version 1 are left out where they say nothing: what was sealed before them is sealed alike again.

type LaterFact =
  'redactionCounts' | 'redactionPolicies' | 'redactions' | 'stages' | 'tokens' | 'toolCallId';

/** Facts as a leaf has them. */
export type SealedFacts = Omit<Facts, LaterFact> & {
  readonly [fact in LaterFact]?: Facts[fact] | undefined;
};

export function factsInOrder(facts: SealedFacts): SealedFacts {
  return {
    agent: facts.agent,
    agentDepth: facts.agentDepth,
    agentGrade: facts.agentGrade,
    agentId: facts.agentId,
    agentVersion: facts.agentVersion,
    appendTimeUs: facts.appendTimeUs,
    approval: facts.approval,
    authMethod: facts.authMethod,
    breakGlass: facts.breakGlass,
    bytesIn: facts.bytesIn,
    bytesOut: facts.bytesOut,
    captureMethod: facts.captureMethod,
    client: facts.client,
    clientVersion: facts.clientVersion,
    configVersion: facts.configVersion,
    conversation: facts.conversation,
    costNano: facts.costNano,
    costSource: facts.costSource,
    currency: facts.currency,
    dataClasses: facts.dataClasses,
    dataRegion: facts.dataRegion,
    deniedBy: facts.deniedBy,
    destination: facts.destination,
    dialects: facts.dialects,
    durationUs: facts.durationUs,
    endTimeUs: facts.endTimeUs,
    errorType: facts.errorType,
    flags: facts.flags,
    gateway: facts.gateway,
    grade: facts.grade,
    hops: facts.hops,
    host: facts.host,
    inputTokens: facts.inputTokens,
    jsonrpcId: facts.jsonrpcId,
    method: facts.method,
    missing: facts.missing,
    model: facts.model,
    modelProvider: facts.modelProvider,
    onBehalfOf: facts.onBehalfOf,
    operation: facts.operation,
    origin: facts.origin,
    outcome: facts.outcome,
    outputTokens: facts.outputTokens,
    parentAgent: facts.parentAgent,
    parentSpanId: facts.parentSpanId,
    policyDecision: facts.policyDecision,
    policyRule: facts.policyRule,
    producers: facts.producers,
    prompt: facts.prompt,
    purpose: facts.purpose,
    redactionCounts: unlessEmpty(facts.redactionCounts),
    redactionPolicies: unlessEmpty(facts.redactionPolicies),
    redactions: unlessEmpty(facts.redactions),
    region: facts.region,
    resource: facts.resource,
    retentionClass: facts.retentionClass,
    retryCount: facts.retryCount,
    roles: facts.roles,
    server: facts.server,
    serverGrade: facts.serverGrade,
    serverVersion: facts.serverVersion,
    session: facts.session,
    source: facts.source,
    spanId: facts.spanId,
    stages: unlessEmpty(facts.stages),
    startTimeUs: facts.startTimeUs,
    statusCode: facts.statusCode,
    target: facts.target,
    team: facts.team,
    timeUs: facts.timeUs,
    tokens: unlessEmpty(facts.tokens),
    tool: facts.tool,
    toolCallId: facts.toolCallId ?? undefined,
    toolDefinitionHash: facts.toolDefinitionHash,
    traceId: facts.traceId,
    transport: facts.transport,
    user: facts.user,
    userGrade: facts.userGrade,
    userKey: facts.userKey,
  };
}

/** The list, or undefined for an empty one, which JSON leaves out. */
export function unlessEmpty<Item>(list: readonly Item[] | undefined): readonly Item[] | undefined {
  return list?.length === 0 ? undefined : list;
}

export function decisionInOrder(decision: Decision): Decision {
  return {
    by: decision.by,
    decidedUs: decision.decidedUs,
    evidence: evidenceInOrder(decision.evidence),
    kind: decision.kind,
    requestedUs: decision.requestedUs,
    rule: decision.rule,
    ruleVersion: decision.ruleVersion,
    said: decision.said,
    verdict: decision.verdict,
    waitedUs: decision.waitedUs,
  };
}

export function definitionInOrder({ hash, tool }: ToolDefinition): ToolDefinition {
  return { hash, tool };
}

export function evidenceInOrder(evidence: Evidence): Evidence {
  return {
    key: evidence.key,
    producer: evidence.producer,
    spanId: evidence.spanId,
    traceId: evidence.traceId,
    trust: evidence.trust,
  };
}

export function linkInOrder(link: Link): Link {
  return {
    evidence: link.evidence.map(evidenceInOrder),
    grade: link.grade,
    id: link.id,
    inherited: link.inherited,
    kind: link.kind,
    name: link.name,
    version: link.version,
  };
}

export function identityInOrder(candidate: IdentityCandidate): IdentityCandidate {
  return {
    chosen: candidate.chosen,
    key: candidate.key,
    principal: candidate.principal,
    producer: candidate.producer,
    spanId: candidate.spanId,
    subject: candidate.subject,
    trust: candidate.trust,
  };
}

export function hopInOrder(hop: Hop): Hop {
  return {
    dialect: hop.dialect,
    endTimeUs: hop.endTimeUs,
    errorType: hop.errorType,
    name: hop.name,
    parentSpanId: hop.parentSpanId,
    producer: hop.producer,
    role: hop.role,
    scope: hop.scope,
    server: hop.server,
    service: hop.service,
    spanId: hop.spanId,
    startTimeUs: hop.startTimeUs,
    status: hop.status,
    tool: hop.tool,
    traceId: hop.traceId,
  };
}

export function chargeInOrder(charge: Charge): Charge {
  return {
    amountNano: charge.amountNano,
    currency: charge.currency,
    meter: charge.meter,
    priceId: charge.priceId,
    quantity: charge.quantity,
    sku: charge.sku,
    source: charge.source,
    unit: charge.unit,
  };
}

type LaterReceiptMember = 'dataClass' | 'keyVersion' | 'tokens';

/** A receipt as a leaf has it. */
export type SealedReceipt = Omit<Receipt, LaterReceiptMember> & {
  readonly [member in LaterReceiptMember]?: Receipt[member] | undefined;
};

export function receiptInOrder(receipt: SealedReceipt): SealedReceipt {
  return {
    action: receipt.action,
    count: receipt.count,
    dataClass: receipt.dataClass ?? undefined,
    keyVersion: receipt.keyVersion ?? undefined,
    path: receipt.path,
    rule: receipt.rule,
    tokens: unlessEmpty(receipt.tokens),
  };
}

/** The superseded revision as a leaf has it. */
export type SealedSuperseded = Omit<Superseded, 'facts'> & { readonly facts: SealedFacts };

export function supersededInOrder(superseded: Superseded): SealedSuperseded {
  return {
    charges: superseded.charges.map(chargeInOrder),
    facts: factsInOrder(superseded.facts),
    recordId: superseded.recordId,
  };
}

/** A payload field in a leaf: everything but the value, which can be erased without touching the leaf. */
export type SealedPayload = Pick<
  PayloadField,
  'bytes' | 'digest' | 'mediaType' | 'name' | 'truncated'
>;

export function payloadInOrder(field: PayloadField): SealedPayload {
  return {
    bytes: field.bytes,
    digest: field.digest,
    mediaType: field.mediaType,
    name: field.name,
    truncated: field.truncated,
  };
}
