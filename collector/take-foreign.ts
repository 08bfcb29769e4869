import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import type {
  ForeignBatch,
  ForeignMessage,
  ForeignTopics,
  TakeForeign,
} from '../event-log/foreign-topics.ts';
import type { SharedWork } from '../event-log/event-log.ts';
import type { ProducerCredential } from '../registry/credentials.ts';
import type { Signal } from '../schemas/topics.ts';
import { checkParts, countOutcome } from './accept-export.ts';
import type { ExportRewriter } from './accept-export.ts';
import type { GroupComposer, Submission } from './compose-group.ts';
import type { ForeignTopic } from './config.ts';
import type { SpanNumbering } from './number-spans.ts';
import { CollectorError, toCollectorError } from './errors.ts';
import type { CollectorMetrics } from './metrics.ts';

export type ForeignIntake = {
  readonly rewriters: Readonly<Record<Signal, ExportRewriter>>;
  readonly jsonToProtobuf: Readonly<Record<Signal, (json: unknown) => Uint8Array>>;
  readonly compose: GroupComposer;
  /** A numbering of its own: each partition of a foreign topic is appended beside all else. */
  readonly newLane: () => SpanNumbering;
  readonly requestBytesMax: number;
  readonly messageBytesMax: number;
  readonly metrics: CollectorMetrics;
};

/** Takes in what others write to topics of their own. Throws `COLLECTOR_CONFIG_INVALID` on a log that has no such topics. */
export async function followForeignTopics(
  topics: readonly ForeignTopic[],
  foreign: ForeignTopics | undefined,
  intake: ForeignIntake,
): Promise<readonly SharedWork[]> {
  if (topics.length === 0) return [];
  if (foreign === undefined) {
    throw new CollectorError('COLLECTOR_CONFIG_INVALID', 'foreignTopics: only Kafka has them.');
  }
  const following: SharedWork[] = [];
  try {
    for (const topic of topics) {
      following.push(await foreign.follow(topic.topic, createTake(topic, intake)));
    }
    return following;
  } catch (error) {
    await Promise.all(following.map((work) => work.stop()));
    throw error;
  }
}

/** What became of one message of a foreign topic. */
type Made = { readonly submission: Submission; readonly accepted: number; readonly ok: boolean };

/**
 * Redacts a batch and packs it as ours. A message that cannot be read is counted and becomes a dead letter: its place, size and
 * reason, never its bytes.
 */
export function createTake(topic: ForeignTopic, intake: ForeignIntake): TakeForeign {
  const producer: ProducerCredential = {
    keyId: `topic:${topic.topic}`,
    use: 'producer',
    tenant: topic.tenant,
    producer: topic.producer,
    trust: topic.trust,
  };
  const { signal } = topic;
  const lanes = new Map<number, SpanNumbering>();
  return async (batch, aborted) => {
    const made: Made[] = batch.missing ? [missingOf(producer, signal, batch)] : [];
    for (const message of batch.messages) {
      made.push(
        await untilMade(() => make(topic, producer, intake, batch, message), intake, aborted),
      );
      // Requests are answered between two messages.
      await turn();
    }
    const lane = lanes.get(batch.partition) ?? intake.newLane();
    lanes.set(batch.partition, lane);
    const group = intake.compose(
      made.map(({ submission }) => submission),
      lane,
    );
    return {
      appends: group.messages,
      committed: () => {
        group.committed();
        count(intake.metrics, signal, batch, made);
      },
    };
  };
}

function make(
  { topic, signal, encoding }: ForeignTopic,
  producer: ProducerCredential,
  intake: ForeignIntake,
  batch: ForeignBatch,
  { offset, value }: ForeignMessage,
): Made {
  const { requestBytesMax, messageBytesMax } = intake;
  const origin = { topic, partition: batch.partition, offset };
  const base = { producer, signal, requestBytes: value?.length ?? 0, origin };
  const refused = (reason: string): Made => ({
    submission: { ...base, parts: [], principals: [], rejected: [{ reason, count: 1 }] },
    accepted: 0,
    ok: false,
  });
  if (value === null || value.length === 0) return refused('empty_message');
  if (value.length > requestBytesMax) return refused('message_too_large');
  try {
    const request =
      encoding === 'otlp_proto' ? value : intake.jsonToProtobuf[signal](parseJson(value));
    const { parts, accepted, rejected, principals } = intake.rewriters[signal](producer, request);
    checkParts(parts, messageBytesMax);
    return { submission: { ...base, parts, principals, rejected }, accepted, ok: true };
  } catch (error) {
    const told = toCollectorError(error);
    if (told.retryable) throw told;
    intake.metrics.add('waybill_collector_errors_total', 1, `code="${told.code}"`);
    return refused(
      told.code === 'COLLECTOR_REQUEST_MALFORMED' ? 'malformed_message' : 'message_failed',
    );
  }
}

const RETRY_MS = 1000;

/** Nobody is there to send again: what may pass, such as a policy that cannot be carried out at the moment, is waited out. */
async function untilMade(
  work: () => Made,
  { metrics }: ForeignIntake,
  signal: AbortSignal,
): Promise<Made> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      const told = toCollectorError(error);
      metrics.add('waybill_collector_errors_total', 1, `code="${told.code}"`);
      await wait(RETRY_MS, undefined, { signal });
    }
  }
}

function missingOf(producer: ProducerCredential, signal: Signal, batch: ForeignBatch): Made {
  const { topic, partition, missing } = batch;
  const { from, to } = missing ?? { from: 0, to: 0 };
  const rejected = [{ reason: 'deleted_unread', count: to - from }];
  const origin = { topic, partition, offset: from };
  const submission = { producer, signal, parts: [], principals: [], rejected, requestBytes: 0 };
  return { submission: { ...submission, origin }, accepted: 0, ok: false };
}

function parseJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString('utf8'));
  } catch {
    // The parser's own message repeats what it read.
    throw new CollectorError('COLLECTOR_REQUEST_MALFORMED', 'It is not JSON.');
  }
}

function count(
  metrics: CollectorMetrics,
  signal: Signal,
  { missing }: ForeignBatch,
  made: readonly Made[],
): void {
  const outcomes = { taken: 0, dead_letter: 0, missing: missing ? missing.to - missing.from : 0 };
  for (const { submission, accepted, ok } of missing ? made.slice(1) : made) {
    outcomes[ok ? 'taken' : 'dead_letter'] += 1;
    if (ok) countOutcome(metrics, signal, { accepted, rejected: submission.rejected });
  }
  for (const [outcome, messages] of Object.entries(outcomes)) {
    if (messages === 0) continue;
    metrics.add('waybill_collector_foreign_messages_total', messages, `outcome="${outcome}"`);
  }
}
