import type { EventLog, LogMessage } from '../../../event-log/event-log.ts';
import { decodeTraces } from '../../../otlp/decode-traces.ts';
import { countPrefix, enricherRole, parseCountKey } from '../../../schemas/state-keys.ts';
import { headerNames, spanMessageKinds, topics } from '../../../schemas/topics.ts';
import type { Problems } from './problems.ts';
import { readTopic } from './read-topic.ts';
import { planChunk } from './requests.ts';
import type { TrafficSeed } from './traffic.ts';

type Counts = Readonly<Record<string, number>>;

/** What lies in the spans topic of one producer. */
type Stored = { spans: number; readonly identities: Set<string> };

export type BucketFigures = {
  readonly stored: number;
  readonly distinct: number;
  readonly byProducer: Readonly<Record<string, Counts>>;
};

/** Traffic that was acknowledged wholly: its first chunks. */
export type Sent = { readonly traffic: TrafficSeed; readonly chunks: number };

export type BucketCheck = {
  /** Notes what was sent since. */
  plan(sent: readonly Sent[]): void;
  /** Looks at what was stored since. */
  readOn(): Promise<void>;
  check(): Promise<BucketFigures>;
};

/** One check of everything. */
export async function checkBuckets(
  log: EventLog,
  sent: Sent,
  problems: Problems,
): Promise<BucketFigures> {
  const buckets = openBucketCheck(log, problems);
  buckets.plan([sent]);
  return buckets.check();
}

/**
 * The buckets of each producer against the spans of its log, decoded, and against the plan: what was acknowledged is stored, nothing else
 * is, and each of it is counted once where it belongs; what is stored more than once is a duplicate.
 */
export function openBucketCheck(
  log: EventLog,
  problems: Problems,
  /** Told of messages of producers that nothing is planned of. */
  onOther: (message: LogMessage) => void = () => undefined,
): BucketCheck {
  const stored = new Map<string, Stored>();
  const planned = new Map<string, Planned>();
  const offsets = Array.from({ length: log.partitions }, () => 0);
  const readOn = async (): Promise<void> => {
    for (const [partition, from] of offsets.entries()) {
      for await (const messages of readTopic(log, topics.spans, partition, undefined, from)) {
        for (const message of messages) {
          if (planned.has(message.headers[headerNames.producer] ?? '')) addStored(stored, message);
          else onOther(message);
        }
        offsets[partition] = (messages.at(-1)?.offset ?? from) + 1;
      }
    }
  };
  return {
    plan: (sent) => {
      for (const each of sent) addPlanned(planned, each);
    },
    readOn,
    async check() {
      await readOn();
      const counted = await readCounts(log);
      for (const [producer, plan] of planned) {
        const { spans, identities } = stored.get(producer) ?? newStored();
        for (const identity of plan.identities) {
          if (!identities.has(identity)) problems.add('An acknowledged span is lost', identity);
        }
        for (const identity of identities) {
          if (!plan.identities.has(identity))
            problems.add('A stored span was never sent', identity);
        }
        const expected = { ...plan.buckets, duplicate: spans - identities.size, accepted: spans };
        compare(producer, expected, counted.get(producer) ?? {}, problems);
      }
      const all = [...stored.values()];
      return {
        stored: all.reduce((sum, { spans }) => sum + spans, 0),
        distinct: all.reduce((sum, { identities }) => sum + identities.size, 0),
        byProducer: Object.fromEntries(counted),
      };
    },
  };
}

function compare(producer: string, expected: Counts, counted: Counts, problems: Problems): void {
  for (const bucket of new Set([...Object.keys(expected), ...Object.keys(counted)])) {
    const should = expected[bucket] ?? 0;
    const is = counted[bucket] ?? 0;
    const much = is > should ? `${is - should} too many` : `${should - is} too few`;
    if (should !== is) problems.add('A bucket is wrong', `${producer} ${bucket}: ${much}`);
  }
}

function newStored(): Stored {
  return { spans: 0, identities: new Set<string>() };
}

function addStored(stored: Map<string, Stored>, { headers, value }: LogMessage): void {
  if (headers[headerNames.kind] !== spanMessageKinds.spans || value === null) return;
  const producer = headers[headerNames.producer] ?? '';
  const own = stored.get(producer) ?? newStored();
  stored.set(producer, own);
  for (const { traceId, spanId } of decodeTraces(value)) {
    own.spans += 1;
    own.identities.add(`${traceId}/${spanId}`);
  }
}

type Planned = { readonly identities: Set<string>; readonly buckets: Record<string, number> };

function addPlanned(planned: Map<string, Planned>, { traffic, chunks }: Sent): void {
  for (let index = 0; index < chunks; index += 1) {
    for (const { producer, bucket, span } of planChunk(traffic, index).spans) {
      const own = planned.get(producer) ?? { identities: new Set<string>(), buckets: {} };
      planned.set(producer, own);
      own.identities.add(`${span.traceId}/${span.spanId}`);
      own.buckets[bucket] = (own.buckets[bucket] ?? 0) + 1;
    }
  }
}

async function readCounts(log: EventLog): Promise<ReadonlyMap<string, Counts>> {
  const counts = new Map<string, Record<string, number>>();
  for (let partition = 0; partition < log.partitions; partition += 1) {
    const view = await log.inspect(enricherRole, partition);
    for (const [key, value] of view.scanState(countPrefix)) {
      const { producer, count } = parseCountKey(key) ?? { producer: key, count: 'unreadable' };
      const own = counts.get(producer) ?? {};
      counts.set(producer, own);
      own[count] = (own[count] ?? 0) + Number(Buffer.from(value).toString());
    }
  }
  return counts;
}
