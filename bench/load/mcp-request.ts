import { seededRandom } from './seeded-random.ts';

/** An OTLP request whose ids, times and users can be made fresh in place, so that a load costs its sender little. */
export type RequestTemplate = {
  readonly bytes: Buffer;
  readonly spans: number;
  /** Overwrites trace ids, span ids, times, session, user and arguments with the next values of the seed. */
  refresh(nowMs: number): void;
};

/**
 * An `ExportTraceServiceRequest` of MCP tool calls as the standard writes them: three spans a call (client, gateway, server)
 * linked by parents, about 850 bytes a span. With fewer than three spans it holds the outermost hops of one call.
 * `hops` chooses which of the three views it holds: two templates of one seed with different hops send one call in two parts.
 */
export function createRequestTemplate(
  spans: number,
  seed: number,
  hops: readonly number[] = [0, 1, 2],
): RequestTemplate {
  const { bytes: encoded, marks } = encodedRequest(spans, hops);
  const bytes = Buffer.from(encoded);
  const random = seededRandom(seed);
  const template = {
    bytes,
    spans,
    refresh: (nowMs: number) => refresh(bytes, marks, random, nowMs),
  };
  template.refresh(1_790_000_000_000);
  return template;
}

type EncodedRequest = { readonly bytes: Buffer; readonly marks: readonly Mark[] };

/** Encoded once for each shape: many connections ask for the same. */
const encodedRequests = new Map<string, EncodedRequest>();

function encodedRequest(spans: number, hops: readonly number[]): EncodedRequest {
  const shape = `${spans} of ${hops.join()}`;
  const known = encodedRequests.get(shape);
  if (known) return known;
  const marks: Mark[] = [];
  const made = { bytes: encodeRequest(spans, marks, hops), marks };
  encodedRequests.set(shape, made);
  return made;
}

type MarkKind = 'trace' | 'span' | 'parent' | 'start' | 'end' | 'user' | 'session' | 'order';
type Mark = { readonly kind: MarkKind; readonly call: number; readonly hop: number; at: number };

const HOPS = ['client', 'gateway', 'server'] as const;
const HOP_KINDS = [3, 2, 2] as const;
const CALL_MS = 120;
/** Each has one session: calls share sessions as they share users. */
const USERS = 5000;

function refresh(bytes: Buffer, marks: readonly Mark[], random: () => number, nowMs: number): void {
  const now = BigInt(nowMs) * 1_000_000n;
  const nowNs: Nanoseconds = {
    high: Number(now >> 32n),
    low: Number(now & 0xffffffffn),
  };
  let call = -1;
  const ids = new Uint32Array(IDS);
  for (const mark of marks) {
    if (mark.call !== call) {
      call = mark.call;
      for (let at = 0; at < IDS; at += 1) ids[at] = random();
    }
    overwrite(bytes, mark, ids, nowNs);
  }
}

/** Two halves of a 64-bit number: a big integer for every span would cost the sender more than the rest. */
type Nanoseconds = { readonly high: number; readonly low: number };

const IDS = 8;

function overwrite(bytes: Buffer, mark: Mark, ids: Uint32Array, nowNs: Nanoseconds): void {
  const word = (at: number): number => ids[at] ?? 1;
  switch (mark.kind) {
    case 'trace':
      for (let at = 0; at < 4; at += 1) bytes.writeUInt32LE(word(at), mark.at + 4 * at);
      return;
    case 'span':
    case 'parent': {
      const hop = mark.kind === 'span' ? mark.hop : mark.hop - 1;
      bytes.writeUInt32LE(word(4), mark.at);
      bytes.writeUInt32LE(((word(5) & 0xffffff00) | (hop + 1)) >>> 0, mark.at + 4);
      return;
    }
    case 'start':
    case 'end': {
      const insetMs = mark.kind === 'start' ? mark.hop - CALL_MS : -mark.hop;
      const low = nowNs.low + insetMs * 1_000_000;
      bytes.writeUInt32LE(low >>> 0, mark.at);
      bytes.writeUInt32LE(nowNs.high + Math.floor(low / 2 ** 32), mark.at + 4);
      return;
    }
    case 'user':
      bytes.write(String(word(6) % USERS).padStart(4, '0'), mark.at, 'latin1');
      return;
    case 'session':
      bytes.write(String(word(6) % USERS).padStart(8, '0'), mark.at, 'latin1');
      return;
    case 'order':
      bytes.write(String(word(7) % 1_000_000).padStart(6, '0'), mark.at, 'latin1');
  }
}

function encodeRequest(spans: number, marks: Mark[], hops: readonly number[]): Buffer {
  const encoded = Array.from({ length: spans }, (_, at) =>
    message(2, encodeSpan(Math.floor(at / hops.length), hops[at % hops.length] ?? 0)),
  );
  const scope = message(1, [text(1, 'waybill-load'), text(2, '1.0.0')]);
  const scopeSpans = message(2, [scope, ...encoded]);
  return flatten(message(1, [encodeResource(), scopeSpans]), marks);
}

function encodeResource(): Piece {
  return message(1, [
    attribute(1, 'service.name', 'claims-assistant'),
    attribute(1, 'service.version', '2026.11.3'),
    attribute(1, 'deployment.environment.name', 'production'),
    attribute(1, 'telemetry.sdk.language', 'python'),
  ]);
}

