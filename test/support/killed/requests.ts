import { seededRandom } from '../../../bench/load/seeded-random.ts';
import type { TestBatch } from '../otlp-json.ts';
import { otlpJson } from '../otlp-json.ts';
import type { PlannedCall, PlannedSpan, ProducerName, TrafficSeed } from './traffic.ts';
import { planTrace } from './traffic.ts';

export type PlannedRequest = {
  readonly producer: ProducerName;
  readonly body: string;
  readonly spans: number;
};

/** Traces that are sent together, stage by stage. */
export type Chunk = {
  readonly spans: readonly PlannedSpan[];
  readonly calls: readonly PlannedCall[];
  readonly stages: readonly (readonly PlannedRequest[])[];
  /** Some of its spans, packed otherwise, to be sent once more at the end. */
  readonly again: readonly PlannedRequest[];
  /** How long the next stage waits when this one is acknowledged. */
  readonly pauseMs: number;
};

const TRACES_MAX = 32;
const STAGES = 3;
/** A call is published a second after its last span: what comes later revises it. */
const PAUSE_MS_MIN = 1500;

/** Chunk `index` of the traffic: 1 to 32 traces, every seventh chunk a single one. */
export function planChunk(seed: TrafficSeed, index: number): Chunk {
  const random = seededRandom(Math.imul(seed.seed, 0x27d4eb2f) + Math.imul(index, 0x165667b1));
  const traces = index % 7 === 0 ? 1 : 1 + (random() % TRACES_MAX);
  const planned = Array.from({ length: traces }, (_, at) =>
    planTrace(seed, index * TRACES_MAX + at),
  );
  const spans = planned.flatMap((trace) => trace.spans);
  const repeated = random() % 100 < 20 ? spans.filter((_, at) => at % 3 === 0) : [];
  return {
    spans,
    calls: planned.flatMap((trace) => trace.calls),
    stages: Array.from({ length: STAGES }, (_, stage) =>
      requestsOf(spans.filter((span) => span.stage === stage)),
    ),
    again: requestsOf(repeated),
    pauseMs: PAUSE_MS_MIN + (random() % 1000),
  };
}

function requestsOf(spans: readonly PlannedSpan[]): readonly PlannedRequest[] {
  const producers = ['producer', 'gateway'] as const;
  return producers
    .map((producer) => ({ producer, own: spans.filter((span) => span.producer === producer) }))
    .filter(({ own }) => own.length > 0)
    .map(({ producer, own }) => ({
      producer,
      spans: own.length,
      body: otlpJson(...batchesOf(own)),
    }));
}

function batchesOf(spans: readonly PlannedSpan[]): readonly TestBatch[] {
  const services = new Map<string, PlannedSpan[]>();
  for (const span of spans) {
    const own = services.get(span.service);
    if (own) own.push(span);
    else services.set(span.service, [span]);
  }
  return [...services].map(([service, own]) => ({
    resource: { 'service.name': service },
    spans: own.map(({ span }) => span),
  }));
}
