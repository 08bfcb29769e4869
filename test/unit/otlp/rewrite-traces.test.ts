import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTraces } from '../../../otlp/decode-traces.ts';
import { OtlpError } from '../../../otlp/errors.ts';
import { rewriteTraces } from '../../../otlp/rewrite-traces.ts';
import type { Span } from '../../../otlp/span.ts';
import { createRedactor } from '../../../redaction/redactor.ts';
import { limits } from '../../../schemas/limits.ts';
import { partitionOfKey } from '../../../schemas/partition.ts';
import type { Redactor } from '../../../schemas/redactor.ts';
import { encodeTraces, readTraces, request, span, text, TRACE_ID } from './otlp-messages.ts';

const keys = {
  principal: Buffer.alloc(32, 1),
  session: Buffer.alloc(32, 2),
  token: Buffer.alloc(32, 3),
};
const redactor = createRedactor({ tenant: 'default', keys });
const options = { partitions: 4, redactor, limits };
const CARD = '4111 1111 1111 1111';

function rewritten(message: object, over: object = {}): readonly Span[] {
  const { parts } = rewriteTraces(encodeTraces(message), { ...options, ...over });
  return parts.flatMap(({ bytes }) => decodeTraces(bytes));
}

function receiptsOf(spanOut: Span | undefined): readonly unknown[] {
  const value = spanOut?.attributes.get('waybill.receipts');
  return typeof value === 'string' ? (JSON.parse(value) as unknown[]) : [];
}

