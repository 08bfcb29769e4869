import type { RecordRedactor } from '../redaction/policy/record-redactor.ts';
import { createRecordRedactor } from '../redaction/policy/record-redactor.ts';
import type { KeyRing } from '../registry/key-ring.ts';
import { rotatedKey } from '../registry/key-ring.ts';
import type { RegistryView } from '../registry/view.ts';
import { redactionOf, registeredServer } from '../registry/view.ts';
import type { AuditRecord, Facts, Receipt } from '../schemas/record-types.ts';
import type { RedactionReceipt } from '../schemas/redactor.ts';
import { dataClassesOf } from './data-classes.ts';
import { mergeReceipts } from './read-receipts.ts';
import { isServerInitiated } from './methods.ts';
import { withText } from './record-payload.ts';

export type PolicyContext = {
  readonly registry: RegistryView;
  /** Without keys, what was to become a token is dropped. */
  readonly keys: KeyRing | null;
};

const TOKENS_MAX = 64;

/**
 * The record by its tenant's policy, now that the server is known: payload, texts of facts, links and hops. And what redaction did, at
 * either stage, told in its facts. `valuePolicies` are the versions by which the hops were accepted.
 */
export function applyPolicy(
  record: AuditRecord,
  valuePolicies: readonly string[],
  context: PolicyContext,
): AuditRecord {
  const { version } = redactionOf(context.registry, record.tenant);
  const redacted = redactorsFor(record, context).reduce(redactTexts, record);
  const { receipts } = redacted;
  const inForce = [
    ...new Set(valuePolicies.map((policy) => `values@${policy}`)),
    `record@${version ?? 'default'}`,
  ];
  const facts = { ...redacted.facts, ...told(receipts), redactionPolicies: inForce };
  return { ...redacted, facts };
}

/** What a record's receipts say, as it is searched. */
function told(
  receipts: readonly Receipt[],
): Pick<Facts, 'dataClasses' | 'redactions' | 'redactionCounts' | 'tokens'> {
  if (receipts.length === 0) return nothingTold;
  const counts = new Map<string, number>();
  const tokens = new Set<string>();
  for (const { dataClass, rule, action, count, tokens: put } of receipts) {
    const name = `${dataClass ?? ''}/${rule}/${action}`;
    counts.set(name, (counts.get(name) ?? 0) + count);
    for (const token of put) if (tokens.size < TOKENS_MAX) tokens.add(token);
  }
  return {
    dataClasses: dataClassesOf(receipts),
    redactions: [...counts.keys()],
    redactionCounts: [...counts.values()],
    tokens: [...tokens],
  };
}

const nothingTold = { dataClasses: [], redactions: [], redactionCounts: [], tokens: [] };

type Kept = {
  readonly registry: RegistryView;
  readonly redactors: Map<string, RecordRedactor | null>;
};

const kept = new WeakMap<object, Kept>();
const noKeys = {};
const REDACTORS_MAX = 1_000;

/** What a person typed for a server may be about anything: it is treated as health data, too, whatever the server is declared to hold. */
function redactorsFor(record: AuditRecord, context: PolicyContext): readonly RecordRedactor[] {
  const redactor = redactorFor(record, context, null);
  const isTyped = isServerInitiated(record.facts.method ?? '');
  const typed = isTyped ? redactorFor(record, context, 'health') : null;
  return [redactor, typed].filter((each) => each !== null);
}

// Made once for each server while a view of the registry holds; what it does depends on policy and server alone.
function redactorFor(
  { tenant, facts }: AuditRecord,
  { registry, keys }: PolicyContext,
  holds: string | null,
): RecordRedactor | null {
  const owner = keys ?? noKeys;
  const before = kept.get(owner);
  const cache =
    before?.registry === registry
      ? before
      : { registry, redactors: new Map<string, RecordRedactor | null>() };
  if (cache !== before || cache.redactors.size > REDACTORS_MAX) {
    cache.redactors.clear();
    kept.set(owner, cache);
  }
  const name = `${holds ?? ''}/${tenant}/${facts.server ?? ''}`;
  const known = cache.redactors.get(name);
  if (known !== undefined) return known;
  const made = makeRedactor(tenant, { name: facts.server, holds }, { registry, keys });
  cache.redactors.set(name, made);
  return made;
}

function makeRedactor(
  tenant: string,
  { name, holds }: { readonly name: string | null; readonly holds: string | null },
  { registry, keys }: PolicyContext,
): RecordRedactor | null {
  const { policy } = redactionOf(registry, tenant);
  const declared = name === null ? undefined : registeredServer(registry, tenant, name);
  const classification = holds ?? declared?.dataClassification ?? null;
  const tokenKey =
    keys === null
      ? null
      : { version: policy.keyVersion, key: rotatedKey(keys, tenant, 'token', policy.keyVersion) };
  return createRecordRedactor({
    tenant,
    policy,
    server: { name, classification },
    tokenKey,
  });
}

const textFacts = ['resource', 'errorType', 'purpose', 'approval', 'prompt', 'target'] as const;

function redactTexts(record: AuditRecord, redactor: RecordRedactor): AuditRecord {
  const receipts: Receipt[] = [];
  const text = (path: string, value: string): string => {
    const done = redactor.redact(path, value);
    if (done === null) return value;
    receipts.push(...done.receipts.map((receipt) => receiptAt(path, receipt)));
    return done.text;
  };
  const facts: { -readonly [name in keyof Facts]: Facts[name] } = { ...record.facts };
  for (const name of textFacts) {
    const value = facts[name];
    if (value !== null) facts[name] = text(`fact:${name}`, value);
  }
  const linked = (kind: string): boolean =>
    kind === 'resource' || kind === 'target' || kind === 'prompt';
  const payload = record.payload.map((field) => {
    const value = Buffer.from(field.value).toString();
    const replaced = text(field.name, value);
    return replaced === value ? field : withText(field, replaced);
  });
  return {
    ...record,
    facts,
    chain: record.chain.map((link) =>
      linked(link.kind) && link.id !== null
        ? { ...link, id: text(`chain:${link.kind}`, link.id) }
        : link,
    ),
    hops: record.hops.map((hop) => ({ ...hop, name: text('hop:name', hop.name) })),
    payload,
    receipts: mergeReceipts([...record.receipts, ...receipts]),
  };
}

function receiptAt(path: string, receipt: RedactionReceipt): Receipt {
  const { rule, count, action, dataClass = null, keyVersion = null, tokens = [] } = receipt;
  return { rule, path, count, action, dataClass, keyVersion, tokens };
}
