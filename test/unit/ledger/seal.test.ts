import { describe, expect, it } from 'vitest';
import { generateRecords } from '../../../bench/generated-records.ts';
import { emptyRange, rootOf, treeRoot } from '../../../integrity/compact-range.ts';
import { TRACE_KEY } from '../../support/leaf-text.ts';
import type { LogMessage } from '../../../event-log/event-log.ts';
import { readRecord } from '../../../ledger/read-record.ts';
import { LEAF_VERSION } from '../../../ledger/leaf.ts';
import type { SealStart, SealedBatch } from '../../../ledger/seal.ts';
import { homesOf, seal, understand } from '../../../ledger/seal.ts';
import type { StreamState } from '../../../ledger/state.ts';
import { encodeAuditRecord } from '../../../schemas/avro-codec.ts';
import type { AuditRecord } from '../../../schemas/record-types.ts';
import { topics } from '../../../schemas/topics.ts';

const logId = 'records/p0/e0';
const streamOf = (): StreamState => ({ seq: 0, prev: null });
const start: SealStart = { logId, tree: emptyRange, from: 0, version: LEAF_VERSION, streamOf };
const records = generateRecords({
  count: 40,
  seed: 31,
  startUs: Date.UTC(2026, 8, 30, 12) * 1000,
  stepUs: 1_000,
  tenants: ['a', 'b'],
  revisedOneIn: 10,
  payloadChars: 60,
});

describe('seal', () => {
  it('promises the same for the same messages, and something else for any other', () => {
    const digests = [
      sealed(records).intent.digest,
      sealed(records).intent.digest,
      sealed(records.slice(0, -1)).intent.digest,
      sealed(records.toReversed()).intent.digest,
      sealed(records.map((record) => ({ ...record, inputOffset: 999 }))).intent.digest,
    ];
    expect(digests[1]).toBe(digests[0]);
    expect(new Set(digests).size).toBe(4);
  });

  it('is the same in one batch and in two', () => {
    const whole = sealed(records);
    const first = sealed(records.slice(0, 15));
    const second = sealMessages(
      {
        ...start,
        tree: first.tree,
        from: first.intent.to,
        streamOf: (tenant: string) => first.streams.get(tenant) ?? streamOf(),
      },
      messagesOf(records).slice(15),
    );
    expect(second.tree).toEqual(whole.tree);
    expect(rootOf(whole.tree)).toEqual(treeRoot(whole.leafHashes));
    expect(second.intent.first + second.intent.count).toBe(records.length);
    expect(second.streams).toEqual(whole.streams);
    const bytes = Buffer.concat([leafBytes(first), leafBytes(second)]);
    expect(bytes.equals(leafBytes(whole))).toBe(true);
  });

  it('passes over what is no record with a dead letter that holds none of its bytes', () => {
    const secret = Buffer.from('4111 1111 1111 1111');
    const messages = messagesOf(records);
    const bad = { ...message(40, secret), offset: 40 };
    const batch = sealMessages(start, [...messages, bad]);
    expect(batch.intent).toMatchObject({ count: 40, to: 41 });
    const [letter] = batch.deadLetters;
    expect(letter?.topic).toBe(topics.deadLetters);
    expect(JSON.parse(Buffer.from(letter?.value ?? []).toString())).toEqual({
      stage: 'ledger',
      topic: topics.records,
      partition: 0,
      offset: 40,
      bytes: 19,
      reason: 'AVRO_UNDECODABLE',
    });
  });

  it('passes over a record that no row could hold, and goes on behind it', () => {
    const tooMany = { ...records[0], revision: 65_536 } as AuditRecord;
    const batch = sealed([...records.slice(0, 5), tooMany, ...records.slice(5, 10)]);
    expect(batch.intent).toMatchObject({ count: 10, to: 11 });
    expect(batch.deadLetters).toHaveLength(1);
    expect(sealed([{ ...tooMany, revision: 65_535 }]).deadLetters).toEqual([]);
  });

  it('passes over a message without a value', () => {
    const batch = sealMessages({ ...start, from: 9 }, [message(9, null)]);
    expect(batch.intent).toMatchObject({ first: 0, count: 0, from: 9, to: 10 });
    expect(batch.deadLetters).toEqual([]);
  });

  it('ends before a record that was appended in another month', () => {
    const midnightUs = Date.UTC(2026, 9, 1) * 1000;
    const months = records.map((record, index) => {
      const appendTimeUs = midnightUs + (index < 25 ? -1 : 0);
      return { ...record, facts: { ...record.facts, appendTimeUs } };
    });
    expect(sealed(months).intent).toMatchObject({ count: 25, to: 25 });
  });
});

function sealed(batch: readonly AuditRecord[]): SealedBatch {
  return sealMessages(start, messagesOf(batch));
}

function sealMessages(from: SealStart, messages: readonly LogMessage[]): SealedBatch {
  const read = messages.map((one) => understand(one, readRecord));
  const keys = homesOf(read).map(() => TRACE_KEY);
  return seal(from, read, keys);
}

function leafBytes(batch: SealedBatch): Buffer {
  return batch.blocks.leaves.bytes();
}

function messagesOf(batch: readonly AuditRecord[]): readonly LogMessage[] {
  return batch.map((record, offset) => message(offset, encodeAuditRecord(record)));
}

function message(offset: number, value: Uint8Array | null): LogMessage {
  return {
    topic: topics.records,
    partition: 0,
    key: null,
    headers: {},
    value,
    offset,
    appendTimeMs: 5,
  };
}
