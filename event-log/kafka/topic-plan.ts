import { limits } from '../../schemas/limits.ts';
import { compactedTopics, partitionedTopics, topics } from '../../schemas/topics.ts';

/** A topic as it must be on the broker; `config` by Kafka's own names. */
export type PlannedTopic = {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
};

/** The owners' state, which on one machine is a file: all of it for the next owner, and what others may see. */
export const changelogTopics = {
  /** `role/key` → value; what only its owner reads. */
  state: 'waybill.state.v1',
  /** `role` → positions and commit, `role/key` → what is shown to others. */
  progress: 'waybill.progress.v1',
} as const;

const HOUR_MS = 3_600_000;
export const SPANS_KEPT_MS = 72 * HOUR_MS;
/** How long a deletion stays visible: a local copy of state that is older than this is read anew. */
export const TOMBSTONES_KEPT_MS = 7 * 24 * HOUR_MS;

/** Key, headers and Kafka's own of one message. */
const ENVELOPE_BYTES = 16 * 1024;
/** State values are at most 4 MiB (`check-message.ts`). */
const STATE_BYTES_MAX = 4 * 1024 * 1024 + ENVELOPE_BYTES;
/** Kafka's limit holds for a batch of messages after compression; ours are packed to stay below it before. */
const BATCH_BYTES_MAX = limits.messageBytesMax + 100 * 1024;

/** How many bytes of messages, before compression, one batch of a topic may have beyond its first message. */
export const batchBytesMax = BATCH_BYTES_MAX - ENVELOPE_BYTES;

/** The topics of a deployment. Append times are the broker's: producers' clocks decide nothing. */
export function planTopics(prefix: string, partitions: number): readonly PlannedTopic[] {
  const common = { 'message.timestamp.type': 'LogAppendTime' };
  const named = Object.values(topics).map((topic): PlannedTopic => {
    const bytes = { 'max.message.bytes': String(BATCH_BYTES_MAX) };
    const kept = compactedTopics.has(topic)
      ? compacted
      : { 'cleanup.policy': 'delete', 'retention.ms': retentionMs(topic), 'retention.bytes': '-1' };
    return {
      name: prefix + topic,
      partitions: partitionedTopics.has(topic) ? partitions : 1,
      config: { ...common, ...bytes, ...kept },
    };
  });
  const changelogs = Object.values(changelogTopics).map((name): PlannedTopic => ({
    name: prefix + name,
    partitions,
    config: {
      ...common,
      'max.message.bytes': String(Math.max(STATE_BYTES_MAX, BATCH_BYTES_MAX)),
      ...compacted,
    },
  }));
  return [...named, ...changelogs];
}

// Small segments, cleaned early: a changelog is read from its beginning, and the segment being written is never cleaned.
const compacted = {
  'cleanup.policy': 'compact',
  'delete.retention.ms': String(TOMBSTONES_KEPT_MS),
  'segment.bytes': String(64 * 1024 * 1024),
  'min.cleanable.dirty.ratio': '0.2',
};

/** Spans, and what is told of them between traces, are copied into records; records and what was declared stay until they are sealed and archived. */
function retentionMs(topic: string): string {
  if (topic === topics.spans || topic === topics.joins) return String(SPANS_KEPT_MS);
  return topic === topics.deadLetters ? String(28 * 24 * HOUR_MS) : '-1';
}
