import type { StateChange } from '../event-log/event-log.ts';
import type { CapturedPayload } from './reading.ts';
import type { StateReader } from './state-reader.ts';
import { startReading, takeCount, takeList, takeText } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';
import { finishWriting, putCount, putText, startWriting } from './state-writer.ts';
import type { SpanNode, Trace } from './trace-state.ts';
import { nodeAt } from './trace-state.ts';
import type { CommittedState } from './trace-store.ts';

/**
 * What was asked and answered of calls that are not published yet: an entry of its own in committed state for each span, `p/<tenant>/<trace>/
 * <span>`, from the commit that took the span until the one that publishes its call. A trace itself, in memory and in state, knows only
 * that there is one. So what calls wait with costs disk alone, for as long as a call may wait.
 */
export type PayloadSpill = {
  /** What is known of a span's payload, wherever it lies. */
  readonly read: (trace: Trace, node: SpanNode) => readonly CapturedPayload[];
  /** Forgets it, wherever it lies. */
  readonly drop: (trace: Trace, node: SpanNode) => void;
  /** Moves what the spans from `start` to `end` still hold to disk. */
  readonly spill: (trace: Trace, start: number, end: number, changes: StateChange[]) => void;
  /** What was dropped since the last time is deleted. */
  readonly drain: (changes: StateChange[]) => void;
};

export function createPayloadSpill(state: CommittedState): PayloadSpill {
  let dropped: string[] = [];
  return {
    read: ({ key }, node) => {
      if (node.spilled < 0) return node.payload;
      const value = state.getState(spillKey(key, node.spilled));
      if (!value) throw new Error(`State has no payload of span ${node.spilled} of ${key}.`);
      return takeList(startReading(value), takePayload);
    },
    drop: ({ key }, node) => {
      if (node.spilled >= 0) dropped.push(spillKey(key, node.spilled));
      node.spilled = NOT_SPILLED;
      node.payload = NO_PAYLOAD;
    },
    spill: (trace, start, end, changes) => {
      for (let index = start; index < end; index += 1) {
        const node = nodeAt(trace, index);
        if (node.payload.length === 0) continue;
        changes.push({ key: spillKey(trace.key, index), value: encode(node.payload) });
        node.spilled = index;
        node.payload = NO_PAYLOAD;
      }
    },
    drain: (changes) => {
      for (const key of dropped) changes.push({ key, value: null });
      dropped = [];
    },
  };
}

/** Of a span whose payload lies in memory, or that has none. */
export const NOT_SPILLED = -1;
export const NO_PAYLOAD: readonly CapturedPayload[] = [];

/** Begins the keys of all entries of a trace. */
export function spillPrefix(traceKey: string): string {
  return `p/${traceKey}/`;
}

export function hasPayload({ payload, spilled }: SpanNode): boolean {
  return payload.length > 0 || spilled >= 0;
}

function spillKey(traceKey: string, index: number): string {
  return `${spillPrefix(traceKey)}${index}`;
}

function encode(payload: readonly CapturedPayload[]): Uint8Array {
  const to = startWriting();
  putCount(to, payload.length);
  for (const field of payload) putPayload(to, field);
  return finishWriting(to);
}

function putPayload(to: StateWriter, { name, mediaType, text, bytes, truncated }: CapturedPayload) {
  putText(to, name);
  putText(to, mediaType);
  putText(to, text);
  putCount(to, bytes);
  putCount(to, truncated ? 1 : 0);
}

function takePayload(from: StateReader): CapturedPayload {
  return {
    name: takeText(from),
    mediaType: takeText(from),
    text: takeText(from),
    bytes: takeCount(from),
    truncated: takeCount(from) === 1,
  };
}
