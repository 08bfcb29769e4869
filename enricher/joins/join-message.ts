import type { SpanNode } from '../trace-state.ts';
import type { Answer } from './answers.ts';
import type { Half, Match } from './halves.ts';

/**
 * What the owner of one trace tells the owner of another (`waybill.joins.v1`): spans that belong to a call of its, or that such spans were
 * taken, and into which call. Plain JSON: state and this topic are our own, and no other program writes either.
 */
export type Join =
  | {
      readonly kind: 'spans';
      readonly tenant: string;
      /** The trace they are sent to. */
      readonly trace: string;
      /** The traces they came through, their own first. */
      readonly path: readonly string[];
      readonly nodes: readonly JoinedNode[];
    }
  /** One side of a call, told to where its other side would be told. `trace` is what was asked. */
  | { readonly kind: 'half'; readonly tenant: string; readonly trace: string; readonly half: Half }
  /** A model's answer that one trace told of; `trace` is made of the answer's id. */
  | {
      readonly kind: 'answer';
      readonly tenant: string;
      readonly trace: string;
      readonly answer: Answer;
    }
  /** A span of the trace was caused by one of another, as a rule has it. */
  | {
      readonly kind: 'caused';
      readonly tenant: string;
      readonly trace: string;
      readonly span: string;
      readonly producer: string;
      /** `trace/span`. */
      readonly by: string;
      readonly rule: string;
    }
  /** A span says something of what traces share by name; `trace` is its home, or one of those that asked (`homes.ts`). */
  | {
      readonly kind: 'told';
      readonly tenant: string;
      readonly trace: string;
      readonly home: string;
      readonly node: Statement;
    }
  /** A trace asks a home for what is said there. */
  | {
      readonly kind: 'asked';
      readonly tenant: string;
      readonly trace: string;
      readonly by: string;
    }
  | {
      readonly kind: 'taken';
      readonly tenant: string;
      readonly trace: string;
      readonly taken: readonly Taken[];
    };

export type JoinedNode = Omit<SpanNode, 'call' | 'open' | 'sent' | 'via' | 'spilled'>;

export type Statement = Pick<
  SpanNode,
  'id' | 'producer' | 'trust' | 'digest' | 'asked' | 'reading' | 'via' | 'inferred'
>;

export type Taken = {
  readonly span: string;
  readonly producer: string;
  readonly callId: string;
  /** True where nothing was sent: the call is an inference that repeats another trace's. */
  readonly repeats?: true;
};

/** A join as it is to be appended; `trace` decides the partition. */
export type OutgoingJoin = {
  readonly tenant: string;
  readonly trace: string;
  readonly value: Uint8Array;
};

export function encodeTaken(tenant: string, trace: string, taken: readonly Taken[]): OutgoingJoin {
  const join: Join = { kind: 'taken', tenant, trace, taken };
  return { tenant, trace, value: Buffer.from(JSON.stringify(join)) };
}

export function encodeTold(
  tenant: string,
  trace: string,
  home: string,
  { id, producer, trust, digest, asked, reading, via, inferred }: Statement,
): OutgoingJoin {
  const node = { id, producer, trust, digest, asked, reading, via, inferred };
  const join: Join = { kind: 'told', tenant, trace, home, node };
  return { tenant, trace, value: Buffer.from(JSON.stringify(join)) };
}

export function encodeAsked(tenant: string, trace: string, by: string): OutgoingJoin {
  const join: Join = { kind: 'asked', tenant, trace, by };
  return { tenant, trace, value: Buffer.from(JSON.stringify(join)) };
}

export function encodeHalf(tenant: string, half: Half): OutgoingJoin {
  const join: Join = {
    kind: 'half',
    tenant,
    trace: `${tenant}/${half.method}/${half.asked}`,
    half,
  };
  return { tenant, trace: join.trace, value: Buffer.from(JSON.stringify(join)) };
}

export function encodeAnswer(tenant: string, answer: Answer): OutgoingJoin {
  const trace = `${tenant}/answer/${answer.id}`.slice(0, NAME_CHARS_MAX);
  const join: Join = { kind: 'answer', tenant, trace, answer };
  return { tenant, trace, value: Buffer.from(JSON.stringify(join)) };
}

// It is a message's key as well, which the log bounds at 512 bytes.
const NAME_CHARS_MAX = 160;

export function encodeCaused(tenant: string, { asking, answering, rule }: Match): OutgoingJoin {
  const { trace, span, producer } = answering;
  const by = `${asking.trace}/${asking.span}`;
  const join: Join = { kind: 'caused', tenant, trace, span, producer, by, rule };
  return { tenant, trace, value: Buffer.from(JSON.stringify(join)) };
}

/** As many messages as keep within the limit of one. */
export function encodeSpans(
  tenant: string,
  trace: string,
  path: readonly string[],
  nodes: readonly JoinedNode[],
): readonly OutgoingJoin[] {
  const messages: OutgoingJoin[] = [];
  const head = JSON.stringify({ kind: 'spans', tenant, trace, path }).slice(0, -1);
  let texts: string[] = [];
  let bytes = 0;
  const finish = (): void => {
    if (texts.length === 0) return;
    const value = Buffer.from(`${head},"nodes":[${texts.join(',')}]}`);
    messages.push({ tenant, trace, value });
    texts = [];
    bytes = 0;
  };
  for (const node of nodes) {
    const text = JSON.stringify(node);
    const size = Buffer.byteLength(text);
    if (bytes + size > MESSAGE_BYTES_MAX) finish();
    texts.push(text);
    bytes += size;
  }
  finish();
  return messages;
}

/** Undefined for what is no join: of another build, or of another program. */
export function decodeJoin(value: Uint8Array | null): Join | undefined {
  try {
    const read: Join = JSON.parse(Buffer.from(value ?? []).toString());
    if (typeof read.tenant !== 'string' || typeof read.trace !== 'string') return undefined;
    return holdsWhatItSays(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

function holdsWhatItSays(read: Join): boolean {
  switch (read.kind) {
    case 'spans':
      return Array.isArray(read.nodes) && Array.isArray(read.path);
    case 'taken':
      return Array.isArray(read.taken);
    case 'half':
      return typeof read.half === 'object';
    case 'answer':
      return typeof read.answer === 'object';
    case 'told':
      return typeof read.home === 'string' && typeof read.node === 'object';
    case 'asked':
    case 'caused':
      return typeof read.by === 'string';
    default:
      return false;
  }
}

const MESSAGE_BYTES_MAX = 384 * 1024;
