import { describe, expect, it } from 'vitest';
import { decodeTraces } from '../../../otlp/decode-traces.ts';
import { OtlpError } from '../../../otlp/errors.ts';
import { tracesJsonToProtobuf } from '../../../otlp/json-to-protobuf.ts';
import { rewriteTraces } from '../../../otlp/rewrite-traces.ts';
import { createRedactor } from '../../../redaction/redactor.ts';
import { limits } from '../../../schemas/limits.ts';
import { encodeTraces, readTraces, text } from './otlp-messages.ts';

const keys = {
  principal: Buffer.alloc(32, 1),
  session: Buffer.alloc(32, 2),
  token: Buffer.alloc(32, 3),
};
const options = { partitions: 4, redactor: createRedactor({ tenant: 'default', keys }), limits };

// Found wherever they stand, whatever a mutation does to the bytes around them.
const CARD = '5555555555554444';
const SECRET = `ghp_${'c4n4ry'.repeat(6)}`;
// Found by the key beside them, which a mutation may break.
const PERSON = 'canary.person@example.com';
const SESSION = 'canary-session-0123456789';
const EVERYWHERE = `pay ${CARD} with ${SECRET} as userId=${PERSON},x=1 mcp-session-id: ${SESSION}`;

/** Numerical Recipes' linear congruential generator: the same cases on every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Random = (below: number) => number;

describe('rewriteTraces under hostile input', { timeout: 60_000 }, () => {
  const valid = Array.from({ length: 24 }, (_, at) => encodeTraces(planted(seeded(at + 1))));

  it('hides every canary of a valid request, wherever it stands', () => {
    for (const bytes of valid)
      expect(leaks(accepted(bytes), [CARD, SECRET, PERSON, SESSION])).toEqual([]);
  });

  it('survives 2,500 truncations', () => {
    const random = seeded(100);
    for (let count = 0; count < 2_500; count += 1) {
      const bytes = pick(valid, random);
      hold(bytes.subarray(0, random(bytes.length)));
    }
  });

  it('survives 4,000 requests with broken bytes', () => {
    const random = seeded(200);
    for (let count = 0; count < 4_000; count += 1) hold(mutated(pick(valid, random), random));
  });

  it('survives 2,000 requests of random bytes', () => {
    const random = seeded(300);
    for (let count = 0; count < 2_000; count += 1) {
      const bytes = Buffer.from(Array.from({ length: random(400) }, () => random(256)));
      // Half of them begin as a request does, or nothing but the first tag would be tried.
      if (count % 2 === 0)
        bytes.fill(
          Buffer.of(0x0a, random(128), 0x12, random(128), 0x12),
          0,
          Math.min(5, bytes.length),
        );
      hold(bytes);
    }
  });

  it('survives 1,500 well-formed requests of odd content', () => {
    const random = seeded(400);
    for (let count = 0; count < 1_500; count += 1) hold(encodeTraces(odd(random)));
  });

  it('survives 1,500 broken JSON requests', () => {
    const random = seeded(500);
    // What protobufjs reads is OTLP/JSON already: ids in hex, 64-bit integers as text.
    const json = valid.map((bytes) => Buffer.from(JSON.stringify(readTraces(bytes))));
    for (let count = 0; count < 1_500; count += 1) {
      const bytes = mutated(pick(json, random), random);
      const converted = orOtlpError(() => tracesJsonToProtobuf(bytes));
      if (converted) hold(converted);
    }
  });

  it('keeps its memory while it does so', () => {
    const before = process.memoryUsage();
    const random = seeded(600);
    for (let count = 0; count < 2_000; count += 1) hold(mutated(pick(valid, random), random));
    const after = process.memoryUsage();
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(
      200 * 2 ** 20,
    );
  });
});

/** What must hold for any bytes: an OtlpError, or parts that read again, small, and without a canary. */
function hold(bytes: Buffer | Uint8Array): void {
  const parts = orOtlpError(() => accepted(bytes));
  if (!parts) return;
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  if (total > 16 * bytes.length + 65_536) throw new Error(`${bytes.length} bytes became ${total}`);
  const found = leaks(parts, [CARD, SECRET]);
  if (found.length > 0) {
    const out = Buffer.concat(parts);
    const at = out.indexOf(found[0] ?? '');
    const around = out.toString('latin1', Math.max(0, at - 40), at + 40);
    throw new Error(`leaked ${found.join()}: ${JSON.stringify(around)}`);
  }
}

function accepted(bytes: Uint8Array): readonly Uint8Array[] {
  const result = rewriteTraces(bytes, options);
  const spans = result.parts.map((part) => {
    const decoded = decodeTraces(part.bytes);
    readTraces(part.bytes);
    if (decoded.length !== part.items) throw new Error('a part holds another number of spans');
    return decoded.length;
  });
  if (spans.reduce((sum, count) => sum + count, 0) !== result.accepted)
    throw new Error('a span is lost');
  return result.parts.map((part) => part.bytes);
}

function orOtlpError<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof OtlpError) return undefined;
    throw error;
  }
}

