import type { ChangeReason, Charge, Facts, TrustClass } from '../schemas/record-types.ts';
import type { CapturedPayload, Reading, SpanRole } from './reading.ts';

/** A span as the trace remembers it. */
export type SpanNode = {
  readonly id: string;
  /** Empty for a root. */
  readonly parent: string;
  readonly producer: string;
  readonly trust: TrustClass;
  /** Of the span's bytes (`content-digest.ts`). */
  readonly digest: number;
  /** Of the call's arguments (`arguments-digest.ts`); 0 for none. */
  readonly asked: number;
  /** Spans of this trace that it links to: other ways to its cause. */
  readonly links: readonly string[];
  /** The span of another trace that it links to, `trace/span`; empty for none. */
  outside: string;
  /** The rule by which it was joined, and its confidence, `rule:0.9`; empty where a parent or link says so. */
  inferred: string;
  /** The traces that it came through, its own first, parted by commas; empty for a span of this trace. */
  readonly via: string;
  readonly reading: Reading | null;
  role: SpanRole;
  /** Index of its call; −1 for none. */
  call: number;
  /** True while it is counted as open: its call has not been published. */
  open: boolean;
  /** True when the same span came again with other content. */
  conflicting: boolean;
  /** True when it was sent to the owner of another trace (`joins/send-spans.ts`). */
  sent: boolean;
  /** Of the spans of this commit only: what calls wait with lies on disk (`payload-spill.ts`). Emptied when its call is published. */
  payload: readonly CapturedPayload[];
  /** Its number in the spill while its payload lies there; −1 otherwise. */
  spilled: number;
};

/** One MCP request, or one inference, with the spans that saw it. */
export type Call = {
  readonly callId: string;
  readonly kind: 'call' | 'inference' | 'lifecycle';
  /** Append time of the span first seen. */
  readonly firstMs: number;
  /** Append time and offset of the last message that said something new of it. */
  lastMs: number;
  lastOffset: number;
  hops: readonly number[];
  /** The revision published last; −1 before the first. */
  revision: number;
  /** When it is to be published; 0 for never, until something new comes. */
  dueMs: number;
  /** Since when something unpublished is known; 0 for nothing. */
  dirtyMs: number;
  /** Why the next revision will be published. */
  change: ChangeReason;
  /** Facts and charges of the revision published last. */
  published: { readonly facts: Facts; readonly charges: readonly Charge[] } | null;
  /** How many hops, identities, links … that revision had: what a later one is compared by, besides its facts. */
  shape: string;
  /** Payload fields that some revision already carried. */
  payloadNames: readonly string[];
  /** Index of the call that it proved to be; −1 for none. */
  mergedInto: number;
  /** Id of the published call of which it proved to be no part; empty for none. */
  splitFrom: string;
  /** Id of the call of another trace that it proved to be; empty for none. */
  takenInto: string;
};

/** All that is known of one trace of one tenant. */
export type Trace = {
  /** `<tenant>/<trace id>`, the tenant percent-encoded: its name in state. */
  readonly key: string;
  readonly tenant: string;
  readonly traceId: string;
  nodes: SpanNode[];
  calls: Call[];
  /** The first of its calls' deadlines; 0 for none. */
  dueMs: number;
  /** Append time of its last span. */
  touchedMs: number;
  /** How often it grew too large and was begun anew. */
  restarts: number;
  /** Nodes by span id: several where several producers sent it. Derived. */
  byId: Map<string, number[]>;
  /** Nodes by the span ids that they name as parent or link. Derived. */
  below: Map<string, number[]>;
  /** How many inferences there are, aggregates included. Derived. */
  inferences: number;
  /** How many hops were asked back for input. Derived. */
  rounds: number;
  /** How many spans name a backend. Derived. */
  backends: number;
  /** How many spans link to another trace. Derived. */
  outsiders: number;
  /** Log records and spans that tell what was decided, and how many of them there are. Derived. */
  decisions: number;
  /** Decisions by the model's id of the tool call that they are about; null while none names one. Derived. */
  decidedCalls: Map<string, number[]> | null;
  /** Decisions that are told by themselves, until their call comes. Derived. */
  strays: number[] | null;
  /** How many log records there are. Derived. */
  logs: number;
  /** How many log records of no request name somebody. Derived. */
  voices: number;
  /** How many spans tell that one agent hands over to another. Derived. */
  handovers: number;
  /** How many tool spans are calls by themselves. Derived. */
  toolCalls: number;
  /** Hops and tool spans by the model's id of their tool call; null while none has one. Derived. */
  byToolCall: Map<string, number[]> | null;
  /** Inferences by the provider's id of the answer; null while none has one. Derived. */
  byResponse: Map<string, number[]> | null;
  /** Spans that say that a person turned to the agent. Derived. */
  turns: number[];
  /** Hops by parent and request id, once a parent has many below it (`siblings.ts`); null before. Derived. */
  requests: Map<string, number[]> | null;
  /** What committed state holds of it. */
  readonly saved: SavedTrace;
};

