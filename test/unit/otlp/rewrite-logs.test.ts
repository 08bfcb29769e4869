import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLogs } from '../../../otlp/decode-logs.ts';
import { OtlpError } from '../../../otlp/errors.ts';
import type { LogRecord } from '../../../otlp/log-record.ts';
import { rewriteLogs } from '../../../otlp/rewrite-logs.ts';
import { sessionHash } from '../../../redaction/principal.ts';
import { createRedactor } from '../../../redaction/redactor.ts';
import { limits } from '../../../schemas/limits.ts';
import { partitionOfKey } from '../../../schemas/partition.ts';
import { encodeLogs, logsRequest, readLogs, SPAN_ID, text, TRACE_ID } from './otlp-messages.ts';

const keys = {
  principal: Buffer.alloc(32, 1),
  session: Buffer.alloc(32, 2),
  token: Buffer.alloc(32, 3),
};
const redactor = createRedactor({ tenant: 'default', keys });
const options = { partitions: 4, redactor, limits };
const CARD = '4111 1111 1111 1111';
const inTrace = { traceId: Buffer.from(TRACE_ID, 'hex'), spanId: Buffer.from(SPAN_ID, 'hex') };

function rewritten(logs: readonly object[], over: object = {}): readonly LogRecord[] {
  const { parts } = rewriteLogs(encodeLogs(logsRequest(logs)), { ...options, ...over });
  return parts.flatMap(({ bytes }) => decodeLogs(bytes));
}

