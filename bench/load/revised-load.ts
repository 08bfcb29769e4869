import { createRequestTemplate } from './mcp-request.ts';

/**
 * Calls that are told in two parts: gateway and server first, the client's view later than the enricher waits, so that each is
 * published and then revised.
 */
export type RevisedLoadOptions = {
  readonly url: string;
  readonly key: string;
  readonly callsPerRequest: number;
  readonly callsPerSecond: number;
  readonly seconds: number;
  readonly lateMs: number;
  readonly seed: number;
};

/** Sends them, and gives how many spans were acknowledged. Fails on any answer but 200. */
export async function runRevisedLoad(options: RevisedLoadOptions): Promise<number> {
  const early = createRequestTemplate(options.callsPerRequest * 2, options.seed, [1, 2]);
  const late = createRequestTemplate(options.callsPerRequest, options.seed, [0]);
  const requests = Math.floor((options.callsPerSecond * options.seconds) / options.callsPerRequest);
  const everyMs = (options.seconds * 1000) / Math.max(1, requests);
  const startedAt = performance.now();
  const sent: Promise<unknown>[] = [];
  for (let at = 0; at < requests; at += 1) {
    await sleep(startedAt + at * everyMs - performance.now());
    const nowMs = Date.now();
    early.refresh(nowMs);
    late.refresh(nowMs);
    const first = Buffer.from(early.bytes);
    const second = Buffer.from(late.bytes);
    sent.push(
      post(options, first)
        .then(() => sleep(options.lateMs))
        .then(() => post(options, second)),
    );
  }
  await Promise.all(sent);
  return requests * options.callsPerRequest * 3;
}

async function post(options: RevisedLoadOptions, body: Buffer): Promise<void> {
  for (;;) {
    const response = await fetch(`${options.url}/v1/traces`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${options.key}`,
        'content-type': 'application/x-protobuf',
      },
      body: new Uint8Array(body),
    });
    await response.arrayBuffer();
    if (response.status === 200) return;
    if (response.status !== 429 && response.status !== 503) {
      throw new Error(`The collector answered ${response.status}.`);
    }
    await sleep(1000 * Number(response.headers.get('retry-after') ?? '1'));
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