/** What is written of a trace, and what is not yet. Belongs to `trace-store.ts`. */
export type SavedTrace = {
  spans: number;
  calls: number;
  dueMs: number;
  /** Under which hour it is listed to be forgotten; 0 for none. */
  listedHour: number;
  /** Further segments that changed. */
  dirtySpans: Set<number> | null;
  dirtyCalls: Set<number> | null;
};

export function newTrace(key: string): Trace {
  const slash = key.indexOf('/');
  const tenant = key.slice(0, slash);
  const traceId = key.slice(slash + 1);
  return {
    key,
    tenant: tenant.includes('%') ? decodeURIComponent(tenant) : tenant,
    traceId,
    dueMs: 0,
    touchedMs: 0,
    restarts: 0,
    ...nothingKnown(),
    saved: {
      spans: 0,
      calls: 0,
      dueMs: 0,
      listedHour: 0,
      dirtySpans: null,
      dirtyCalls: null,
    },
  };
}

/** Forgets all spans and calls of a trace, and what is derived from them. */
export function clearTrace(trace: Trace): void {
  Object.assign(trace, nothingKnown());
}

function nothingKnown() {
  return {
    nodes: [],
    calls: [],
    byId: new Map(),
    below: new Map(),
    inferences: 0,
    rounds: 0,
    backends: 0,
    outsiders: 0,
    decisions: 0,
    decidedCalls: null,
    strays: null,
    logs: 0,
    voices: 0,
    handovers: 0,
    toolCalls: 0,
    byToolCall: null,
    byResponse: null,
    turns: [],
    requests: null,
  } satisfies Partial<Trace>;
}

/** Adds a node to the trace and its indexes; gives its index. */
export function addNode(trace: Trace, node: SpanNode): number {
  const index = trace.nodes.push(node) - 1;
  indexNode(trace, node, index);
  return index;
}

/** Puts a node into the derived indexes. */
export function indexNode(trace: Trace, node: SpanNode, index: number): void {
  push(trace.byId, node.id, index);
  if (node.parent !== '') push(trace.below, node.parent, index);
  for (const link of node.links) push(trace.below, link, index);
  if (node.role === 'inference' || node.role === 'aggregate') {
    trace.inferences += 1;
    const responseId = node.reading?.responseId;
    if (responseId !== undefined) push((trace.byResponse ??= new Map()), responseId, index);
  }
  if (node.reading?.resultType === 'input_required') trace.rounds += 1;
  if (node.reading?.backend !== undefined) trace.backends += 1;
  if (node.outside !== '') trace.outsiders += 1;
  if (node.role === 'decision') {
    trace.decisions += 1;
    const toolCall = node.reading?.toolCallId;
    if (toolCall !== undefined) push((trace.decidedCalls ??= new Map()), toolCall, index);
    if (node.call >= 0) (trace.strays ??= []).push(index);
  }
  if (node.reading?.isLog) trace.logs += 1;
  if (isVoice(node)) trace.voices += 1;
  if (node.reading?.turn !== undefined) trace.turns.push(index);
  if (node.reading?.handover !== undefined) trace.handovers += 1;
  if (node.role === 'tool' && node.call >= 0) trace.toolCalls += 1;
  if (isActing(node) && node.reading?.toolCallId !== undefined) {
    push((trace.byToolCall ??= new Map()), node.reading.toolCallId, index);
  }
  if (trace.requests !== null) push(trace.requests, requestKey(node), index);
}

/**
 * A log record that tells of no request or decision itself, and names somebody: it speaks of the span that it was written in. Some emitters name
 * their user, and some gateways whom they let in, nowhere else.
 */
export function isVoice({ role, reading }: SpanNode): boolean {
  return role === 'other' && reading?.isLog === true && reading.identities !== undefined;
}

function isActing({ role }: SpanNode): boolean {
  return role === 'hop' || role === 'tool';
}

/** Under what key hops of one request id below one parent lie together. */
export function requestKey({ parent, reading }: SpanNode): string {
  return `${parent}/${reading?.jsonrpcId ?? ''}`;
}

export function nodeAt(trace: Trace, index: number): SpanNode {
  const node = trace.nodes[index];
  if (!node) throw new Error(`A trace has no node ${index}.`);
  return node;
}

export function callAt(trace: Trace, index: number): Call {
  const call = trace.calls[index];
  if (!call) throw new Error(`A trace has no call ${index}.`);
  return call;
}

function push(map: Map<string, number[]>, key: string, index: number): void {
  const list = map.get(key);
  if (list) list.push(index);
  else map.set(key, [index]);
}
