import type { NewMessage } from '../event-log/event-log.ts';
import type { Part } from '../otlp/part-builder.ts';
import type { ProducerCredential } from '../registry/credentials.ts';
import type { Signal } from '../schemas/topics.ts';
import { headerNames, signalMessageKinds, topics } from '../schemas/topics.ts';
import type { GroupNumbers } from './number-spans.ts';

export type ProducedParts = {
  readonly producer: ProducerCredential;
  readonly signal: Signal;
  readonly parts: readonly Part[];
};

/**
 * Messages of the spans topic: what one producer sent for one partition goes into one message, up to `messageBytesMax`.
 * Concatenated `TracesData` is `TracesData` (repeated fields of a protobuf message append). Order within a producer and
 * partition and signal is kept, and `numbers` are given in it; tenant, producer, trust class and signal are never mixed. Log records go beside the spans: what an
 * enricher decides by lies in one partition.
 */
export function packMessages(
  produced: readonly ProducedParts[],
  messageBytesMax: number,
  numbers: Pick<GroupNumbers, 'next'>,
): NewMessage[] {
  const messages: NewMessage[] = [];
  const open = new Map<ProducerCredential, Map<number, Packing>>();
  for (const { producer, signal, parts } of produced) {
    const packings = packingsOf(open, producer);
    for (const part of parts) {
      const place = signal === 'traces' ? part.partition : -1 - part.partition;
      let packing = packings.get(place);
      const isFull = packing && packing.size + part.bytes.length > messageBytesMax;
      // What was redacted by two policies never shares a message: it names the one that was in force.
      if (packing && (isFull || packing.policy !== part.policy)) {
        messages.push(toMessage(producer, packing, numbers));
        packing = undefined;
      }
      if (packing) addPart(packing, part);
      else packings.set(place, startPacking(part, signal));
    }
  }
  for (const [producer, packings] of open) {
    for (const packing of packings.values()) messages.push(toMessage(producer, packing, numbers));
  }
  return messages;
}

type Packing = {
  readonly signal: Signal;
  readonly policy: string | undefined;
  readonly partition: number;
  readonly chunks: Uint8Array[];
  size: number;
  items: number;
  key: string | null;
};

function packingsOf(
  open: Map<ProducerCredential, Map<number, Packing>>,
  producer: ProducerCredential,
): Map<number, Packing> {
  const known = open.get(producer);
  if (known) return known;
  const started = new Map<number, Packing>();
  open.set(producer, started);
  return started;
}

function startPacking(part: Part, signal: Signal): Packing {
  const { partition, key, items, bytes, policy } = part;
  return { signal, policy, partition, chunks: [bytes], size: bytes.length, items, key };
}

function addPart(packing: Packing, part: Part): void {
  packing.chunks.push(part.bytes);
  packing.size += part.bytes.length;
  packing.items += part.items;
  if (packing.key !== part.key) packing.key = null;
}

function toMessage(
  producer: ProducerCredential,
  packing: Packing,
  numbers: Pick<GroupNumbers, 'next'>,
): NewMessage {
  const [first] = packing.chunks;
  const single = packing.chunks.length === 1 && first;
  return {
    topic: topics.spans,
    partition: packing.partition,
    key: packing.key,
    headers: {
      [headerNames.tenant]: producer.tenant,
      [headerNames.producer]: producer.producer,
      [headerNames.trust]: producer.trust,
      [headerNames.kind]: signalMessageKinds[packing.signal],
      [headerNames.spans]: String(packing.items),
      [headerNames.run]: numbers.next(producer, packing.partition, packing.items),
      ...(packing.policy === undefined ? {} : { [headerNames.policy]: packing.policy }),
    },
    value: single ? single : Buffer.concat(packing.chunks, packing.size),
  };
}
