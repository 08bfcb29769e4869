import { describe, expect, it } from 'vitest';
import { generateRecords } from '../../../bench/generated-records.ts';
import type { JsonValue } from '../../../integrity/canonical-json.ts';
import { canonicalJson } from '../../../integrity/canonical-json.ts';
import type { LeafPlace } from '../../../ledger/leaf.ts';
import { LEAF_BYTES_MAX, leafOf } from '../../../ledger/leaf.ts';
import { parseLeaf } from '../../../query-api/leaf-record.ts';
import { decodeAuditRecord, encodeAuditRecord } from '../../../schemas/avro-codec.ts';
import type { AuditRecord } from '../../../schemas/record-types.ts';

const records = generateRecords({
  count: 60,
  seed: 21,
  startUs: 1_790_000_000_000_000,
  stepUs: 1_000,
  tenants: ['default'],
  revisedOneIn: 10,
  payloadChars: 200,
}).map((record) => decodeAuditRecord(encodeAuditRecord(record)));
const place: LeafPlace = {
  log: 'records/p3/e0',
  index: 7,
  offset: 12,
  seq: 5,
  prev: 'ab'.repeat(32),
};

const receipt: AuditRecord['receipts'][number] = {
  rule: 'pan',
  path: 'p',
  count: 2,
  action: 'mask',
  dataClass: null,
  keyVersion: null,
  tokens: [],
};

describe('leaf', () => {
  it('is canonical JSON', () => {
    for (const record of records) {
      const leaf = leafOf(record, place);
      expect(canonicalJson(JSON.parse(leaf) as JsonValue)).toBe(leaf);
    }
  });

  it('says everything that the record says but the values of its payload, and where it stands', () => {
    for (const record of records) {
      const payload = record.payload.map(({ name, mediaType, bytes, digest, truncated }) => {
        return { name, mediaType, bytes, digest, truncated };
      });
      const told: unknown = parseLeaf(leafOf(record, place));
      expect(told).toEqual(JSON.parse(JSON.stringify({ ...record, ...place, payload, v: 1 })));
    }
  });

  it('keeps its bytes: version 1 of one record, written by hand', () => {
    const later = [
      'stages',
      'toolCallId',
      'redactions',
      'redactionCounts',
      'tokens',
      'redactionPolicies',
    ];
    const facts = Object.entries(records[0]?.facts ?? {})
      .filter(([name]) => !later.includes(name))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const factsText = facts
      .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
      .join(',');
    expect(leafOf(bare(), place)).toBe(
      `{"callId":"${records[0]?.callId}","chain":[],"change":"first","charges":[],"facts":{${factsText}},` +
        `"findings":["f"],"hops":[],"identities":[],"index":7,"inputOffset":0,"inputPartition":0,"kind":"call",` +
        `"log":"records/p3/e0","mergedInto":null,"offset":12,"originEvidence":[],"outcomeEvidence":[],"payload":[],` +
        `"prev":"${'ab'.repeat(32)}","receipts":[{"action":"mask","count":2,"path":"p","rule":"pan"}],` +
        `"recordId":"${records[0]?.recordId}","revision":0,"seq":5,"splitFrom":null,"supersedes":null,` +
        `"tenant":"default","v":1}`,
    );
  });

  it('says what came after version 1 only where there is something to say', () => {
    const record = bare();
    const evidence = { key: 'k', spanId: null, traceId: null, producer: null, trust: 'unknown' };
    const decision = {
      kind: 'approval',
      verdict: 'denied',
      said: 'reject',
      by: null,
      rule: null,
      ruleVersion: null,
      requestedUs: 1,
      decidedUs: 3,
      waitedUs: 2,
      evidence,
    } as const;
    const told = {
      ...record,
      facts: {
        ...record.facts,
        stages: ['backend'],
        toolCallId: 'call_1',
        redactions: ['email/email/token'],
        redactionCounts: [2],
        tokens: ['[EMAIL:k1:00ff]'],
        redactionPolicies: ['values@3'],
      },
      receipts: [{ ...receipt, dataClass: 'email', keyVersion: 1, tokens: ['[EMAIL:k1:00ff]'] }],
      decisions: [decision] as const,
      definitions: [{ tool: 'add', hash: 'ff' }],
    };
    const leaf = leafOf(told as AuditRecord, place);
    expect(canonicalJson(JSON.parse(leaf) as JsonValue)).toBe(leaf);
    expect(parseLeaf(leaf)).toMatchObject(told);
  });

  it('is trimmed, and says of what, when it would be too large', () => {
    const [record] = records;
    const [hop] = record?.hops ?? [];
    if (!record || !hop) throw new Error('a record with a hop was expected');
    const hops = Array.from({ length: 100 }, (_, index) => ({ ...hop, name: `hop ${index}` }));
    const leaf = leafOf({ ...record, hops }, place);
    expect(Buffer.byteLength(leaf)).toBeLessThanOrEqual(LEAF_BYTES_MAX);
    const told = JSON.parse(leaf) as { hops: unknown[]; trimmed: unknown };
    expect(told.hops).toHaveLength(16);
    expect(told.trimmed).toEqual({ hops: 100 });
    expect(canonicalJson(JSON.parse(leaf) as JsonValue)).toBe(leaf);
    expect(leafOf({ ...record, hops }, place)).toBe(leaf);
  });

  it('is never larger than its limit, whatever the record holds', () => {
    const text = '😀'.repeat(5_000);
    const [record] = records;
    if (!record) throw new Error('a record was expected');
    const long = Object.entries(record.facts).map(([name, value]) => [name, longer(value, text)]);
    const facts = { ...record.facts, ...(Object.fromEntries(long) as object) };
    const many = <T>(items: readonly T[]): readonly T[] =>
      Array.from({ length: 50 }, () => items).flat();
    const huge: AuditRecord = {
      ...record,
      facts,
      hops: many(record.hops),
      chain: many(record.chain),
      charges: many(record.charges),
      payload: many(record.payload),
      findings: many([text]),
      supersedes: { recordId: record.recordId, facts, charges: many(record.charges) },
    };
    const leaf = leafOf(huge, place);
    expect(Buffer.byteLength(leaf)).toBeLessThanOrEqual(LEAF_BYTES_MAX);
    expect(canonicalJson(JSON.parse(leaf) as JsonValue)).toBe(leaf);
    expect(JSON.parse(leaf)).toMatchObject({
      callId: record.callId,
      trimmed: { hops: 100, facts: 1 },
    });
  });
});

function bare(): AuditRecord {
  const [record] = records;
  if (!record) throw new Error('a record was expected');
  return {
    ...record,
    chain: [],
    charges: [],
    hops: [],
    identities: [],
    findings: ['f'],
    outcomeEvidence: [],
    originEvidence: [],
    payload: [],
    receipts: [receipt],
  };
}

function longer(value: unknown, text: string): unknown {
  if (typeof value === 'string' || value === null) return text;
  return Array.isArray(value) ? Array.from({ length: 20 }, () => text) : value;
}