describe('rewriteLogs', () => {
  it('passes a clean request of one partition on as the bytes it came in', () => {
    const bytes = encodeLogs(logsRequest([{ ...inTrace, body: { stringValue: 'started' } }]));
    const { parts, accepted } = rewriteLogs(bytes, options);
    const partition = partitionOfKey(Buffer.from(TRACE_ID), 4);
    expect(parts).toEqual([{ partition, key: TRACE_ID, bytes, items: 1 }]);
    expect(parts[0]?.bytes.buffer).toBe(bytes.buffer);
    expect(accepted).toBe(1);
  });

  it('lays records beside the spans of their trace, or by their session, or all in one place', () => {
    const session = sessionHash(keys.session, 'abc-1');
    const attributes = [text('session.id', 'abc-1')];
    const { parts } = rewriteLogs(
      encodeLogs(
        logsRequest([
          { ...inTrace, body: { stringValue: 'one' } },
          { attributes, body: { stringValue: 'two' } },
          { traceId: Buffer.alloc(16), attributes, body: { stringValue: 'three' } },
          { body: { stringValue: 'four' } },
          { attributes: [text('session.id', `s_${'0'.repeat(31)}`)], eventName: 'five' },
        ]),
      ),
      { ...options, partitions: 64 },
    );
    const placed = new Map(
      parts.flatMap(({ partition, key, bytes }) =>
        decodeLogs(bytes).map(({ body, eventName }) => [body ?? eventName, { partition, key }]),
      ),
    );
    const at = (key: string) => partitionOfKey(Buffer.from(key), 64);
    expect(placed.get('one')).toEqual({ partition: at(TRACE_ID), key: TRACE_ID });
    expect(placed.get('two')).toEqual({ partition: at(session), key: session });
    expect(placed.get('three')).toEqual({ partition: at(session), key: session });
    expect(placed.get('four')).toEqual({ partition: at(''), key: null });
    const guessed = sessionHash(keys.session, `s_${'0'.repeat(31)}`);
    expect(placed.get('five')).toEqual({ partition: at(guessed), key: guessed });
  });

  it('looks at every string that can carry a value', () => {
    const value = `x ${CARD}`;
    const body = {
      kvlistValue: {
        values: [
          text(value, value),
          text('password', 'hunter2-canary'),
          { key: 'n', value: { intValue: '4111111111111111' } },
          { key: 'list', value: { arrayValue: { values: [{ bytesValue: Buffer.from(value) }] } } },
        ],
      },
    };
    const log = {
      ...inTrace,
      body,
      severityText: value,
      eventName: value,
      attributes: [text('plain', value), text(value, 'key')],
      later: value,
    };
    const message = {
      resourceLogs: [
        {
          resource: { attributes: [text('r', value)] },
          scopeLogs: [
            { scope: { name: value, version: value }, logRecords: [log], schemaUrl: value },
          ],
          schemaUrl: value,
        },
      ],
    };
    const { parts, accepted } = rewriteLogs(encodeLogs(message), options);
    const out = Buffer.concat(parts.map(({ bytes }) => bytes));
    expect(accepted).toBe(1);
    for (const canary of [CARD, 'hunter2-canary', '4111111111111111']) {
      expect(out.includes(canary)).toBe(false);
    }
    const [decoded] = decodeLogs(out);
    const receipts = decoded?.attributes.get('waybill.receipts');
    for (const path of ['severity', 'event_name', 'body.password', 'body.n', 'plain']) {
      expect(receipts).toContain(`"path":"${path}"`);
    }
    expect(decoded?.resource.get('waybill.receipts')).toContain('scope:version');
  });

  it('replaces a body that is one text, and changes nothing else, as another reader sees it', () => {
    const bytes = encodeLogs(
      logsRequest([
        {
          ...inTrace,
          timeUnixNano: '1732170658123456789',
          observedTimeUnixNano: '1732170658123456790',
          severityNumber: 9,
          severityText: 'INFO',
          body: { stringValue: `paid with ${CARD}` },
          flags: 1,
          eventName: 'paid',
        },
      ]),
    );
    const { parts } = rewriteLogs(bytes, options);
    const wanted = JSON.parse(
      JSON.stringify(readLogs(bytes)).replace(CARD, '411111******1111'),
    ) as { resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes: unknown[] }] }] }] };
    const receipt = [{ rule: 'card', path: 'body', count: 1, action: 'truncate', class: 'card' }];
    wanted.resourceLogs[0].scopeLogs[0].logRecords[0].attributes.push({
      key: 'waybill.receipts',
      value: { stringValue: JSON.stringify(receipt) },
    });
    expect(readLogs(parts[0]?.bytes ?? new Uint8Array(0))).toEqual(wanted);
  });

  it('drops an id that is none and keeps the record', () => {
    const [out] = rewritten([{ traceId: Buffer.from('4111111111111111x'), spanId: Buffer.of(1) }]);
    expect(out).toMatchObject({ traceId: '', spanId: '' });
    expect(out?.attributes.get('waybill.receipts')).toContain('bad_id');
  });

  it('cuts a body that is too long, after redaction, and says so', () => {
    const body = { stringValue: `${CARD} ${'x'.repeat(limits.spanBytesMax)}` };
    const [out] = rewritten([{ ...inTrace, body }]);
    expect(out?.bytes.length).toBeLessThanOrEqual(limits.spanBytesMax);
    expect(out?.body).toMatch(/^411111\*{6}1111 xxx/);
    expect(out?.attributes.get('waybill.truncated')).toContain('"path":"body"');
  });

  it('drops a body that the redactor throws on', () => {
    const failing = {
      ...redactor,
      redactValue: () => {
        throw new Error('broken');
      },
    };
    const [out] = rewritten([{ ...inTrace, body: { stringValue: CARD } }], { redactor: failing });
    expect(out?.body).toBe('[DROPPED:engine_failure]');
  });

  it('refuses a broken record alone, and the request when its frame is broken', () => {
    const good = encodeLogs(logsRequest([{ ...inTrace, body: { stringValue: 'fine' } }]));
    const broken = Buffer.from([0x0a, 0x05, 0x12, 0x03, 0x12, 0x01, 0x2a]);
    const { accepted, rejected } = rewriteLogs(Buffer.concat([good, broken]), options);
    expect({ accepted, rejected }).toEqual({
      accepted: 1,
      rejected: [{ reason: 'malformed_log', count: 1 }],
    });
    expect(() => rewriteLogs(good.subarray(0, good.length - 1), options)).toThrow(OtlpError);
  });

  it('throws nothing but its own error, and leaves no card, whatever bytes come', () => {
    const valid = encodeLogs(
      logsRequest([{ ...inTrace, body: { stringValue: CARD }, attributes: [text('a', CARD)] }]),
    );
    const place = fc.record({ at: fc.nat(valid.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 4 }), (places) => {
        const bytes = Buffer.from(valid);
        for (const { at, byte } of places) bytes[at] = byte;
        try {
          for (const { bytes: part, items } of rewriteLogs(bytes, options).parts) {
            expect(decodeLogs(part)).toHaveLength(items);
            expect(Buffer.from(part).includes(CARD)).toBe(false);
          }
        } catch (error) {
          if (!(error instanceof OtlpError)) throw error;
        }
      }),
      { numRuns: 2000, seed: 5 },
    );
  });
});
