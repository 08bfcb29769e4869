import { emptyFacts } from './empty-facts.ts';
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
  TrustClass,
} from './record-types.ts';

/** A payload field as it is sealed: a commitment in the place of the value. */
export type CommittedField = Pick<PayloadField, 'name' | 'mediaType' | 'bytes' | 'truncated'> & {
  readonly encoding: string;
  /** HMAC-SHA-256(salt, name ‖ 0x00 ‖ value), base64url; null where the trace's key was destroyed before. */
  readonly commitment: string | null;
};

/** A record without its payload: all that is searched, summed and shown of it. */
export type FactRecord = Omit<AuditRecord, 'payload'>;

/** The record that a leaf tells: everything but the payload's values. */
export type LeafRecord = FactRecord & {
  readonly payload: readonly CommittedField[];
};

/** A leaf's place and chain, as it tells them itself. */
export type LeafHeader = {
  readonly log: string;
  readonly topic: string;
  readonly partition: number;
  readonly index: number;
  readonly offset: number;
  readonly seq: number;
  readonly prev: string | null;
  readonly tenant: string;
  readonly version: number;
};

export type ReadLeaf = {
  readonly header: LeafHeader;
  /** Undefined for a leaf of another kind, e.g. a control event. */
  readonly record: LeafRecord | undefined;
  /**
   * There when parts were left out so as to keep the leaf small: how many there were of each, and the commitment to the whole leaf's text, which is kept as
   * payload field `$leaf`.
   */
  readonly trimmed:
    | {
        readonly lengths: Readonly<Record<string, number>>;
        readonly bytes: number;
        readonly commitment: string | null;
      }
    | undefined;
};

/**
 * Reads the text of a sealed leaf, version 2, and fills in what it leaves out. Throws a `TypeError` for what is no such leaf; the parts of a leaf
 * that was sealed are as the ledger wrote them.
 */
export function readLeaf(text: string): ReadLeaf {
  const leaf = parse(text);
  const { log, topic, partition, index, offset, seq, prev = null, tenant, v: version } = leaf;
  const header = { log, topic, partition, index, offset, seq, prev, tenant, version };
  const { annex } = leaf;
  const trimmed = annex && {
    lengths: leaf.trimmed ?? {},
    bytes: annex.bytes,
    commitment: annex.commit,
  };
  return { header, record: leaf.facts && recordOf(leaf, leaf.facts), trimmed };
}

/** A leaf as it is written: see `ledger/record-leaf.ts`. */
type WrittenLeaf = Omit<LeafHeader, 'version' | 'prev'> & {
  readonly v: number;
  readonly prev?: string;
  readonly annex?: { readonly bytes: number; readonly commit: string | null };
  readonly trimmed?: Readonly<Record<string, number>>;
  readonly callId: string;
  readonly kind: AuditRecord['kind'];
  readonly revision: number;
  readonly inputOffset: number;
  readonly facts?: Partial<Facts>;
  readonly sources?: readonly WrittenSource[];
  readonly chain?: readonly WrittenLink[];
  readonly charges?: readonly WrittenCharge[];
  readonly decisions?: readonly WrittenDecision[];
  readonly hops?: readonly WrittenHop[];
  readonly identities?: readonly WrittenIdentity[];
  readonly originEvidence?: readonly WrittenEvidence[];
  readonly outcomeEvidence?: readonly WrittenEvidence[];
  readonly payload?: readonly WrittenField[];
  readonly receipts?: readonly WrittenReceipt[];
  readonly supersedes?: WrittenSuperseded;
} & Partial<
    Pick<
      AuditRecord,
      | 'change'
      | 'definitions'
      | 'findings'
      | 'inputPartition'
      | 'mergedInto'
      | 'recordId'
      | 'splitFrom'
    >
  >;

type WrittenEvidence = readonly [key: string, source: number];
type WrittenSource = Partial<Omit<Evidence, 'key' | 'trust'>> & { readonly trust: TrustClass };
type WrittenLink = Pick<Link, 'grade' | 'kind'> &
  Partial<Pick<Link, 'id' | 'inherited' | 'name' | 'version'>> & {
    readonly evidence?: readonly WrittenEvidence[];
  };
type WrittenIdentity = Pick<IdentityCandidate, 'key' | 'subject'> &
  Partial<Pick<IdentityCandidate, 'chosen' | 'principal'>> & { readonly source: number };
type WrittenHop = Pick<
  Hop,
  'dialect' | 'endTimeUs' | 'name' | 'producer' | 'role' | 'spanId' | 'startTimeUs' | 'status'
> &
  Partial<Hop>;
type WrittenCharge = Pick<Charge, 'meter' | 'quantity' | 'source' | 'unit'> & Partial<Charge>;
type WrittenDecision = Pick<Decision, 'kind' | 'said' | 'verdict'> &
  Partial<Omit<Decision, 'evidence'>> & { readonly evidence: WrittenEvidence };
type WrittenReceipt = Pick<Receipt, 'action' | 'count' | 'path' | 'rule'> & Partial<Receipt>;
type WrittenField = Pick<PayloadField, 'bytes' | 'mediaType' | 'name'> &
  Partial<Pick<PayloadField, 'encoding' | 'truncated'>> & { readonly commit?: string };
type WrittenSuperseded = {
  readonly charges?: readonly WrittenCharge[];
  readonly facts: Partial<Facts>;
  readonly recordId: string;
};

