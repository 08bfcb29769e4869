import { TrustClassValues } from '../schemas/record-types.ts';
import { putCall, takeCall } from './call-codec.ts';
import { putReading, takeReading } from './reading-codec.ts';
import { NO_PAYLOAD, NOT_SPILLED } from './payload-spill.ts';
import type { SpanRole } from './reading.ts';
import type { StateReader } from './state-reader.ts';
import { startReading, takeCount, takeList, takeNumber, takeText } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';
import { finishWriting, putCount, putNumber, putText, startWriting } from './state-writer.ts';
import type { SpanNode, Trace } from './trace-state.ts';
import { callAt, indexNode, newTrace, nodeAt } from './trace-state.ts';

/**
 * A trace in state is cut into segments, so that a trace that grows for hours is not written anew with each span. The first also says how
 * many spans and calls there are; small traces have no other.
 */
export const segmentSpans = 64;
export const segmentCalls = 32;

export type SegmentName = 'base' | `s${number}` | `c${number}`;

/** The names of all segments of a trace with so many spans and calls. */
export function segmentNames(spans: number, calls: number): readonly SegmentName[] {
  if (spans <= segmentSpans && calls <= segmentCalls) return onlyBase;
  const names: SegmentName[] = ['base'];
  for (let index = 1; index * segmentSpans < spans; index += 1) names.push(`s${index}`);
  for (let index = 1; index * segmentCalls < calls; index += 1) names.push(`c${index}`);
  return names;
}

/** The key of a segment in state; `key` is the trace's. */
export function segmentKey(key: string, name: SegmentName): string {
  return name === 'base' ? `t/${key}` : `t/${key}/${name}`;
}

export function encodeSegment(trace: Trace, name: SegmentName): Uint8Array {
  const to = startWriting();
  putCount(to, VERSION);
  const index = name === 'base' ? 0 : Number(name.slice(1));
  if (name === 'base') putHead(to, trace);
  if (!name.startsWith('c')) putSpans(to, trace, index);
  if (!name.startsWith('s')) putCalls(to, trace, index);
  return finishWriting(to);
}

/** The counts out of the first segment: enough to find the others. */
export function decodeCounts(base: Uint8Array): {
  readonly spans: number;
  readonly calls: number;
  readonly dueMs: number;
  readonly touchedMs: number;
} {
  return takeHead(open(base));
}

/** The trace out of its segments, its indexes derived anew. */
export function decodeTrace(key: string, read: (name: SegmentName) => Uint8Array): Trace {
  const trace = newTrace(key);
  const base = open(read('base'));
  const { spans, calls, dueMs, touchedMs, restarts } = takeHead(base);
  trace.restarts = restarts;
  trace.dueMs = dueMs;
  trace.touchedMs = touchedMs;
  addSpans(trace, base);
  trace.calls.push(...takeList(base, takeCall));
  for (const name of segmentNames(spans, calls).slice(1)) {
    const segment = open(read(name));
    if (name.startsWith('s')) addSpans(trace, segment);
    else trace.calls.push(...takeList(segment, takeCall));
  }
  return trace;
}

const onlyBase: readonly SegmentName[] = ['base'];

/** Of the form in which state is written; another one is read by an earlier build only. */
const VERSION = 4;

function open(bytes: Uint8Array): StateReader {
  const from = startReading(bytes);
  const version = takeCount(from);
  if (version !== VERSION) throw new Error(`State is of version ${version}, not ${VERSION}.`);
  return from;
}

type Head = {
  readonly spans: number;
  readonly calls: number;
  readonly dueMs: number;
  readonly touchedMs: number;
  readonly restarts: number;
};

function putHead(to: StateWriter, trace: Trace): void {
  putCount(to, trace.nodes.length);
  putCount(to, trace.calls.length);
  putCount(to, trace.dueMs);
  putCount(to, trace.touchedMs);
  putCount(to, trace.restarts);
}

function takeHead(from: StateReader): Head {
  return {
    spans: takeCount(from),
    calls: takeCount(from),
    dueMs: takeCount(from),
    touchedMs: takeCount(from),
    restarts: takeCount(from),
  };
}

