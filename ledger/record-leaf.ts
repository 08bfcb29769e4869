import { emptyFacts, factNames } from '../schemas/empty-facts.ts';
import type {
  AuditRecord,
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
} from '../schemas/record-types.ts';
import type { LeafPlace } from './leaf.ts';
import type { RecordSecrets, SealedValue } from './record-secrets.ts';

// Version 2 of the leaf. What is null, empty, false or what `schemas/leaf-record.ts` fills in again is left out. Members stand in the order of
// canonical JSON, so that JSON.stringify writes canonical JSON of them.
// Invariant: all of this stays as it is. A member more or less, or in another place, is another version of the leaf: a replay by newer code
// must give the same bytes.

/** What a trimmed leaf says of the whole one. */
export type AnnexNote = {
  readonly lengths: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly commitment: string | null;
};

/** The text of a record's leaf, whatever its size. */
export function recordLeafText(
  record: AuditRecord,
  place: LeafPlace,
  secrets: RecordSecrets,
  annex?: AnnexNote,
): string {
  const sources = new Sources();
  const chain = record.chain.map((link) => linkOf(link, sources));
  const identities = record.identities.map((identity) => identityOf(identity, record, sources));
  const originEvidence = record.originEvidence.map((one) => sources.evidence(one));
  const outcomeEvidence = record.outcomeEvidence.map((one) => sources.evidence(one));
  const { recordId, callId, revision, supersedes } = record;
  // One call for the whole leaf: its members are written faster than texts are put together.
  return JSON.stringify({
    annex: annex && { bytes: annex.bytes, commit: annex.commitment },
    blind: told(secrets.blind),
    callId,
    chain: unlessEmpty(chain),
    change: record.change === 'first' ? undefined : record.change,
    charges: unlessEmpty(record.charges.map(chargeOf)),
    decisions: unlessEmpty(record.decisions.map((decision) => decisionOf(decision, sources))),
    definitions: unlessEmpty(record.definitions.map(({ hash, tool }) => ({ hash, tool }))),
    facts: factsBeside(record.facts, emptyFacts),
    findings: unlessEmpty(record.findings),
    hops: unlessEmpty(record.hops.map((hop) => hopOf(hop, record.facts))),
    identities: unlessEmpty(identities),
    index: place.index,
    inputOffset: record.inputOffset,
    inputPartition: unlessSame(record.inputPartition, place.partition),
    kind: record.kind,
    log: place.log,
    mergedInto: told(record.mergedInto),
    offset: place.offset,
    originEvidence: unlessEmpty(originEvidence),
    outcomeEvidence: unlessEmpty(outcomeEvidence),
    partition: place.partition,
    payload: unlessEmpty(record.payload.map((field, at) => payloadOf(field, secrets.fields[at]))),
    prev: told(place.prev),
    receipts: unlessEmpty(record.receipts.map(receiptOf)),
    recordId: unlessSame(recordId, `${callId}.${revision}`),
    revision,
    seq: place.seq,
    sources: unlessEmpty(sources.list),
    splitFrom: told(record.splitFrom),
    supersedes: supersedes ? supersededOf(record, supersedes) : undefined,
    tenant: record.tenant,
    topic: place.topic,
    trimmed: annex && sorted(annex.lengths),
    v: 2,
  });
}

function unlessEmpty<Item>(list: readonly Item[]): readonly Item[] | undefined {
  return list.length > 0 ? list : undefined;
}

/** Where evidence was read: each span, producer and trust class once, in the order of first use; evidence names it by its number. */
class Sources {
  readonly list: object[] = [];
  readonly #numbers = new Map<string, number>();

  evidence({ key, producer, spanId, traceId, trust }: Evidence): readonly [string, number] {
    return [key, this.number(producer, spanId, traceId, trust)];
  }

  number(
    producer: string | null,
    spanId: string | null,
    traceId: string | null,
    trust: string,
  ): number {
    const name = `${spanId}\0${traceId}\0${trust}\0${producer}`;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.list.length;
    this.#numbers.set(name, number);
    this.list.push({
      producer: told(producer),
      spanId: told(spanId),
      traceId: told(traceId),
      trust,
    });
    return number;
  }
}

function told<T>(value: T | null): T | undefined {
  return value ?? undefined;
}

