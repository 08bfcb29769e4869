import { describe, expect, it } from 'vitest';
import { generateRecords } from '../../../bench/generated-records.ts';
import { fieldCommitment } from '../../../integrity/field-commitment.ts';
import { leafOf } from '../../../ledger/leaf.ts';
import { recordSecrets } from '../../../ledger/record-secrets.ts';
import { decodeAuditRecord, encodeAuditRecord } from '../../../schemas/avro-codec.ts';
import { topics } from '../../../schemas/topics.ts';
import { readLeafFacts } from '../../../verifier/read-leaf.ts';
import { TRACE_KEY } from '../../support/leaf-text.ts';

const [record] = generateRecords({
  count: 1,
  seed: 4,
  startUs: 1_790_000_000_000_000,
  stepUs: 1_000,
  tenants: ['acme'],
  revisedOneIn: 10,
  payloadChars: 200,
}).map((one) => decodeAuditRecord(encodeAuditRecord(one)));

const place = {
  log: 'records/p3/e0',
  topic: topics.records,
  partition: 3,
  index: 7,
  offset: 12,
  seq: 5,
  prev: 'ab'.repeat(32),
} as const;

describe('a leaf that the ledger seals', () => {
  it('is read by the verifier: its place, its stream, and commitments that its values open', () => {
    if (record === undefined) throw new Error('no record was made');
    const secrets = recordSecrets(TRACE_KEY, record);
    const { log, index, offset, seq, prev } = place;
    const facts = readLeafFacts(Buffer.from(leafOf(record, place, secrets).bytes).toString());
    expect(facts.tenant).toBe(record.tenant);
    expect(facts.place).toEqual({ log, index, offset, seq, prev });
    const opened = secrets.fields.map(({ name, salt, value }) => {
      return { name, commitment: fieldCommitment(salt ?? new Uint8Array(0), name, value) };
    });
    expect(opened.length).toBeGreaterThan(0);
    expect(facts.commitments).toEqual(opened);
  });

  it('commits to its whole text where it was trimmed', () => {
    if (record === undefined) throw new Error('no record was made');
    const findings = Array.from({ length: 500 }, (_, at) => `finding-${at}-${'x'.repeat(20)}`);
    const secrets = recordSecrets(TRACE_KEY, record);
    const { bytes, annex } = leafOf({ ...record, findings }, place, secrets);
    const whole = readLeafFacts(Buffer.from(bytes).toString()).commitments.find(
      ({ name }) => name === '$leaf',
    );
    if (!annex?.salt) throw new Error('the leaf was not trimmed');
    expect(whole?.commitment).toBe(fieldCommitment(annex.salt, '$leaf', annex.value));
  });

  it('is not taken for one of a newer version', () => {
    expect(() => readLeafFacts('{"v":3}')).toThrow('LEAF_VERSION_UNKNOWN');
    expect(readLeafFacts('{"v":1}')).toEqual({ commitments: [] });
  });
});
