import type { Pipeline } from '../pipeline.ts';
import type { Chunk, PlannedRequest } from './requests.ts';
import { planChunk } from './requests.ts';
import type { TrafficSeed } from './traffic.ts';

/** Where the traffic goes, with the keys of the two producers. */
export type Target = Pick<Pipeline, 'otlpHttp' | 'producerKey' | 'gatewayKey'>;

export type ClientOptions = {
  readonly traffic: TrafficSeed;
  /** Aimed at while the pipeline is up. */
  readonly spansPerSecond: number;
  /** The pipeline that is up, waiting for the next one when none is. */
  readonly target: () => Promise<Target>;
  /** Whether another chunk is begun; what was begun is always finished. */
  readonly more: (chunks: number) => boolean;
  /** Instead of the chunk's own. */
  readonly pauseMs?: number;
  /** In which order its requests go out; what is in one list goes out at once. By default stage by stage. */
  readonly order?: (chunk: Chunk) => readonly (readonly PlannedRequest[])[];
};

export type ClientReport = {
  /** Chunks 0 to this, exclusive, are acknowledged wholly. */
  readonly chunks: number;
  readonly spans: number;
  /** Requests that were sent again because no answer came: their spans may be stored twice. */
  readonly unanswered: number;
  /** Answers 429 and 503. */
  readonly pushedBack: number;
};

/** Chunks under way at once: their later stages wait for seconds. */
const CHUNKS_MAX = 400;
const POSTS_MAX = 12;
const ANSWER_WAIT_MS_MAX = 20_000;

/**
 * A sender as OTLP wants it: each request is sent until it is answered 200, however often the pipeline dies meanwhile. Rejects on an
 * answer that would make a sender drop spans.
 */
export async function runClient(options: ClientOptions): Promise<ClientReport> {
  const run: Run = { ...options, free: POSTS_MAX, waiting: [], unanswered: 0, pushedBack: 0 };
  const underWay = new Set<Promise<void>>();
  let spans = 0;
  let chunks = 0;
  const failures: unknown[] = [];
  let dueMs = performance.now();
  for (; options.more(chunks) && failures.length === 0; chunks += 1) {
    const chunk = planChunk(options.traffic, chunks);
    spans += chunk.spans.length;
    const sending = sendChunk(run, chunk)
      .catch((error: unknown) => void failures.push(error))
      .then(() => void underWay.delete(sending));
    underWay.add(sending);
    if (underWay.size >= CHUNKS_MAX) await Promise.race(underWay);
    // No catching up after a pause: the rate is that of a pipeline that is up.
    const nowMs = performance.now();
    dueMs = Math.max(dueMs, nowMs - 200) + (chunk.spans.length / options.spansPerSecond) * 1000;
    await sleep(dueMs - nowMs);
    await options.target();
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
  return { chunks, spans, unanswered: run.unanswered, pushedBack: run.pushedBack };
}

type Run = ClientOptions & {
  free: number;
  readonly waiting: (() => void)[];
  unanswered: number;
  pushedBack: number;
};

async function sendChunk(run: Run, chunk: Chunk): Promise<void> {
  for (const stage of run.order?.(chunk) ?? [...chunk.stages, chunk.again]) {
    await Promise.all(stage.map(async (request) => sendUntilAcknowledged(run, request)));
    await sleep(run.pauseMs ?? chunk.pauseMs);
  }
}

async function sendUntilAcknowledged(run: Run, request: PlannedRequest): Promise<void> {
  for (;;) {
    const retryMs = await withPermit(run, async () => sendOnce(run, await run.target(), request));
    if (retryMs === undefined) return;
    await sleep(retryMs);
  }
}

/** Undefined when acknowledged, else how long to wait. */
async function sendOnce(
  run: Run,
  pipeline: Target,
  request: PlannedRequest,
): Promise<number | undefined> {
  const answer = await post(pipeline, request).catch(() => undefined);
  if (answer === undefined) {
    run.unanswered += 1;
    return 50;
  }
  const { status, text, retryAfterMs } = answer;
  if (status === 200 && !text.includes('rejectedSpans')) return undefined;
  if (status !== 429 && status !== 503)
    throw new Error(`The collector answered ${status}: ${text}`);
  run.pushedBack += 1;
  return retryAfterMs;
}

async function post(pipeline: Target, { producer, body }: PlannedRequest) {
  const key = producer === 'gateway' ? pipeline.gatewayKey : pipeline.producerKey;
  const response = await fetch(`${pipeline.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body,
    signal: AbortSignal.timeout(ANSWER_WAIT_MS_MAX),
  });
  const text = await response.text();
  const retryAfterMs = 1000 * Number(response.headers.get('retry-after') ?? '1');
  return { status: response.status, text, retryAfterMs };
}

async function withPermit<T>(run: Run, action: () => Promise<T>): Promise<T> {
  if (run.free > 0) run.free -= 1;
  else await new Promise<void>((resolve) => run.waiting.push(resolve));
  try {
    return await action();
  } finally {
    const next = run.waiting.shift();
    if (next) next();
    else run.free += 1;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
