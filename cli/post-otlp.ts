import { setTimeout as sleep } from 'node:timers/promises';
import { unreachable } from './api-client.ts';
import { CommandFailure } from './failure.ts';
import type { OtlpRequests } from './otlp-requests.ts';
import { readVarint } from './otlp-requests.ts';

export type PostOptions = {
  readonly url: URL;
  readonly key: string;
  readonly contentType: OtlpRequests['contentType'];
  /** Told before each wait: why and how long. */
  readonly onWait: (reason: string, ms: number) => void;
};

/** What the receiver did not take of a request that it took otherwise. */
export type Posted = { readonly rejectedSpans: number; readonly message: string };

const ATTEMPTS_MAX = 10;
const WAIT_MS_MAX = 30_000;
const ANSWER_WAIT_MS_MAX = 60_000;
/** Statuses after which OTLP has the client try again. Source: OTLP/HTTP, "Retryable response codes". */
const RETRYABLE = new Set([429, 502, 503, 504]);

/** Posts one request, again where the receiver asks for it, after the time that it asks for. */
export async function postOtlp(body: Uint8Array, options: PostOptions): Promise<Posted> {
  for (let attempt = 1; ; attempt++) {
    const { response, answer } = await post(body, options);
    const contentType = response.headers.get('content-type') ?? '';
    if (response.ok) return partialSuccess(answer, contentType);
    if (!RETRYABLE.has(response.status) || attempt === ATTEMPTS_MAX) {
      const detail = statusMessage(answer, contentType);
      throw new CommandFailure(
        'failed',
        `waybill: ${options.url.href} answered ${response.status}${detail ? `: ${detail}` : ''}`,
      );
    }
    const waitMs = retryAfterMs(response.headers.get('retry-after'), attempt);
    options.onWait(`${response.status}`, waitMs);
    await sleep(waitMs);
  }
}

async function post(body: Uint8Array, { url, key, contentType }: PostOptions) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': contentType },
      body: Buffer.from(body),
      signal: AbortSignal.timeout(ANSWER_WAIT_MS_MAX),
    });
    return { response, answer: Buffer.from(await response.arrayBuffer()) };
  } catch (cause) {
    throw unreachable(url, cause);
  }
}

/** Seconds or a date, as the receiver says; else a wait that doubles from half a second. */
export function retryAfterMs(header: string | null, attempt: number): number {
  const seconds = Number(header ?? Number.NaN);
  const fromDate = Date.parse(header ?? '') - Date.now();
  const asked = Number.isFinite(seconds) ? seconds * 1000 : fromDate;
  const ms = Number.isFinite(asked) ? asked : 500 * 2 ** (attempt - 1);
  return Math.min(WAIT_MS_MAX, Math.max(0, ms));
}

/** `ExportTraceServiceResponse`: partial_success = 1 { rejected_spans = 1, error_message = 2 }. */
function partialSuccess(answer: Buffer, contentType: string): Posted {
  if (contentType.includes('json')) {
    const { partialSuccess: partial } = jsonAnswer(answer);
    return {
      rejectedSpans: Number(partial?.rejectedSpans ?? 0),
      message: partial?.errorMessage ?? '',
    };
  }
  const length = answer[0] === 0x0a ? readVarint(answer, 1) : undefined;
  if (!length) return { rejectedSpans: 0, message: '' };
  const partial = answer.subarray(length.end, length.end + length.value);
  const rejected = partial[0] === 0x08 ? readVarint(partial, 1) : undefined;
  const text = partial.subarray(rejected?.end ?? 0);
  const said = text[0] === 0x12 ? readVarint(text, 1) : undefined;
  return {
    rejectedSpans: rejected?.value ?? 0,
    message: said ? text.subarray(said.end, said.end + said.value).toString('utf8') : '',
  };
}

type JsonAnswer = {
  readonly partialSuccess?: {
    readonly rejectedSpans?: string | number;
    readonly errorMessage?: string;
  };
};

function jsonAnswer(answer: Buffer): JsonAnswer {
  try {
    return (JSON.parse(answer.toString() || '{}') ?? {}) as JsonAnswer;
  } catch (cause) {
    const message = 'waybill: what answered is no collector: its answer is no JSON.';
    throw new CommandFailure('failed', message, cause);
  }
}

/** The message of a `google.rpc.Status` (code = 1, message = 2), or the words of what else answers at this address. */
function statusMessage(answer: Buffer, contentType: string): string {
  const code = answer[0] === 0x08 ? readVarint(answer, 1) : undefined;
  const text = answer.subarray(code?.end ?? 0);
  const said = contentType.includes('protobuf') && text[0] === 0x12 ? readVarint(text, 1) : null;
  const words = said
    ? text.subarray(said.end, said.end + said.value).toString('utf8')
    : (messageOfJson(answer) ?? answer.toString('utf8'));
  return words
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 500);
}

function messageOfJson(answer: Buffer): string | undefined {
  try {
    const { message } = JSON.parse(answer.toString()) as { readonly message?: unknown };
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
