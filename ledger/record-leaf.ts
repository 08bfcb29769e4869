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
  const text = new Members();
  if (annex) text.add('annex', JSON.stringify({ bytes: annex.bytes, commit: annex.commitment }));
  text.addText('blind', secrets.blind);
  text.addText('callId', record.callId);
  text.addList('chain', chain);
  if (record.change !== 'first') text.addText('change', record.change);
  text.addList('charges', record.charges.map(chargeOf));
  text.addList(
    'decisions',
    record.decisions.map((decision) => decisionOf(decision, sources)),
  );
  text.addList(
    'definitions',
    record.definitions.map(({ hash, tool }) => ({ hash, tool })),
  );
  text.add('facts', factsText(record.facts, emptyFacts));
  text.addList('findings', record.findings);
  text.addList(
    'hops',
    record.hops.map((hop) => hopOf(hop, record.facts)),
  );
  text.addList('identities', identities);
  text.add('index', String(place.index));
  text.add('inputOffset', String(record.inputOffset));
  if (record.inputPartition !== place.partition) {
    text.add('inputPartition', String(record.inputPartition));
  }
  text.addText('kind', record.kind);
  text.addText('log', place.log);
  text.addText('mergedInto', record.mergedInto);
  text.add('offset', String(place.offset));
  text.addList('originEvidence', originEvidence);
  text.addList('outcomeEvidence', outcomeEvidence);
  text.add('partition', String(place.partition));
  text.addList(
    'payload',
    record.payload.map((field, at) => payloadOf(field, secrets.fields[at])),
  );
  text.addText('prev', place.prev);
  text.addList('receipts', record.receipts.map(receiptOf));
  if (record.recordId !== `${record.callId}.${record.revision}`) {
    text.addText('recordId', record.recordId);
  }
  text.add('revision', String(record.revision));
  text.add('seq', String(place.seq));
  text.addList('sources', sources.list);
  text.addText('splitFrom', record.splitFrom);
  if (record.supersedes) text.add('supersedes', supersededText(record, record.supersedes));
  text.addText('tenant', record.tenant);
  text.addText('topic', place.topic);
  if (annex) text.add('trimmed', trimmedText(annex.lengths));
  text.add('v', '2');
  return text.end();
}

/** The members of an object, each added in the order of names. */
class Members {
  #text = '';

  add(name: string, json: string): void {
    this.#text += `${this.#text === '' ? '{' : ','}"${name}":${json}`;
  }

  addText(name: string, value: string | null): void {
    if (value !== null) this.add(name, JSON.stringify(value));
  }

  addList(name: string, items: readonly unknown[]): void {
    if (items.length > 0) this.add(name, JSON.stringify(items));
  }

  end(): string {
    return this.#text === '' ? '{}' : `${this.#text}}`;
  }
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
function factsText(facts: Facts, base: Facts): string {
  const text = new Members();
  for (const name of sortedFactNames) {
    const value = facts[name];
    if (value === base[name] || (typeof value === 'object' && isSameList(value, base[name])))
      continue;
    text.add(name, typeof value === 'number' ? String(value) : JSON.stringify(value));
  }
  return text.end();
}

function isSameList(value: Facts[keyof Facts], base: Facts[keyof Facts]): boolean {
  if (!Array.isArray(value) || !Array.isArray(base) || value.length !== base.length) return false;
  return value.every((item, at) => item === base[at]);
}

/** What the earlier revision said otherwise. Its charges are left out where they are the same. */
function supersededText(record: AuditRecord, earlier: Superseded): string {
  const text = new Members();
  const charges = JSON.stringify(earlier.charges.map(chargeOf));
  if (charges !== JSON.stringify(record.charges.map(chargeOf))) text.add('charges', charges);
  text.add('facts', factsText(earlier.facts, record.facts));
  text.addText('recordId', earlier.recordId);
  return text.end();
}

function trimmedText(lengths: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(lengths).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted));
}