describe('rewriteTraces', () => {
  it('passes a clean request of one partition on as the bytes it came in', () => {
    const bytes = encodeTraces(request([span(), span({}, TRACE_ID, '1111111111111111')]));
    const { parts, accepted, rejected } = rewriteTraces(bytes, options);
    const partition = partitionOfKey(Buffer.from(TRACE_ID), 4);
    expect(parts).toEqual([{ partition, key: TRACE_ID, bytes, items: 2 }]);
    expect(parts[0]?.bytes.buffer).toBe(bytes.buffer);
    expect({ accepted, rejected }).toEqual({ accepted: 2, rejected: [] });
  });

  it('splits a request by the partition of each trace and loses no span', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 0xffff }), { minLength: 1 }), (traces) => {
        const ids = traces.map((trace) => trace.toString(16).padStart(32, 'a'));
        const message = request(ids.map((id, at) => span({ name: `n${at}` }, id)));
        const { parts, accepted } = rewriteTraces(encodeTraces(message), options);
        const names = parts.flatMap(({ partition, bytes, items, key }) => {
          const decoded = decodeTraces(bytes);
          expect(decoded).toHaveLength(items);
          const traceIds = new Set(decoded.map((each) => each.traceId));
          expect(key).toBe(traceIds.size === 1 ? [...traceIds][0] : null);
          for (const each of decoded) {
            expect(partitionOfKey(Buffer.from(each.traceId), 4)).toBe(partition);
            expect(each.resource.get('service.name')).toBe('orders');
            expect(each.scopeName).toBe('test');
          }
          return decoded.map(({ name }) => name);
        });
        expect(accepted).toBe(traces.length);
        expect(names.toSorted()).toEqual(traces.map((_, at) => `n${at}`).toSorted());
      }),
    );
  });

  it('changes nothing but the values it replaces, as another reader sees it', () => {
    const attributes = [text('a', 'before'), text('pan', `pay ${CARD} now`), text('z', 'after')];
    const message = request([
      span({ attributes, status: { message: 'fine', code: 1 }, flags: 257 }),
    ]);
    const bytes = encodeTraces(message);
    const { parts } = rewriteTraces(bytes, options);
    const expected = JSON.stringify(readTraces(bytes)).replace(CARD, '411111******1111');
    const receipt = [{ rule: 'card', path: 'pan', count: 1, action: 'truncate', class: 'card' }];
    const added = { stringValue: JSON.stringify(receipt) };
    const wanted = JSON.parse(expected) as {
      resourceSpans: [{ scopeSpans: [{ spans: [{ attributes: unknown[] }] }] }];
    };
    wanted.resourceSpans[0].scopeSpans[0].spans[0].attributes.push({
      key: 'waybill.receipts',
      value: added,
    });
    expect(readTraces(parts[0]?.bytes ?? new Uint8Array(0))).toEqual(wanted);
  });

  it('looks at every string that can carry a value', () => {
    const value = `x ${CARD}`;
    const nested = {
      kvlistValue: {
        values: [{ key: value, value: { arrayValue: { values: [{ stringValue: value }] } } }],
      },
    };
    const everywhere = span({
      name: value,
      traceState: value,
      status: { message: value, code: 2 },
      attributes: [
        text('plain', value),
        text(value, 'key'),
        { key: 'nested', value: nested },
        { key: 'bytes', value: { bytesValue: Buffer.from(value) } },
        { key: 'n', value: { intValue: '4111111111111111' } },
        { key: 'd', value: { doubleValue: 4111111111111111 } },
      ],
      events: [{ name: value, attributes: [text('message', value)] }],
      links: [
        {
          traceId: Buffer.from(TRACE_ID, 'hex'),
          spanId: Buffer.alloc(8, 7),
          traceState: value,
          attributes: [text('l', value)],
        },
      ],
      later: value,
    });
    const message = {
      resourceSpans: [
        {
          resource: { attributes: [text('r', value)] },
          scopeSpans: [
            {
              scope: { name: value, version: value, attributes: [text('s', value)] },
              spans: [everywhere],
              schemaUrl: value,
            },
          ],
          schemaUrl: value,
          later: value,
        },
      ],
    };
    const { parts, accepted } = rewriteTraces(encodeTraces(message), options);
    const out = Buffer.concat(parts.map(({ bytes }) => bytes));
    expect(accepted).toBe(1);
    expect(out.includes(CARD)).toBe(false);
    const [decoded] = decodeTraces(out);
    expect(decoded?.attributes.get('n')).toBe('411111******1111');
    expect(decoded?.attributes.get('d')).toBe('411111******1111');
    const paths = receiptsOf(decoded).map((receipt) => (receipt as { path: string }).path);
    expect(paths).toContain('name');
    expect(paths).toContain('status');
    expect(paths).toContain('event:x 411111******1111/message');
    expect(decoded?.resource.get('waybill.receipts')).toContain('scope:version');
  });

  it('treats whatever lies under a sensitive key as that key says', () => {
    const inner = { kvlistValue: { values: [text('scheme', 'plain'), text('value', 'hunter2')] } };
    const attributes = [
      { key: 'http.request.header.authorization', value: { arrayValue: { values: [inner] } } },
      { key: 'user.id', value: { intValue: '4711' } },
      { key: 'pin_password', value: { intValue: '1234' } },
    ];
    const [out] = rewritten(request([span({ attributes })]));
    const hidden = '[REDACTED:authorization]';
    expect(out?.attributes.get('http.request.header.authorization')).toEqual([
      new Map([
        ['scheme', hidden],
        ['value', hidden],
      ]),
    ]);
    expect(out?.attributes.get('user.id')).toMatch(/^p_[0-9a-f]{32}$/);
    expect(out?.attributes.get('pin_password')).toBe('[REDACTED:password]');
  });

  it('removes attributes that only the collector may write', () => {
    const attributes = [
      text('waybill.receipts', '[]'),
      text('Waybill.trust', 'gateway'),
      text('b', 'c'),
    ];
    const [out] = rewritten(request([span({ attributes })], [text('waybill.truncated', '[]')]));
    expect([...(out?.attributes.keys() ?? [])]).toEqual(['b']);
    expect([...(out?.resource.keys() ?? [])]).toEqual(['service.name']);
  });

  it('refuses broken spans one by one, counts why, and keeps the rest', () => {
    const broken = Buffer.from([0x12, 0x03, 0x0a, 0x10, 0x01]);
    const scopeSpans = Buffer.concat([
      ...[span(), span({ traceId: Buffer.alloc(16) }), span({ spanId: Buffer.alloc(7, 1) })].map(
        spanField,
      ),
      spanField(span({ traceId: Buffer.alloc(0) })),
      broken,
    ]);
    const resourceSpans = Buffer.concat([field(0x12, scopeSpans)]);
    const result = rewriteTraces(field(0x0a, resourceSpans), options);
    expect(result.accepted).toBe(1);
    expect(new Map(result.rejected.map(({ reason, count }) => [reason, count]))).toEqual(
      new Map([
        ['bad_trace_id', 2],
        ['bad_span_id', 1],
        ['malformed_span', 1],
      ]),
    );
    expect(result.parts.flatMap(({ bytes }) => decodeTraces(bytes))).toHaveLength(1);
  });

  it('refuses the whole request when the framing around the spans is broken', () => {
    const bytes = encodeTraces(request([span()]));
    for (const cut of [1, 2, 5, 20]) {
      expect(() => rewriteTraces(bytes.subarray(0, bytes.length - cut), options)).toThrow(
        OtlpError,
      );
    }
  });

  it('mends invalid UTF-8 and says so', () => {
    const bytes = encodeTraces(request([span({ name: 'caf?' })]));
    bytes[bytes.indexOf('caf?') + 3] = 0xe9;
    const [out] = rewriteTraces(bytes, options).parts.flatMap((part) => decodeTraces(part.bytes));
    expect(out?.name).toBe('caf\ufffd');
    expect(receiptsOf(out)).toEqual([
      { rule: 'invalid_utf8', path: 'name', count: 1, action: 'mask' },
    ]);
  });

  it('cuts long values on a character, with size and digest', () => {
    const long = 'é'.repeat(40_000);
    const [out] = rewritten(request([span({ attributes: [text('long', long)] })]));
    expect(out?.attributes.get('long')).toBe('é'.repeat(32_768));
    const digest = createHash('sha256').update(long).digest('hex');
    expect(out?.attributes.get('waybill.truncated')).toBe(
      JSON.stringify([{ path: 'long', bytes: 80_000, digest }]),
    );
  });

  it.each([
    ['many long values', Array.from({ length: 40 }, (_, at) => text(`k${at}`, 'v'.repeat(60_000)))],
    ['very many short ones', Array.from({ length: 30_000 }, (_, at) => text(`k${at}`, 'v'))],
    ['one of 10 MB', [text('k', `${CARD} and ${'much more '.repeat(50)}`.repeat(5_000))]],
  ])('brings a span of %s under its limit without refusing it', (_, attributes) => {
    const { parts, accepted } = rewriteTraces(
      encodeTraces(request([span({ attributes })])),
      options,
    );
    expect(accepted).toBe(1);
    const [out] = parts.flatMap(({ bytes }) => decodeTraces(bytes));
    expect(out?.bytes.length).toBeLessThanOrEqual(limits.spanBytesMax);
    expect(out?.bytes.length).toBeGreaterThan(30_000);
    expect(Buffer.from(parts[0]?.bytes ?? []).includes(CARD)).toBe(false);
  });

  it('splits what is more than a message into several', () => {
    const spans = Array.from({ length: 100 }, (_, at) =>
      span(
        { attributes: [text('v', 'x'.repeat(30_000))] },
        TRACE_ID,
        String(at + 1).padStart(16, '0'),
      ),
    );
    const { parts } = rewriteTraces(encodeTraces(request(spans)), options);
    expect(parts.length).toBeGreaterThan(3);
    for (const { bytes } of parts) expect(bytes.length).toBeLessThanOrEqual(limits.messageBytesMax);
    expect(decodeTraces(Buffer.concat(parts.map(({ bytes }) => bytes)))).toHaveLength(100);
  });

  it('drops what nests too deep, with a receipt', () => {
    let value: object = { stringValue: CARD };
    for (let depth = 0; depth < 40; depth += 1) value = { arrayValue: { values: [value] } };
    const [out] = rewritten(request([span({ attributes: [{ key: 'deep', value }] })]));
    expect(JSON.stringify(out?.attributes.get('deep'))).toContain('[DROPPED:too_deep]');
    expect(receiptsOf(out)).toEqual([{ rule: 'too_deep', path: 'deep', count: 1, action: 'drop' }]);
  });

  it('drops a value that the redactor fails on', () => {
    const failing: Redactor = {
      ...redactor,
      redactValue: (key, value, start, end) => {
        if (key === 'bad') throw new Error('engine');
        return redactor.redactValue(key, value, start, end);
      },
    };
    const [out] = rewritten(
      request([span({ attributes: [text('bad', 'secret'), text('good', 'x')] })]),
      { redactor: failing },
    );
    expect(out?.attributes.get('bad')).toBe('[DROPPED:engine_failure]');
    expect(out?.attributes.get('good')).toBe('x');
  });

  it('gives a span the same bytes whoever stands beside it', () => {
    const one = span({ attributes: [text('user.email', 'alice@example.com')] });
    const other = span({ name: 'other' }, 'ffffffffffffffffffffffffffffffff');
    const [alone] = rewritten(request([one]));
    const beside = rewritten(request([other, one])).find(({ traceId }) => traceId === TRACE_ID);
    expect(beside?.bytes).toEqual(alone?.bytes);
  });

  it('keeps the bytes around a reserved key whole that stands under an empty one, its fields twice', () => {
    const value = field(0x12, field(0x0a, Buffer.from('v')));
    const name = field(0x0a, Buffer.from('waybill.x'));
    const inner = Buffer.concat([field(0x0a, Buffer.from('k')), value, value, name]);
    const kvlist = field(0x12, field(0x32, field(0x0a, inner)));
    const attributes = [Buffer.concat([field(0x0a, Buffer.alloc(0)), kvlist])];
    attributes.push(Buffer.concat([field(0x0a, Buffer.from('a')), value]));
    const ids = Buffer.concat([field(0x0a, Buffer.alloc(16, 1)), field(0x12, Buffer.alloc(8, 1))]);
    const spanBytes = Buffer.concat([ids, ...attributes.map((each) => field(0x4a, each))]);
    const { parts } = rewriteTraces(field(0x0a, field(0x12, field(0x12, spanBytes))), options);
    const [out] = parts.flatMap(({ bytes }) => decodeTraces(bytes));
    expect(out?.traceId).toBe('01'.repeat(16));
    expect(out?.attributes.get('a')).toBe('v');
    expect(readTraces(parts[0]?.bytes ?? new Uint8Array(0))).toBeDefined();
  });

  it('keeps the receipts of a resource beside those of its scopes', () => {
    const scopeSpans = [{ scope: { name: CARD }, spans: [span()] }];
    const attributes = [text('r', CARD)];
    const [out] = rewritten({ resourceSpans: [{ resource: { attributes }, scopeSpans }] });
    expect(out?.resource.get('waybill.receipts')).toMatch(/"scope:name".*"resource:r"/);
  });

  it.each([
    ['resources', Buffer.of(0x0a, 0)],
    ['parts of a resource', field(0x0a, Buffer.alloc(16_000, Buffer.of(0x0a, 0)))],
    ['scopes', field(0x0a, Buffer.alloc(16_000, Buffer.of(0x12, 0)))],
  ])('refuses a request of more %s than telemetry has', (_, piece) => {
    const bytes = Buffer.alloc(piece.length * Math.ceil(600_000 / piece.length), piece);
    expect(() => rewriteTraces(bytes, options)).toThrow('OTLP_TOO_MANY_FIELDS');
  });

  it('refuses a span of more fields than telemetry has, and keeps its neighbour', () => {
    const ids = Buffer.concat([field(0x0a, Buffer.alloc(16, 1)), field(0x12, Buffer.alloc(8, 1))]);
    const many = Buffer.alloc(600_000, Buffer.of(0x4a, 0));
    const large = Buffer.concat([Buffer.of(0x12), varint(ids.length + many.length), ids, many]);
    const scopeSpans = Buffer.concat([large, field(0x12, ids)]);
    const inScope = Buffer.concat([Buffer.of(0x12), varint(scopeSpans.length), scopeSpans]);
    const bytes = Buffer.concat([Buffer.of(0x0a), varint(inScope.length), inScope]);
    const { accepted, rejected } = rewriteTraces(bytes, options);
    expect({ accepted, rejected }).toEqual({
      accepted: 1,
      rejected: [{ reason: 'too_many_fields', count: 1 }],
    });
  });

  it('takes time in proportion to what stands under a long key', () => {
    const values = Array.from({ length: 4_000 }, () => text('k', ''));
    const attributes = [{ key: 'k'.repeat(4_000_000), value: { kvlistValue: { values } } }];
    const bytes = encodeTraces(request([span({ attributes })]));
    const start = process.cpuUsage();
    expect(rewriteTraces(bytes, options).accepted).toBe(1);
    const { user, system } = process.cpuUsage(start);
    // Reading the key once for each value would take a minute.
    expect(user + system).toBeLessThan(10_000_000);
  });

  it('takes a value that stands before its key, or beside a second one, for what it is', () => {
    const value = Buffer.concat([Buffer.of(0x0a, 7), Buffer.from('hunter2')]);
    const password = Buffer.concat([Buffer.of(0x0a, 8), Buffer.from('password')]);
    const other = Buffer.concat([Buffer.of(0x0a, 1), Buffer.from('k')]);
    const keyValue = Buffer.concat([field(0x12, value), other, field(0x12, value), password]);
    const ids = Buffer.concat([field(0x0a, Buffer.alloc(16, 1)), field(0x12, Buffer.alloc(8, 1))]);
    const spanBytes = Buffer.concat([ids, field(0x4a, keyValue)]);
    const bytes = field(0x0a, field(0x12, field(0x12, spanBytes)));
    const { parts } = rewriteTraces(bytes, options);
    expect(Buffer.from(parts[0]?.bytes ?? []).includes('hunter2')).toBe(false);
    expect(decodeTraces(parts[0]?.bytes ?? bytes)[0]?.attributes.get('password')).toBe(
      '[REDACTED:password]',
    );
  });
});

function spanField(message: object): Buffer {
  const whole = encodeTraces({ resourceSpans: [{ scopeSpans: [{ spans: [message] }] }] });
  return whole.subarray(4);
}

function varint(value: number): Buffer {
  return Buffer.of((value & 127) | 128, ((value >> 7) & 127) | 128, value >> 14);
}

// Tag, length and body, for bodies below 2^14 bytes.
function field(tag: number, body: Buffer): Buffer {
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
  return Buffer.concat([Buffer.of(tag, ...length), body]);
}
