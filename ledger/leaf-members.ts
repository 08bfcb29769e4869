import type { JsonWriter } from './json-writer.ts';
import { memberName } from './json-writer.ts';

/** The names of a leaf's members, as they are written. */
export const names = {
  action: memberName('action'),
  amountNano: memberName('amountNano'),
  annex: memberName('annex'),
  blind: memberName('blind'),
  by: memberName('by'),
  bytes: memberName('bytes'),
  callId: memberName('callId'),
  chain: memberName('chain'),
  change: memberName('change'),
  charges: memberName('charges'),
  chosen: memberName('chosen'),
  commit: memberName('commit'),
  count: memberName('count'),
  currency: memberName('currency'),
  dataClass: memberName('dataClass'),
  decidedUs: memberName('decidedUs'),
  decisions: memberName('decisions'),
  definitions: memberName('definitions'),
  dialect: memberName('dialect'),
  encoding: memberName('encoding'),
  endTimeUs: memberName('endTimeUs'),
  errorType: memberName('errorType'),
  evidence: memberName('evidence'),
  facts: memberName('facts'),
  findings: memberName('findings'),
  grade: memberName('grade'),
  hash: memberName('hash'),
  hops: memberName('hops'),
  id: memberName('id'),
  identities: memberName('identities'),
  index: memberName('index'),
  inherited: memberName('inherited'),
  inputOffset: memberName('inputOffset'),
  inputPartition: memberName('inputPartition'),
  key: memberName('key'),
  keyVersion: memberName('keyVersion'),
  kind: memberName('kind'),
  log: memberName('log'),
  mediaType: memberName('mediaType'),
  mergedInto: memberName('mergedInto'),
  meter: memberName('meter'),
  name: memberName('name'),
  offset: memberName('offset'),
  originEvidence: memberName('originEvidence'),
  outcomeEvidence: memberName('outcomeEvidence'),
  parentSpanId: memberName('parentSpanId'),
  partition: memberName('partition'),
  path: memberName('path'),
  payload: memberName('payload'),
  prev: memberName('prev'),
  priceId: memberName('priceId'),
  principal: memberName('principal'),
  producer: memberName('producer'),
  quantity: memberName('quantity'),
  receipts: memberName('receipts'),
  recordId: memberName('recordId'),
  requestedUs: memberName('requestedUs'),
  revision: memberName('revision'),
  role: memberName('role'),
  rule: memberName('rule'),
  ruleVersion: memberName('ruleVersion'),
  said: memberName('said'),
  scope: memberName('scope'),
  seq: memberName('seq'),
  server: memberName('server'),
  service: memberName('service'),
  sku: memberName('sku'),
  source: memberName('source'),
  sources: memberName('sources'),
  spanId: memberName('spanId'),
  splitFrom: memberName('splitFrom'),
  startTimeUs: memberName('startTimeUs'),
  status: memberName('status'),
  subject: memberName('subject'),
  supersedes: memberName('supersedes'),
  tenant: memberName('tenant'),
  tokens: memberName('tokens'),
  tool: memberName('tool'),
  topic: memberName('topic'),
  traceId: memberName('traceId'),
  trimmed: memberName('trimmed'),
  truncated: memberName('truncated'),
  ts: memberName('ts'),
  unit: memberName('unit'),
  v: memberName('v'),
  verdict: memberName('verdict'),
  version: memberName('version'),
  waitedUs: memberName('waitedUs'),
  ofList: memberName,
};

export function writeText(to: JsonWriter, name: Uint8Array, value: string): void {
  to.name(name);
  to.text(value);
}

export function writeNumber(to: JsonWriter, name: Uint8Array, value: number): void {
  to.name(name);
  to.number(value);
}

export function writeNullable(to: JsonWriter, name: Uint8Array, value: string | null): void {
  to.name(name);
  to.nullable(value);
}

/** Nothing for null. */
export function writeTold(to: JsonWriter, name: Uint8Array, value: string | null): void {
  if (value !== null) writeText(to, name, value);
}

export function writeToldNumber(to: JsonWriter, name: Uint8Array, value: number | null): void {
  if (value !== null) writeNumber(to, name, value);
}

export function writeTrue(to: JsonWriter, name: Uint8Array, value: boolean): void {
  if (!value) return;
  to.name(name);
  to.truth(true);
}

/** Nothing for a list without items. */
export function writeList<Item>(
  to: JsonWriter,
  name: Uint8Array,
  list: readonly Item[],
  write: (item: Item) => void,
): void {
  if (list.length === 0) return;
  to.name(name);
  to.openList();
  for (const item of list) write(item);
  to.closeList();
}