function putSpans(to: StateWriter, trace: Trace, segment: number): void {
  const start = segment * segmentSpans;
  const end = Math.min(trace.nodes.length, start + segmentSpans);
  putCount(to, end - start);
  let before: SpanNode['reading'] = null;
  for (let index = start; index < end; index += 1) {
    const node = nodeAt(trace, index);
    putSpan(to, node, before);
    before = node.reading;
  }
}

function putCalls(to: StateWriter, trace: Trace, segment: number): void {
  const start = segment * segmentCalls;
  const end = Math.min(trace.calls.length, start + segmentCalls);
  putCount(to, end - start);
  for (let index = start; index < end; index += 1) putCall(to, callAt(trace, index));
}

// The order is what state says: new roles go to the end.
const roles: readonly SpanRole[] = [
  'hop',
  'agent',
  'tool',
  'inference',
  'aggregate',
  'housekeeping',
  'other',
  'decision',
];

// What a span has beside what every span has.
const OPEN = 1;
const CONFLICTING = 2;
const WITH_READING = 4;
const WITH_LINKS = 8;
const WITH_SPILLED = 16;
const WITH_ARGUMENTS = 32;
const WITH_JOIN = 64;
const SENT = 128;

function putSpan(to: StateWriter, node: SpanNode, before: SpanNode['reading']): void {
  const { reading, links, asked } = node;
  putText(to, node.id);
  putText(to, node.parent);
  putText(to, node.producer);
  putCount(to, TrustClassValues.indexOf(node.trust));
  putNumber(to, node.digest);
  putCount(to, roles.indexOf(node.role));
  putCount(to, node.call + 1);
  putCount(
    to,
    (node.open ? OPEN : 0) +
      (node.conflicting ? CONFLICTING : 0) +
      (reading === null ? 0 : WITH_READING) +
      (links.length === 0 ? 0 : WITH_LINKS) +
      (node.spilled < 0 ? 0 : WITH_SPILLED) +
      (asked === 0 ? 0 : WITH_ARGUMENTS) +
      (node.outside === '' && node.via === '' ? 0 : WITH_JOIN) +
      (node.sent ? SENT : 0),
  );
  if (reading !== null) putReading(to, reading, before);
  if (asked !== 0) putNumber(to, asked);
  if (node.outside !== '' || node.via !== '') {
    putText(to, node.outside);
    putText(to, node.via);
    putText(to, node.inferred);
  }
  if (links.length > 0) {
    putCount(to, links.length);
    for (const link of links) putText(to, link);
  }
}

function addSpans(trace: Trace, from: StateReader): void {
  let before: SpanNode['reading'] = null;
  const count = takeCount(from);
  for (let read = 0; read < count; read += 1) {
    const index = trace.nodes.length;
    const node = takeSpan(from, before, index);
    trace.nodes.push(node);
    indexNode(trace, node, index);
    before = node.reading;
  }
}

function takeSpan(from: StateReader, before: SpanNode['reading'], index: number): SpanNode {
  const id = takeText(from);
  const parent = takeText(from);
  const producer = takeText(from);
  const trust = TrustClassValues[takeCount(from)] ?? 'unknown';
  const digest = takeNumber(from);
  const role = roles[takeCount(from)] ?? 'other';
  const call = takeCount(from) - 1;
  const has = takeCount(from);
  return {
    id,
    parent,
    producer,
    trust,
    digest,
    role,
    call,
    open: (has & OPEN) !== 0,
    conflicting: (has & CONFLICTING) !== 0,
    reading: (has & WITH_READING) === 0 ? null : takeReading(from, before),
    asked: (has & WITH_ARGUMENTS) === 0 ? 0 : takeNumber(from),
    outside: (has & WITH_JOIN) === 0 ? '' : takeText(from),
    via: (has & WITH_JOIN) === 0 ? '' : takeText(from),
    inferred: (has & WITH_JOIN) === 0 ? '' : takeText(from),
    sent: (has & SENT) !== 0,
    links: (has & WITH_LINKS) === 0 ? [] : takeList(from, takeText),
    payload: NO_PAYLOAD,
    spilled: (has & WITH_SPILLED) === 0 ? NOT_SPILLED : index,
  };
}