// The ledger wrote these bytes from a typed record, and their hash is sealed: looking at the parts that all else hangs on is enough to tell
// them from anything else.
function parse(text: string): WrittenLeaf {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TypeError('The leaf is no JSON.', { cause });
  }
  if (typeof value !== 'object' || value === null) throw new TypeError('The leaf is no object.');
  const { v, log, index, tenant, facts, callId } = value as Readonly<Record<string, unknown>>;
  const named = typeof log === 'string' && typeof index === 'number' && typeof tenant === 'string';
  if (v !== 2 || !named) throw new TypeError('The leaf is none of version 2.');
  if (facts !== undefined && (typeof facts !== 'object' || typeof callId !== 'string')) {
    throw new TypeError('The leaf has facts of no call.');
  }
  return value as WrittenLeaf;
}

function recordOf(leaf: WrittenLeaf, told: Partial<Facts>): LeafRecord {
  const { callId, revision, kind, tenant, sources = [] } = leaf;
  const facts: Facts = { ...emptyFacts, ...told };
  const evidence = (list: readonly WrittenEvidence[] = []) =>
    list.map((one) => evidenceOf(one, sources));
  const charges = (leaf.charges ?? []).map(chargeOf);
  return {
    recordId: leaf.recordId ?? `${callId}.${revision}`,
    kind,
    tenant,
    callId,
    revision,
    change: leaf.change ?? 'first',
    facts,
    outcomeEvidence: evidence(leaf.outcomeEvidence),
    originEvidence: evidence(leaf.originEvidence),
    chain: (leaf.chain ?? []).map((link) => linkOf(link, evidence(link.evidence))),
    identities: (leaf.identities ?? []).map((one) => identityOf(one, facts, sources)),
    hops: (leaf.hops ?? []).map((hop) => hopOf(hop, facts)),
    charges,
    receipts: (leaf.receipts ?? []).map(receiptOf),
    findings: leaf.findings ?? [],
    decisions: (leaf.decisions ?? []).map((one) => decisionOf(one, sources)),
    definitions: leaf.definitions ?? [],
    payload: (leaf.payload ?? []).map(fieldOf),
    supersedes: leaf.supersedes ? supersededOf(leaf.supersedes, facts, charges) : null,
    mergedInto: leaf.mergedInto ?? null,
    splitFrom: leaf.splitFrom ?? null,
    inputPartition: leaf.inputPartition ?? leaf.partition,
    inputOffset: leaf.inputOffset,
  };
}

function evidenceOf([key, number]: WrittenEvidence, sources: readonly WrittenSource[]): Evidence {
  const { producer = null, spanId = null, traceId = null, trust } = sourceAt(sources, number);
  return { key, spanId, traceId, producer, trust };
}

function sourceAt(sources: readonly WrittenSource[], number: number): WrittenSource {
  const source = sources[number];
  if (source === undefined) throw new TypeError(`The leaf has no source ${number}.`);
  return source;
}

function linkOf(link: WrittenLink, evidence: readonly Evidence[]): Link {
  const { kind, id = null, name = null, version = null, grade, inherited = false } = link;
  return { kind, id, name, version, grade, inherited, evidence };
}

function identityOf(
  written: WrittenIdentity,
  facts: Facts,
  sources: readonly WrittenSource[],
): IdentityCandidate {
  const { key, principal = facts.user ?? '', subject, source, chosen = false } = written;
  const { spanId = null, producer = null, trust } = sourceAt(sources, source);
  return { key, principal, subject, spanId: spanId ?? '', producer: producer ?? '', trust, chosen };
}

function hopOf(hop: WrittenHop, facts: Facts): Hop {
  const { traceId, tool, server } = facts;
  return {
    role: hop.role,
    traceId: hop.traceId ?? traceId,
    spanId: hop.spanId,
    parentSpanId: hop.parentSpanId ?? null,
    producer: hop.producer,
    dialect: hop.dialect,
    service: hop.service ?? null,
    scope: hop.scope ?? null,
    name: hop.name,
    tool: hop.tool === undefined ? tool : hop.tool,
    server: hop.server === undefined ? server : hop.server,
    startTimeUs: hop.startTimeUs,
    endTimeUs: hop.endTimeUs,
    status: hop.status,
    errorType: hop.errorType ?? null,
  };
}

function chargeOf(charge: WrittenCharge): Charge {
  const { meter, quantity, unit, sku = null, priceId = null, currency = null } = charge;
  const { amountNano = null, source } = charge;
  return { meter, quantity, unit, sku, priceId, currency, amountNano, source };
}

function decisionOf(written: WrittenDecision, sources: readonly WrittenSource[]): Decision {
  const { kind, verdict, said, by = null, rule = null, ruleVersion = null } = written;
  const { requestedUs = null, decidedUs = null, waitedUs = null } = written;
  const evidence = evidenceOf(written.evidence, sources);
  return { kind, verdict, said, by, rule, ruleVersion, requestedUs, decidedUs, waitedUs, evidence };
}

function receiptOf(receipt: WrittenReceipt): Receipt {
  const { dataClass = null, keyVersion = null, tokens = [] } = receipt;
  return { ...receipt, dataClass, keyVersion, tokens };
}

function fieldOf(field: WrittenField): CommittedField {
  const { name, mediaType, bytes, truncated = false, encoding = 'identity', commit = null } = field;
  return { name, mediaType, bytes, truncated, encoding, commitment: commit };
}

function supersededOf(
  written: WrittenSuperseded,
  facts: Facts,
  charges: readonly Charge[],
): Superseded {
  return {
    recordId: written.recordId,
    facts: { ...facts, ...written.facts },
    charges: written.charges ? written.charges.map(chargeOf) : charges,
  };
}
