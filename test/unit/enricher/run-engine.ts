import { decodeAuditRecord, encodeAuditRecord } from '../../../schemas/avro-codec.ts';
import type { AuditRecord } from '../../../schemas/record-types.ts';
import type { EngineMessage, EngineOptions } from '../../../enricher/engine.ts';
import { createEngine } from '../../../enricher/engine.ts';
import type { MemoryState } from './memory-state.ts';
import { memoryState } from './memory-state.ts';

export const engineOptions: EngineOptions = {
  partition: 0,
  quietMsMax: 1000,
  openMsMax: 10_000,
  indexMsMax: 72 * 3_600_000,
  cachedSpansMax: 1000,
  traceSpansMax: 1000,
  expiredPerCommitMax: 100,
  revisionMsMax: 72 * 3_600_000,
  revisionsMax: 1000,
  joinMsMax: 5000,
  dueRecordsMax: 1000,
  duePayloadBytesMax: 1_000_000,
};

export type Run = {
  readonly records: readonly AuditRecord[];
  readonly bytes: readonly string[];
  readonly state: MemoryState;
};

/** Where commits end: after how many messages, and whether the process ends there and another goes on. */
export type CommitPlan = readonly { readonly messages: number; readonly restart: boolean }[];

/** Runs messages through engines as a partition's owner would; after the plan's end each message is committed alone. */
export function runEngine(
  messages: readonly EngineMessage[],
  plan: CommitPlan = [],
  options: EngineOptions = engineOptions,
): Run {
  const state = memoryState();
  const records: AuditRecord[] = [];
  const bytes: string[] = [];
  let engine = createEngine(options, state);
  let at = 0;
  for (let step = 0; at < messages.length; step += 1) {
    const { messages: count, restart } = plan[step] ?? { messages: 1, restart: false };
    const published = messages.slice(at, at + count).flatMap((message) => engine.step(message));
    at += count;
    state.apply(engine.drain());
    for (const record of published) {
      const encoded = encodeAuditRecord(record);
      bytes.push(encoded.toString('hex'));
      records.push(decodeAuditRecord(encoded));
    }
    if (restart) engine = createEngine(options, state);
  }
  return { records, bytes, state };
}

/** The last revision of each call, those that proved to be another left out. */
export function currentRecords(records: readonly AuditRecord[]): readonly AuditRecord[] {
  const current = new Map(records.map((record) => [record.callId, record]));
  return [...current.values()].filter(({ mergedInto }) => mergedInto === null);
}
