import type { EngineMessage } from '../../../enricher/engine.ts';
import { createEngine } from '../../../enricher/engine.ts';
import { decodeJoin } from '../../../enricher/joins/join-message.ts';
import { spanOfLog } from '../../../enricher/log-span.ts';
import { decodeLogs } from '../../../otlp/decode-logs.ts';
import { decodeTraces } from '../../../otlp/decode-traces.ts';
import { logsJsonToProtobuf } from '../../../otlp/json-logs.ts';
import { tracesJsonToProtobuf } from '../../../otlp/json-to-protobuf.ts';
import type { Span } from '../../../otlp/span.ts';
import type { AuditRecord } from '../../../schemas/record-types.ts';
import { readCapture } from '../../emitters/captures.ts';
import { memoryState } from '../enricher/memory-state.ts';
import { currentRecords, engineOptions } from '../enricher/run-engine.ts';

/** Captures begin at 2026-11-21T00:00:00Z; this is when they are appended, and how long is waited for what is missing. */
const appendMs = Date.UTC(2026, 10, 21, 0, 1);
const waitMs = 60_000;
/** Further than any chain of traces reaches. */
const roundsMax = 10;

/** The current records of a capture: its spans, its log records, and what traces have to tell each other, each in one message. */
export function recordsOfCapture(name: string): readonly AuditRecord[] {
  const capture = readCapture(name);
  const state = memoryState();
  const engine = createEngine(engineOptions, state);
  const records: AuditRecord[] = [];
  let offset = 0;
  const step = (message: Content): void => {
    const appendTimeMs = appendMs + offset * waitMs;
    records.push(...engine.step({ ...message, offset, appendTimeMs }));
    offset += 1;
    state.apply(engine.drain());
  };
  step(spansMessage(decodeTraces(tracesJsonToProtobuf(capture.traces))));
  step(spansMessage(decodeLogs(logsJsonToProtobuf(capture.logs)).map(spanOfLog)));
  step({ kind: 'tick' });
  for (let round = 0; round < roundsMax; round += 1) {
    const joins = engine.takeJoins().map(({ value }) => decodeJoin(value));
    if (joins.length === 0) break;
    step({ kind: 'joins', joins: joins.filter((join) => join !== undefined) });
    step({ kind: 'tick' });
  }
  return currentRecords(records).map((record) => ({
    ...record,
    payload: allPayload(records, record),
  }));
}

/** A revision carries only the payload that no earlier one did. */
function allPayload(
  records: readonly AuditRecord[],
  { callId }: AuditRecord,
): AuditRecord['payload'] {
  return records.filter((record) => record.callId === callId).flatMap(({ payload }) => payload);
}

type WithoutPlace<Message> = Message extends EngineMessage
  ? Omit<Message, 'offset' | 'appendTimeMs'>
  : never;
type Content = WithoutPlace<EngineMessage>;

function spansMessage(spans: readonly Span[]): Content {
  const sender = { tenant: 'acme', producer: 'app', trust: 'application' } as const;
  return { kind: 'spans', ...sender, accepted: spans.length, spans };
}
