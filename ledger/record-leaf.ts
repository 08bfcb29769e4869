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
import { emptyFacts } from '../schemas/empty-facts.ts';
import type { JsonWriter } from './json-writer.ts';
import { writeFactsBeside } from './leaf-facts.ts';
import {
  names,
  writeList,
  writeNullable,
  writeNumber,
  writeText,
  writeTold,
  writeToldNumber,
  writeTrue,
} from './leaf-members.ts';
import type { LeafPlace } from './leaf.ts';
import { Sources } from './leaf-sources.ts';
import type { RecordSecrets, SealedValue } from './record-secrets.ts';

// Version 2 of the leaf. What is null, empty, false or what `schemas/leaf-record.ts` fills in again is left out. Members are written in the order of
// canonical JSON.
// Invariant: all of this stays as it is. A member more or less, or in another place, is another version of the leaf: a replay by newer code
// must give the same bytes.

/** What a trimmed leaf says of the whole one. */
export type AnnexNote = {
  readonly lengths: Readonly<Record<string, number>>;
  readonly bytes: number;
  readonly commitment: string | null;
};

/** Writes a record's leaf, whatever its size. */
export function writeRecordLeaf(
  to: JsonWriter,
  record: AuditRecord,
  place: LeafPlace,
  secrets: RecordSecrets,
  annex?: AnnexNote,
): void {
  const { callId, revision, facts, supersedes } = record;
  const sources = new Sources();
  to.openObject();
  if (annex) writeAnnex(to, annex);
  writeTold(to, names.blind, secrets.blind);
  writeText(to, names.callId, callId);
  writeList(to, names.chain, record.chain, (link) => writeLink(to, link, sources));
  if (record.change !== 'first') writeText(to, names.change, record.change);
  writeList(to, names.charges, record.charges, (charge) => writeCharge(to, charge));
  if (record.decisions.length > 0) {
    numberFirst(record, sources);
    writeList(to, names.decisions, record.decisions, (one) => writeDecision(to, one, sources));
  }
  writeList(to, names.definitions, record.definitions, (definition) => {
    to.openObject();
    writeNullable(to, names.hash, definition.hash);
    writeNullable(to, names.tool, definition.tool);
    to.closeObject();
  });
  to.name(names.facts);
  writeFactsBeside(to, facts, emptyFacts);
  writeList(to, names.findings, record.findings, (finding) => to.text(finding));
  writeList(to, names.hops, record.hops, (hop) => writeHop(to, hop, facts));
  writeList(to, names.identities, record.identities, (one) =>
    writeIdentity(to, one, facts, sources),
  );
  writeNumber(to, names.index, place.index);
  writeNumber(to, names.inputOffset, record.inputOffset);
  if (record.inputPartition !== place.partition) {
    writeNumber(to, names.inputPartition, record.inputPartition);
  }
  writeText(to, names.kind, record.kind);
  writeText(to, names.log, place.log);
  writeTold(to, names.mergedInto, record.mergedInto);
  writeNumber(to, names.offset, place.offset);
  writeEvidenceList(to, names.originEvidence, record.originEvidence, sources);
  writeEvidenceList(to, names.outcomeEvidence, record.outcomeEvidence, sources);
  writeNumber(to, names.partition, place.partition);
  let at = 0;
  writeList(to, names.payload, record.payload, (field) =>
    writePayload(to, field, secrets.fields[at++]),
  );
  writeTold(to, names.prev, place.prev);
  writeList(to, names.receipts, record.receipts, (receipt) => writeReceipt(to, receipt));
  if (record.recordId !== `${callId}.${revision}`) writeText(to, names.recordId, record.recordId);
  writeNumber(to, names.revision, revision);
  writeNumber(to, names.seq, place.seq);
  if (!sources.isEmpty) {
    to.name(names.sources);
    sources.writeTo(to);
  }
  writeTold(to, names.splitFrom, record.splitFrom);
  if (supersedes) writeSuperseded(to, record, supersedes);
  writeText(to, names.tenant, record.tenant);
  writeText(to, names.topic, place.topic);
  if (annex) writeLengths(to, annex);
  writeNumber(to, names.v, 2);
  to.closeObject();
}

/** Sources have their numbers in this order: of the chain, of identities, of the evidence of origin and outcome, of decisions. */
function numberFirst(record: AuditRecord, sources: Sources): void {
  for (const { producer, spanId, trust } of record.identities) {
    sources.numberOf({ producer, spanId, traceId: null, trust });
  }
  for (const evidence of record.originEvidence) sources.numberOf(evidence);
  for (const evidence of record.outcomeEvidence) sources.numberOf(evidence);
}

function writeEvidenceList(
  to: JsonWriter,
  name: Uint8Array,
  list: readonly Evidence[],
  sources: Sources,
): void {
  writeList(to, name, list, (one) => writeEvidence(to, one, sources));
}

function writeEvidence(to: JsonWriter, evidence: Evidence, sources: Sources): void {
  to.openList();
  to.text(evidence.key);
  to.number(sources.numberOf(evidence));
  to.closeList();
}

function writeAnnex(to: JsonWriter, { bytes, commitment }: AnnexNote): void {
  to.name(names.annex);
  to.openObject();
  writeNumber(to, names.bytes, bytes);
  writeNullable(to, names.commit, commitment);
  to.closeObject();
}

function writeLengths(to: JsonWriter, { lengths }: AnnexNote): void {
  to.name(names.trimmed);
  to.openObject();
  for (const [list, length] of Object.entries(lengths).sort(([a], [b]) => (a < b ? -1 : 1))) {
    writeNumber(to, names.ofList(list), length);
  }
  to.closeObject();
}

