import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGroupComposer } from '../../../collector/compose-group.ts';
import type { Submission } from '../../../collector/compose-group.ts';
import { createSpanNumbering } from '../../../collector/number-spans.ts';
import { packMessages } from '../../../collector/pack-messages.ts';
import type { ProducedParts } from '../../../collector/pack-messages.ts';
import type { Part } from '../../../otlp/part-builder.ts';
import type { ProducerCredential } from '../../../registry/credentials.ts';

function producerOf(producer: string, tenant = 'acme'): ProducerCredential {
  return { keyId: producer, use: 'producer', sha256: '', tenant, producer, trust: 'gateway' };
}

function part(partition: number, text: string, key: string | null = null): Part {
  return { partition, key, bytes: Buffer.from(text), items: 1 };
}

const app = producerOf('app');

const packed = (produced: readonly ProducedParts[], bytesMax: number) =>
  packMessages(produced, bytesMax, createSpanNumbering().startGroup());

describe('packing', () => {
  it('puts what one producer sent for one partition into one message', () => {
    const messages = packed(
      [
        { producer: app, signal: 'traces', parts: [part(0, 'a'), part(1, 'b')] },
        { producer: app, signal: 'traces', parts: [part(0, 'c')] },
      ],
      1000,
    );
    expect(messages.map(({ partition, value }) => [partition, String(value)])).toEqual([
      [0, 'ac'],
      [1, 'b'],
    ]);
    expect(messages[0]).toMatchObject({
      topic: 'waybill.spans.v1',
      key: null,
      headers: { tenant: 'acme', producer: 'app', trust: 'gateway', kind: 'spans', spans: '2' },
    });
  });

  it('puts log records beside the spans of their partition, in messages of their own', () => {
    const parts = [part(2, 'a')];
    const messages = packed(
      [
        { producer: app, signal: 'traces', parts },
        { producer: app, signal: 'logs', parts },
      ],
      1000,
    );
    expect(messages).toMatchObject([
      { topic: 'waybill.spans.v1', partition: 2, headers: { kind: 'spans' } },
      { topic: 'waybill.spans.v1', partition: 2, headers: { kind: 'logs' } },
    ]);
  });

  it('gives a message of one trace its trace id as key', () => {
    const parts = [
      part(0, 'a', 'f'.repeat(32)),
      part(0, 'b', 'f'.repeat(32)),
      part(1, 'c', '0'.repeat(32)),
    ];
    const keys = packed([{ producer: app, signal: 'traces', parts }], 1000).map(({ key }) => key);
    expect(keys).toEqual(['f'.repeat(32), '0'.repeat(32)]);
    const mixed = [part(0, 'a', 'f'.repeat(32)), part(0, 'b', '0'.repeat(32))];
    expect(packed([{ producer: app, signal: 'traces', parts: mixed }], 1000)[0]?.key).toBeNull();
  });

  it('never mixes producers or tenants, keeps every span, the order and the limit', () => {
    const produced = fc.array(
      fc.record({
        producer: fc.constantFrom(app, producerOf('gate'), producerOf('app', 'other')),
        parts: fc.array(
          fc.record({ partition: fc.nat(3), size: fc.integer({ min: 1, max: 20 }) }),
          { maxLength: 6 },
        ),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(produced, (requests) => {
        let next = 0;
        const named = requests.map(({ producer, parts }) => ({
          producer,
          signal: 'traces' as const,
          parts: parts.map(({ partition, size }) => {
            next += 1;
            return part(partition, `${next},`.padStart(size, ' '));
          }),
        }));
        const messages = packed(named, 20);
        for (const { tenant, producer } of [app, producerOf('gate'), producerOf('app', 'other')]) {
          for (let partition = 0; partition < 4; partition += 1) {
            const sent = named
              .filter(
                (request) =>
                  request.producer.tenant === tenant && request.producer.producer === producer,
              )
              .flatMap(({ parts }) => parts.filter((one) => one.partition === partition))
              .map(({ bytes }) => String(bytes))
              .join('');
            const got = messages
              .filter(
                ({ headers }) => headers['tenant'] === tenant && headers['producer'] === producer,
              )
              .filter((message) => message.partition === partition)
              .map(({ value }) => String(value))
              .join('');
            expect(got).toBe(sent);
          }
        }
        const spans = messages.reduce((sum, { headers }) => sum + Number(headers['spans']), 0);
        expect(spans).toBe(next);
        expect(messages.every(({ value }) => (value?.length ?? 0) <= 20)).toBe(true);
      }),
    );
  });
});

describe('composing a group', () => {
  const composer = (directoryCacheMax = 10) => {
    const compose = createGroupComposer({
      announce: () => ({ messages: [], committed: () => undefined }),
      messageBytesMax: 1000,
      directoryCacheMax,
      sealName: (tenant, { principalId }) => Buffer.from(`sealed for ${tenant}: ${principalId}`),
    });
    const lane = createSpanNumbering();
    return (submissions: readonly Submission[]) => compose(submissions, lane);
  };
  const seen = (...ids: string[]): Submission => ({
    producer: app,
    signal: 'traces',
    parts: [],
    principals: ids.map((id) => ({ principalId: id, name: `name of ${id}`, key: 'user.email' })),
    rejected: [],
    requestBytes: 1,
  });

  it('writes a principal once, and again only while no append has taken it', () => {
    const compose = composer();
    const first = compose([seen('p_1', 'p_1'), seen('p_1')]);
    expect(first.messages).toHaveLength(1);
    expect(first.messages[0]).toMatchObject({ topic: 'waybill.directory.v1', key: 'acme/p_1' });
    expect(compose([seen('p_1')]).messages).toHaveLength(1);
    first.committed();
    expect(compose([seen('p_1')]).messages).toEqual([]);
  });

  it('never puts a name into a message in the clear', () => {
    const { messages } = composer()([seen('p_1')]);
    expect(JSON.stringify(messages) + String(messages[0]?.value)).not.toContain('name of');
  });

  it('remembers a bounded number of principals', () => {
    const compose = composer(2);
    compose([seen('p_1', 'p_2', 'p_3')]).committed();
    expect(compose([seen('p_1', 'p_2', 'p_3')]).messages.map(({ key }) => key)).toEqual([
      'acme/p_1',
    ]);
  });

  it('tells of refused spans with size, count and reason only', () => {
    const refused = {
      ...seen(),
      rejected: [{ reason: 'trace_id_zero', count: 2 }],
      requestBytes: 77,
    };
    const [message] = composer()([refused]).messages;
    expect(message).toMatchObject({
      topic: 'waybill.dead-letters.v1',
      headers: { tenant: 'acme', producer: 'app' },
    });
    expect(JSON.parse(String(message?.value))).toEqual({
      stage: 'collector',
      requestBytes: 77,
      rejected: [{ reason: 'trace_id_zero', count: 2 }],
    });
  });
});
