import type { LogMessage } from '../../../event-log/event-log.ts';
import { openFetcher } from '../../../event-log/kafka/fetcher.ts';
import { connect } from '../../../event-log/kafka/kafkajs.ts';
import { decodeTraces } from '../../../otlp/decode-traces.ts';
import {
  FOREIGN_PARTITIONS,
  foreignSpans,
  openForeignTopics,
  otlpProto,
} from '../kafka/foreign-spans.ts';
import type { Problems } from '../killed/problems.ts';

export const FOREIGN_PRODUCER = 'otel';

/** A writer that is none of ours, into a topic of its own, and what became of what lies there. */
export type ForeignWriter = {
  readonly topic: string;
  /** Writes until the signal. */
  write(signal: AbortSignal): Promise<void>;
  /** Notes what our collectors made of it: a message of the spans topic. */
  taken(message: LogMessage): void;
  /** How many spans lie there that were not taken. */
  waiting(): Promise<number>;
  /** Each span is taken as often as it lies there. */
  check(problems: Problems): void;
  close(): Promise<void>;
};

const SPANS = 9;
const EVERY_MS = 300;
const BYTES_MAX = 4 * 1024 * 1024;

export async function startForeignWriter(
  brokers: readonly string[],
  prefix: string,
): Promise<ForeignWriter> {
  const topic = `${prefix}otel.faults`;
  const foreign = await openForeignTopics(brokers, [topic]);
  const onWarning = (): void => undefined;
  const connection = connect({ brokers: [...brokers], requestWaitMsMax: 10_000, onWarning });
  const fetcher = openFetcher(connection);
  const lying = new Map<string, number>();
  const takenSpans = new Map<string, number>();
  const offsets = Array.from({ length: FOREIGN_PARTITIONS }, () => 0);
  let batches = 0;
  const note = (counts: Map<string, number>, value: Uint8Array | null): void => {
    for (const { traceId, spanId } of decodeTraces(value ?? Buffer.alloc(0))) {
      const id = `${traceId}/${spanId}`;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  };
  const readOn = async (): Promise<void> => {
    for (const [partition, from] of offsets.entries()) {
      const end = await fetcher.end(topic, partition, true);
      for (let offset = from; offset < end;) {
        const { messages, next } = await fetcher.fetch({ topic, partition, offset }, BYTES_MAX, 0);
        for (const { value } of messages) note(lying, value);
        offset = next;
        offsets[partition] = offset;
      }
    }
  };
  return {
    topic,
    async write(signal) {
      while (!signal.aborted) {
        batches += 1;
        const value = otlpProto(foreignSpans(SPANS, batches));
        const message = { partition: batches % FOREIGN_PARTITIONS, value };
        // Whether it lies there is read, not believed: a writer that was cut off does not know.
        await foreign.write(topic, [message]).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      }
    },
    taken: ({ value }) => note(takenSpans, value),
    async waiting() {
      // A leader that has moved answers so at first.
      await readOn().catch(() => undefined);
      return sumOf(lying) - sumOf(takenSpans);
    },
    check(problems) {
      for (const id of new Set([...lying.keys(), ...takenSpans.keys()])) {
        const [lies, took] = [lying.get(id) ?? 0, takenSpans.get(id) ?? 0];
        const told = `${id} lies there ${lies} times and was taken ${took} times`;
        if (lies !== took) problems.add('A foreign span is not taken once', told);
      }
    },
    close: async () => {
      await fetcher.close();
      await foreign.close();
    },
  };
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