function linkOf(link: Link, sources: Sources): object {
  const evidence = link.evidence.map((one) => sources.evidence(one));
  return {
    evidence: evidence.length > 0 ? evidence : undefined,
    grade: link.grade,
    id: told(link.id),
    inherited: link.inherited || undefined,
    kind: link.kind,
    name: told(link.name),
    version: told(link.version),
  };
}

function identityOf(
  candidate: IdentityCandidate,
  { facts }: AuditRecord,
  sources: Sources,
): object {
  const { chosen, key, principal, producer, spanId, subject, trust } = candidate;
  return {
    chosen: chosen || undefined,
    key,
    principal: principal === facts.user ? undefined : principal,
    source: sources.number(producer, spanId, null, trust),
    subject,
  };
}

function hopOf(hop: Hop, facts: Facts): object {
  return {
    dialect: hop.dialect,
    endTimeUs: hop.endTimeUs,
    errorType: told(hop.errorType),
    name: hop.name,
    parentSpanId: told(hop.parentSpanId),
    producer: hop.producer,
    role: hop.role,
    scope: told(hop.scope),
    server: unlessSame(hop.server, facts.server),
    service: told(hop.service),
    spanId: hop.spanId,
    startTimeUs: hop.startTimeUs,
    status: hop.status,
    tool: unlessSame(hop.tool, facts.tool),
    traceId: unlessSame(hop.traceId, facts.traceId),
  };
}

/** What a hop says as the call does is left out; a hop that says nothing says so by a null. */
function unlessSame<T>(value: T, fact: T): T | undefined {
  return value === fact ? undefined : value;
}

function chargeOf(charge: Charge): object {
  return {
    amountNano: told(charge.amountNano),
    currency: told(charge.currency),
    meter: charge.meter,
    priceId: told(charge.priceId),
    quantity: charge.quantity,
    sku: told(charge.sku),
    source: charge.source,
    unit: charge.unit,
  };
}

function decisionOf(decision: Decision, sources: Sources): object {
  return {
    by: told(decision.by),
    decidedUs: told(decision.decidedUs),
    evidence: sources.evidence(decision.evidence),
    kind: decision.kind,
    requestedUs: told(decision.requestedUs),
    rule: told(decision.rule),
    ruleVersion: told(decision.ruleVersion),
    said: decision.said,
    verdict: decision.verdict,
    waitedUs: told(decision.waitedUs),
  };
}

function receiptOf(receipt: Receipt): object {
  const { action, count, dataClass, keyVersion, path, rule, tokens } = receipt;
  return {
    action,
    count,
    dataClass: told(dataClass),
    keyVersion: told(keyVersion),
    path,
    rule,
    tokens: tokens.length > 0 ? tokens : undefined,
  };
}

function payloadOf(field: PayloadField, sealed: SealedValue | undefined): object {
  const { bytes, encoding, mediaType, name, truncated } = field;
  return {
    bytes,
    commit: sealed?.commitment ?? undefined,
    encoding: encoding === 'identity' ? undefined : encoding,
    mediaType,
    name,
    truncated: truncated || undefined,
  };
}

const sortedFactNames = factNames.toSorted();

/** The facts that are other than those of `base`. */
function factsBeside(facts: Facts, base: Facts): object {
  const beside: Record<string, Facts[keyof Facts]> = {};
  for (const name of sortedFactNames) {
    const value = facts[name];
    if (value === base[name]) continue;
    if (typeof value === 'object' && isSameList(value, base[name])) continue;
    beside[name] = value;
  }
  return beside;
}

function isSameList(value: Facts[keyof Facts], base: Facts[keyof Facts]): boolean {
  if (!Array.isArray(value) || !Array.isArray(base) || value.length !== base.length) return false;
  return value.every((item, at) => item === base[at]);
}

/** What the earlier revision said otherwise. Its charges are left out where they are the same. */
function supersededOf(record: AuditRecord, earlier: Superseded): object {
  const charges = earlier.charges.map(chargeOf);
  const same = JSON.stringify(charges) === JSON.stringify(record.charges.map(chargeOf));
  return {
    charges: same ? undefined : charges,
    facts: factsBeside(earlier.facts, record.facts),
    recordId: earlier.recordId,
  };
}

function sorted(lengths: Readonly<Record<string, number>>): object {
  return Object.fromEntries(Object.entries(lengths).sort(([a], [b]) => (a < b ? -1 : 1)));
}
