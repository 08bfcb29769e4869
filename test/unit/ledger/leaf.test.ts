import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generateRecords } from '../../../bench/generated-records.ts';
import type { JsonValue } from '../../../integrity/canonical-json.ts';
import { canonicalJson } from '../../../integrity/canonical-json.ts';
import type { LeafPlace } from '../../../ledger/leaf.ts';
import { LEAF_BYTES_MAX, LEAF_VERSION, leafEncoders, leafOf } from '../../../ledger/leaf.ts';
import { recordSecrets } from '../../../ledger/record-secrets.ts';
import { decodeAuditRecord, encodeAuditRecord } from '../../../schemas/avro-codec.ts';
import { readLeaf } from '../../../schemas/leaf-record.ts';
import { emptyFacts } from '../../../schemas/empty-facts.ts';
import type { AuditRecord } from '../../../schemas/record-types.ts';
import { topics } from '../../../schemas/topics.ts';
import { TRACE_KEY } from '../../support/leaf-text.ts';

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
  topic: topics.records,
  partition: 3,
  index: 7,
  offset: 12,
  seq: 5,
  prev: 'ab'.repeat(32),
};

function made(record: AuditRecord, key: Uint8Array | null = TRACE_KEY) {
  const { bytes, annex } = leafOf(record, place, recordSecrets(key, record));
  return { text: Buffer.from(bytes).toString(), annex };
}

describe('leaf', () => {
  it('is canonical JSON, and small', () => {
    for (const record of records) {
      const { text, annex } = made(record);
      expect(canonicalJson(JSON.parse(text) as JsonValue)).toBe(text);
      expect(Buffer.byteLength(text)).toBeLessThan(LEAF_BYTES_MAX);
      expect(annex).toBeUndefined();
    }
  });

  it('tells everything that the record says but the values of its payload, and where it stands', () => {
    for (const record of records.concat(withEverything())) {
      const told = readLeaf(made(record).text);
      const { payload, ...facts } = record;
      const { payload: fields, ...toldFacts } = told.record ?? { payload: [] };
      expect(toldFacts).toEqual(facts);
      expect(fields).toEqual(
        payload.map(({ name, mediaType, bytes, truncated, encoding }) => {
          const commitment = expect.stringMatching(/^[\w-]{43}$/) as unknown;
          return { name, mediaType, bytes, truncated, encoding, commitment };
        }),
      );
      expect(told.header).toEqual({ ...place, tenant: record.tenant, version: 2 });
    }
  });

  it('holds no payload value, nor a digest that could be guessed', () => {
    for (const record of records) {
      const { text } = made(record);
      for (const { value, digest } of record.payload) {
        expect(text).not.toContain(Buffer.from(value).toString('utf8').slice(0, 20));
        expect(text).not.toContain(digest);
      }
    }
  });

  it('is another under another key, and says no commitment where the key was destroyed', () => {
    const [record] = records;
    if (!record) throw new Error('a record was expected');
    expect(made(record).text).toBe(made(record).text);
    expect(made(record, Buffer.alloc(32, 1)).text).not.toBe(made(record).text);
    const { record: told } = readLeaf(made(record, null).text);
    expect(told?.payload.map(({ commitment }) => commitment)).toEqual([null, null]);
  });

  it('keeps its bytes: golden leaves of each version', () => {
    const folder = new URL('../../golden/ledger/', import.meta.url);
    for (const version of leafEncoders.keys()) {
      const golden = JSON.parse(readFileSync(new URL(`leaf-${version}.json`, folder), 'utf8')) as {
        record: AuditRecord;
        leaf: object;
      }[];
      expect(golden.length).toBeGreaterThan(0);
      for (const { record, leaf } of golden) {
        const payload = record.payload.map((field) => {
          return { ...field, value: Buffer.from(String(field.value), 'utf8') };
        });
        // A reader fills in the facts that came after the record was written.
        const { supersedes } = record;
        const whole = {
          ...record,
          payload,
          facts: { ...emptyFacts, ...record.facts },
          supersedes: supersedes && {
            ...supersedes,
            facts: { ...emptyFacts, ...supersedes.facts },
          },
        };
        const encoder = leafEncoders.get(version) ?? leafOf;
        const { bytes } = encoder(whole, place, recordSecrets(TRACE_KEY, whole));
        expect(Buffer.from(bytes).toString()).toBe(canonicalJson(leaf as JsonValue));
      }
    }
    expect([...leafEncoders.keys()]).toContain(LEAF_VERSION);
  });

  it('is trimmed when it would be too large, says of what, and commits to the whole of it', () => {
    const [record] = records;
    const [hop] = record?.hops ?? [];
    if (!record || !hop) throw new Error('a record with a hop was expected');
    const hops = Array.from({ length: 100 }, (_, index) => ({ ...hop, name: `hop ${index}` }));
    const { text, annex } = made({ ...record, hops });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LEAF_BYTES_MAX);
    expect(canonicalJson(JSON.parse(text) as JsonValue)).toBe(text);
    const told = readLeaf(text);
    expect(told.record?.hops.length).toBeLessThanOrEqual(8);
    expect(told.trimmed).toMatchObject({ lengths: { hops: 100 }, commitment: annex?.commitment });
    const whole = readLeaf(Buffer.from(annex?.value ?? []).toString());
    expect(whole.record?.hops).toEqual(hops);
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
    const leaf = made(huge);
    expect(Buffer.byteLength(leaf.text)).toBeLessThanOrEqual(LEAF_BYTES_MAX);
    expect(canonicalJson(JSON.parse(leaf.text) as JsonValue)).toBe(leaf.text);
    const whole = readLeaf(Buffer.from(leaf.annex?.value ?? []).toString());
    expect(whole.record?.supersedes).toEqual(huge.supersedes);
    expect(readLeaf(leaf.text).record?.callId).toBe(record.callId);
  });
});

/** A revision that differs from what it supersedes in every way, with every list filled. */
function withEverything(): AuditRecord {
  const [record] = records;
  if (!record) throw new Error('a record was expected');
  const evidence = {
    key: 'k',
    spanId: null,
    traceId: 'f'.repeat(32),
    producer: null,
    trust: 'unknown',
  } as const;
  const [charge] = record.charges;
  const [hop] = record.hops;
  if (!charge || !hop) throw new Error('a charge and a hop were expected');
  return {
    ...record,
    recordId: `${record.callId}.9`,
    revision: 9,
    change: 'link_arrived',
    inputPartition: 1,
    outcomeEvidence: [evidence, { ...evidence, producer: 'x' }],
    findings: ['f'],
    hops: [{ ...hop, tool: null, server: 'other', traceId: 'e'.repeat(32) }],
    identities: record.identities.map((one) => ({ ...one, principal: 'p_other', chosen: false })),
    decisions: [
      {
        kind: 'approval',
        verdict: 'denied',
        said: 'no',
        by: null,
        rule: 'r',
        ruleVersion: null,
        requestedUs: 5,
        decidedUs: null,
        waitedUs: 0,
        evidence,
      },
    ],
    definitions: [{ tool: 't', hash: 'h' }],
    supersedes: {
      recordId: `${record.callId}.8`,
      facts: { ...record.facts, user: null, tool: 'before', roles: ['r'], costNano: null, hops: 0 },
      charges: [{ ...charge, amountNano: null }],
    },
    mergedInto: 'a'.repeat(32),
    splitFrom: 'b'.repeat(32),
  };
}

function longer(value: unknown, text: string): unknown {
  if (typeof value === 'string' || value === null) return text;
  return Array.isArray(value) ? Array.from({ length: 20 }, () => text) : value;
}