function encodeSpan(call: number, hop: number): readonly Piece[] {
  const marked = (kind: MarkKind, length: number): Piece => ({
    kind: 'bytes',
    bytes: Buffer.alloc(length),
    marks: [{ kind, call, hop, at: 0 }],
  });
  return [
    message(1, [marked('trace', 16)]),
    message(2, [marked('span', 8)]),
    ...(hop === 0 ? [] : [message(4, [marked('parent', 8)])]),
    text(5, 'tools/call lookup_order'),
    varintField(6, HOP_KINDS[hop] ?? 1),
    fixed64Field(7, marked('start', 8)),
    fixed64Field(8, marked('end', 8)),
    ...spanAttributes(call, hop),
    message(15, [varintField(3, 1)]),
  ];
}

function spanAttributes(call: number, hop: number): readonly Piece[] {
  const here = (kind: MarkKind, before: string, blank: string, after: string): Piece =>
    markedText(before, { kind, call, hop, at: 0 }, blank, after);
  return [
    attribute(9, 'mcp.method.name', 'tools/call'),
    attribute(9, 'mcp.protocol.version', '2025-11-25'),
    attribute(9, 'gen_ai.operation.name', 'execute_tool'),
    attribute(9, 'gen_ai.tool.name', 'lookup_order'),
    attribute(9, 'jsonrpc.request.id', String(17 + call)),
    attribute(9, 'network.transport', 'tcp'),
    attribute(9, 'network.protocol.name', 'http'),
    attribute(9, 'server.address', `orders-${HOPS[hop] ?? ''}.internal.example.com`),
    attribute(9, 'gen_ai.agent.name', 'claims-triage'),
    attribute(9, 'gen_ai.conversation.id', 'conv-2026-11-20-customer-service-eu'),
    attribute(9, 'client.address', '10.42.17.203'),
    attributeOf(9, 'user.email', here('user', 'person.', '0000', '@example.com')),
    attributeOf(
      9,
      'mcp.session.id',
      here('session', '6f1d9c02-77aa-4b0e-9d5e-', '00000000', 'a1b2'),
    ),
    attributeOf(
      9,
      'gen_ai.tool.call.arguments',
      here('order', '{"order_id":"SO-', '000000', ARGUMENTS_REST),
    ),
  ];
}

const ARGUMENTS_REST =
  '","fields":["status","carrier","promised_on","lines"],"reason":"customer asks where the parcel is; ' +
  'the promised day was yesterday and the carrier shows no scan"}';

type Piece =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly marks: readonly Mark[] }
  | { readonly kind: 'message'; readonly field: number; readonly pieces: readonly Piece[] };

function message(field: number, pieces: readonly Piece[]): Piece {
  return { kind: 'message', field, pieces };
}

function plain(bytes: Uint8Array): Piece {
  return { kind: 'bytes', bytes: Buffer.from(bytes), marks: [] };
}

function text(field: number, value: string): Piece {
  return message(field, [plain(Buffer.from(value))]);
}

function markedText(before: string, mark: Mark, blank: string, after: string): Piece {
  const bytes = Buffer.from(before + blank + after);
  return { kind: 'bytes', bytes, marks: [{ ...mark, at: before.length }] };
}

function attribute(field: number, key: string, value: string): Piece {
  return attributeOf(field, key, plain(Buffer.from(value)));
}

function attributeOf(field: number, key: string, value: Piece): Piece {
  return message(field, [text(1, key), message(2, [message(1, [value])])]);
}

function varintField(field: number, value: number): Piece {
  return plain(Buffer.concat([varint(field * 8), varint(value)]));
}

function fixed64Field(field: number, value: Piece): Piece {
  if (value.kind !== 'bytes') throw new TypeError('A fixed64 is made of bytes.');
  const tag = varint(field * 8 + 1);
  const marks = value.marks.map((mark) => ({ ...mark, at: mark.at + tag.length }));
  return { kind: 'bytes', bytes: Buffer.concat([tag, value.bytes]), marks };
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

/** The piece's bytes; puts the place of every mark into `marks`, in order. */
function flatten(piece: Piece, marks: Mark[]): Buffer {
  if (piece.kind === 'bytes') {
    marks.push(...piece.marks.map((mark) => ({ ...mark })));
    return piece.bytes;
  }
  const parts: Buffer[] = [];
  let at = 0;
  for (const inner of piece.pieces) {
    const from = marks.length;
    const bytes = flatten(inner, marks);
    for (const mark of marks.slice(from)) mark.at += at;
    parts.push(bytes);
    at += bytes.length;
  }
  return framed(piece.field, Buffer.concat(parts), marks, piece);
}

function framed(field: number, body: Buffer, marks: Mark[], piece: Piece): Buffer {
  const head = Buffer.concat([varint(field * 8 + 2), varint(body.length)]);
  for (const mark of marks.slice(marks.length - countMarks(piece))) mark.at += head.length;
  return Buffer.concat([head, body]);
}

function countMarks(piece: Piece): number {
  if (piece.kind === 'bytes') return piece.marks.length;
  return piece.pieces.reduce((sum, inner) => sum + countMarks(inner), 0);
}
