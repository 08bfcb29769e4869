import type { Context, Span, Tracer } from '@opentelemetry/api';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, propagation, trace } from '@opentelemetry/api';
import { OWN_SCOPE } from './own-scope.ts';

/**
 * What is told of a piece of work: counts, and names that are ours. Never a value, an identity, a tenant or a token: what is told here leaves
 * for wherever the operator keeps traces.
 */
export type Facts = Readonly<Record<string, number | string>>;

export type Work = {
  /** `waybill.<role>.<what>`. */
  readonly name: string;
  readonly kind?: 'internal' | 'server' | 'client';
  /** When it began, milliseconds since the epoch; now, without it. */
  readonly sinceMs?: number;
  /** Headers of the request that asks for it; its `traceparent` is the parent. */
  readonly askedBy?: Readonly<Record<string, unknown>>;
  /** Looked at only where a span is due: true leaves the work untraced. */
  readonly unless?: () => boolean;
};

/** A piece of work under way. Where it is not traced, telling costs nothing. */
export interface TracedWork {
  /** Runs a part of it, in a span of its own. */
  part<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** Tells of a part that began then, milliseconds since the epoch, and ends now. */
  done(name: string, sinceMs: number): void;
  tell(facts: Facts): void;
  /** `failure` is what it ended by; of that, a code of ours is told, and no message. */
  end(failure?: unknown): void;
}

/** Pieces of work of a thread that are traced in a second; further ones are not. */
export const WORK_PER_SECOND_MAX = 20;

const untraced: TracedWork = {
  part: async (_, run) => run(),
  done: () => undefined,
  tell: () => undefined,
  end: () => undefined,
};

type Tracing = { readonly tracer: Tracer; left: number; second: number };

/** Each role has its thread or its process, and so a state of its own. */
let tracing: Tracing | undefined;

/** From here on work is traced by it; without one, no work is. */
export function traceBy(tracer: Tracer | undefined): void {
  tracing = tracer && { tracer, left: WORK_PER_SECOND_MAX, second: 0 };
}

export function isTracing(): boolean {
  return tracing !== undefined;
}

/** Begins a piece of work that the caller ends. */
export function beginWork(work: Work): TracedWork {
  if (tracing === undefined || !isDue(tracing) || work.unless?.()) return untraced;
  return begin(tracing.tracer, work, parentOf(work));
}

/** Runs a piece of work. Rejects as it does. */
export async function traceWork<T>(
  work: Work,
  run: (traced: TracedWork) => Promise<T>,
): Promise<T> {
  return endWith(beginWork(work), run);
}

/** Runs what is left of a piece of work that was begun, and ends it. Rejects as it does. */
export async function endWith<T>(
  traced: TracedWork,
  run: (traced: TracedWork) => Promise<T>,
): Promise<T> {
  try {
    const result = await run(traced);
    traced.end();
    return result;
  } catch (failure) {
    traced.end(failure);
    throw failure;
  }
}

/** True where the bytes hold spans of Waybill's own: to trace what carries them would never end. */
export function holdsOwnSpans(otlp: Uint8Array): boolean {
  return Buffer.from(otlp.buffer, otlp.byteOffset, otlp.length).includes(OWN_SCOPE);
}

function isDue(state: Tracing): boolean {
  const second = Math.floor(performance.now() / 1000);
  if (second !== state.second) {
    state.second = second;
    state.left = WORK_PER_SECOND_MAX;
  }
  if (state.left === 0) return false;
  state.left -= 1;
  return true;
}

// Of what the asker sends along only the ids are taken on: its `tracestate` and its baggage hold values.
function parentOf({ askedBy }: Work): Context {
  if (askedBy === undefined) return ROOT_CONTEXT;
  const asker = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, askedBy));
  if (asker === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, traceFlags } = asker;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
} as const;

function begin(
  tracer: Tracer,
  { name, kind = 'internal', sinceMs }: Work,
  parent: Context,
): TracedWork {
  const options = { kind: kinds[kind], ...(sinceMs === undefined ? {} : { startTime: sinceMs }) };
  const span = tracer.startSpan(name, options, parent);
  if (!span.isRecording()) return untraced;
  const inside = trace.setSpan(parent, span);
  return {
    part: async (part, run) => endWith(begin(tracer, { name: part }, inside), run),
    done: (part, since) => begin(tracer, { name: part, sinceMs: since }, inside).end(),
    tell: (facts) => void span.setAttributes(facts),
    end: (failure) => endSpan(span, failure),
  };
}

function endSpan(span: Span, failure: unknown): void {
  if (failure !== undefined) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.setAttribute('error.type', codeOf(failure));
  }
  span.end();
}

/** A code as ours are written, or the kind of error. */
function codeOf(failure: unknown): string {
  if (!(failure instanceof Error)) return '_OTHER';
  const code = 'code' in failure ? failure.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : failure.name;
}