function writeLink(to: JsonWriter, link: Link, sources: Sources): void {
  to.openObject();
  writeEvidenceList(to, names.evidence, link.evidence, sources);
  writeText(to, names.grade, link.grade);
  writeTold(to, names.id, link.id);
  writeTrue(to, names.inherited, link.inherited);
  writeText(to, names.kind, link.kind);
  writeTold(to, names.name, link.name);
  writeTold(to, names.version, link.version);
  to.closeObject();
}

function writeIdentity(
  to: JsonWriter,
  candidate: IdentityCandidate,
  facts: Facts,
  sources: Sources,
): void {
  const { chosen, key, principal, producer, spanId, subject, trust } = candidate;
  to.openObject();
  writeTrue(to, names.chosen, chosen);
  writeText(to, names.key, key);
  if (principal !== facts.user) writeText(to, names.principal, principal);
  writeNumber(to, names.source, sources.numberOf({ producer, spanId, traceId: null, trust }));
  writeText(to, names.subject, subject);
  to.closeObject();
}

/** What a hop says as the call does is left out; a hop that says nothing says so by a null. */
function writeHop(to: JsonWriter, hop: Hop, facts: Facts): void {
  to.openObject();
  writeText(to, names.dialect, hop.dialect);
  writeNumber(to, names.endTimeUs, hop.endTimeUs);
  writeTold(to, names.errorType, hop.errorType);
  writeText(to, names.name, hop.name);
  writeTold(to, names.parentSpanId, hop.parentSpanId);
  writeText(to, names.producer, hop.producer);
  writeText(to, names.role, hop.role);
  writeTold(to, names.scope, hop.scope);
  if (hop.server !== facts.server) writeNullable(to, names.server, hop.server);
  writeTold(to, names.service, hop.service);
  writeText(to, names.spanId, hop.spanId);
  writeNumber(to, names.startTimeUs, hop.startTimeUs);
  writeText(to, names.status, hop.status);
  if (hop.tool !== facts.tool) writeNullable(to, names.tool, hop.tool);
  if (hop.traceId !== facts.traceId) writeText(to, names.traceId, hop.traceId);
  to.closeObject();
}

function writeCharge(to: JsonWriter, charge: Charge): void {
  to.openObject();
  writeToldNumber(to, names.amountNano, charge.amountNano);
  writeTold(to, names.currency, charge.currency);
  writeText(to, names.meter, charge.meter);
  writeTold(to, names.priceId, charge.priceId);
  writeNumber(to, names.quantity, charge.quantity);
  writeTold(to, names.sku, charge.sku);
  writeText(to, names.source, charge.source);
  writeText(to, names.unit, charge.unit);
  to.closeObject();
}

function writeDecision(to: JsonWriter, decision: Decision, sources: Sources): void {
  to.openObject();
  writeTold(to, names.by, decision.by);
  writeToldNumber(to, names.decidedUs, decision.decidedUs);
  to.name(names.evidence);
  writeEvidence(to, decision.evidence, sources);
  writeText(to, names.kind, decision.kind);
  writeToldNumber(to, names.requestedUs, decision.requestedUs);
  writeTold(to, names.rule, decision.rule);
  writeTold(to, names.ruleVersion, decision.ruleVersion);
  writeText(to, names.said, decision.said);
  writeText(to, names.verdict, decision.verdict);
  writeToldNumber(to, names.waitedUs, decision.waitedUs);
  to.closeObject();
}

function writeReceipt(to: JsonWriter, receipt: Receipt): void {
  to.openObject();
  writeText(to, names.action, receipt.action);
  writeNumber(to, names.count, receipt.count);
  writeTold(to, names.dataClass, receipt.dataClass);
  writeToldNumber(to, names.keyVersion, receipt.keyVersion);
  writeText(to, names.path, receipt.path);
  writeText(to, names.rule, receipt.rule);
  writeList(to, names.tokens, receipt.tokens, (token) => to.text(token));
  to.closeObject();
}

function writePayload(to: JsonWriter, field: PayloadField, sealed: SealedValue | undefined): void {
  to.openObject();
  writeNumber(to, names.bytes, field.bytes);
  writeTold(to, names.commit, sealed?.commitment ?? null);
  if (field.encoding !== 'identity') writeText(to, names.encoding, field.encoding);
  writeText(to, names.mediaType, field.mediaType);
  writeText(to, names.name, field.name);
  writeTrue(to, names.truncated, field.truncated);
  to.closeObject();
}

/** What the earlier revision said otherwise. Its charges are left out where they are the same. */
function writeSuperseded(to: JsonWriter, record: AuditRecord, earlier: Superseded): void {
  const { charges, facts, recordId } = earlier;
  to.name(names.supersedes);
  to.openObject();
  if (!isSameCharges(charges, record.charges)) {
    to.name(names.charges);
    to.openList();
    for (const charge of charges) writeCharge(to, charge);
    to.closeList();
  }
  to.name(names.facts);
  writeFactsBeside(to, facts, record.facts);
  writeText(to, names.recordId, recordId);
  to.closeObject();
}

function isSameCharges(some: readonly Charge[], others: readonly Charge[]): boolean {
  return some.length === others.length && some.every((one, at) => isSameCharge(one, others[at]));
}

function isSameCharge(a: Charge, b: Charge | undefined): boolean {
  return (
    b !== undefined &&
    a.meter === b.meter &&
    a.quantity === b.quantity &&
    a.unit === b.unit &&
    a.sku === b.sku &&
    a.priceId === b.priceId &&
    a.currency === b.currency &&
    a.amountNano === b.amountNano &&
    a.source === b.source
  );
}