function leaks(parts: readonly Uint8Array[], canaries: readonly string[]): readonly string[] {
  const bytes = Buffer.concat(parts);
  return canaries.filter((canary) => {
    if (!bytes.includes(canary)) return false;
    // A broken byte may have made the card's digits a part of a longer number, which is no card.
    return canary !== CARD || /(?<!\d)5555555555554444(?!\d)/.test(bytes.toString('latin1'));
  });
}

function mutated(source: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(source);
  for (let count = 1 + random(4); count > 0; count -= 1) {
    const at = random(bytes.length);
    switch (random(6)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(8))]);
        break;
      case 3:
        // A varint without an end, or a length beyond everything.
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.alloc(1 + random(12), 0xff),
          bytes.subarray(at),
        ]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random(at + 1))]);
        break;
      default:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.of(0xc3, 0x28, 0xed, 0xa0, 0x80),
          bytes.subarray(at),
        ]);
    }
  }
  return bytes;
}

function pick<T>(from: readonly T[], random: Random): T {
  const picked = from[random(from.length)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}

function id(bytes: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length: bytes }, () => 1 + random(255)));
}

/** A request with a canary in every place that has room for a text. */
function planted(random: Random): object {
  const attributes = [
    text('plain', EVERYWHERE),
    text(EVERYWHERE, 'value'),
    text('user.email', PERSON),
    text('mcp.session.id', SESSION),
    text(
      'json',
      JSON.stringify({
        a: { 'user.id': PERSON, inner: JSON.stringify({ mcp_session_id: SESSION, pan: CARD }) },
      }),
    ),
    { key: 'number', value: { intValue: CARD } },
    { key: 'user.id', value: { arrayValue: { values: [{ stringValue: PERSON }] } } },
    { key: 'nested', value: nested(EVERYWHERE, random(20)) },
    { key: 'bytes', value: { bytesValue: Buffer.from(EVERYWHERE) } },
    text('waybill.receipts', EVERYWHERE),
  ];
  const span = (): object => ({
    traceId: id(16, random),
    spanId: id(8, random),
    parentSpanId: random(2) === 0 ? id(8, random) : Buffer.alloc(0),
    traceState: EVERYWHERE,
    name: EVERYWHERE,
    kind: random(6),
    startTimeUnixNano: String(random(2 ** 31)),
    attributes,
    events: [{ name: EVERYWHERE, attributes }],
    links: [{ traceId: id(16, random), spanId: id(8, random), traceState: EVERYWHERE, attributes }],
    status: { message: EVERYWHERE, code: random(3) },
    later: EVERYWHERE,
  });
  const scope = { name: EVERYWHERE, version: EVERYWHERE, attributes };
  const scopeSpans = { scope, spans: [span(), span()], schemaUrl: EVERYWHERE };
  return {
    resourceSpans: [
      {
        resource: { attributes },
        scopeSpans: [scopeSpans],
        schemaUrl: EVERYWHERE,
        later: EVERYWHERE,
      },
    ],
  };
}

function nested(value: string, depth: number): object {
  if (depth === 0) return { stringValue: value };
  const inner = nested(value, depth - 1);
  return depth % 2 === 0
    ? { arrayValue: { values: [inner, inner].slice(0, depth > 6 ? 1 : 2) } }
    : { kvlistValue: { values: [{ key: `k${depth}`, value: inner }] } };
}

/** Right on the wire, wrong in what it says: ids of any length, zero or repeated, odd times, deep or long values. */
function odd(random: Random): object {
  const traceId = pick(
    [id(16, random), Buffer.alloc(16), id(random(40), random), Buffer.from(SECRET)],
    random,
  );
  const spans = Array.from({ length: random(4) }, () => ({
    traceId,
    spanId: pick(
      [id(8, random), Buffer.alloc(8), id(random(20), random), Buffer.from(SECRET)],
      random,
    ),
    parentSpanId: pick([Buffer.alloc(8), Buffer.from(SECRET), Buffer.alloc(0)], random),
    startTimeUnixNano: pick(['0', '18446744073709551615', '1'], random),
    endTimeUnixNano: pick(['0', '18446744073709551615', '1'], random),
    name: pick(
      ['', EVERYWHERE, '\u0000'.repeat(random(99)), `${EVERYWHERE} `.repeat(random(400))],
      random,
    ),
    kind: random(100) - 50,
    attributes: Array.from({ length: random(6) }, () => ({
      key: pick(['', 'password', 'waybill.', EVERYWHERE, 'k'.repeat(random(300))], random),
      value: pick(
        [
          {},
          { stringValue: EVERYWHERE },
          nested(EVERYWHERE, random(36)),
          { doubleValue: Number.NaN },
          { intValue: CARD },
        ],
        random,
      ),
    })),
    links: [
      { traceId: Buffer.from(SECRET), spanId: Buffer.from(CARD), traceState: EVERYWHERE },
    ].slice(random(2)),
    droppedAttributesCount: random(2 ** 31),
  }));
  return { resourceSpans: [{ scopeSpans: [{ spans }, {}] }, {}] };
}
