import type { SpanKind } from '../otlp/span.ts';
import type { Subject, ToolDefinition } from '../schemas/record-types.ts';
import type { TokenUsage } from './cost/usage.ts';
import type { TextSlot } from './dialects/dialect.ts';
import type { Backend } from './read-backend.ts';
import type { Lineage } from './read-lineage.ts';

/**
 * What a span is to us: a view of a call, an acting agent, a tool that is no MCP call, a model's inference, an inference that only
 * repeats those below it, upkeep, what was decided about a call, or context.
 */
export type SpanRole =
  'hop' | 'agent' | 'tool' | 'inference' | 'aggregate' | 'housekeeping' | 'decision' | 'other';

export type IdentityStatement = {
  readonly key: string;
  readonly principal: string;
  readonly subject: Subject;
};

/** A payload value as captured: canonical JSON or plain text. */
export type CapturedPayload = {
  readonly name: string;
  readonly mediaType: string;
  readonly text: string;
  /** Size before any cut. */
  readonly bytes: number;
  readonly truncated: boolean;
};

/** What one span says, in our words, without payload. Plain JSON: it is kept in state as it stands. */
export type Reading = Readonly<Partial<Record<TextSlot, string>>> & {
  readonly dialect: string;
  /** True when a status without error proves that the call went well. */
  readonly provesSuccess: boolean;
  /** True when that holds only where the span does not pass the request on. */
  readonly endsOnly?: true;
  /** True when the tool's name was read from the span's name. */
  readonly nameOnly?: true;
  /** True for a log record: it is no step of a request's way, but tells of one. */
  readonly isLog?: true;
  /** True when it only tells what was decided about a call. */
  readonly decidesOnly?: true;
  /** True when the text of its error is the official SDKs' for an answer that did not come in time. */
  readonly timedOut?: true;
  readonly kind: SpanKind;
  readonly name: string;
  readonly scope: string;
  readonly service?: string;
  readonly host?: string;
  readonly region?: string;
  readonly startTimeUs: number;
  readonly endTimeUs: number;
  readonly status: 'unset' | 'ok' | 'error';
  /** What the payload says of the tool's success, and the attribute that says it. */
  readonly failed?: { readonly value: boolean; readonly key: string };
  /** Class of a recorded exception, where `error.type` is absent. */
  readonly exceptionType?: string;
  readonly identities?: readonly IdentityStatement[];
  readonly roles?: readonly string[];
  /** What the collector's redaction did to the span, as it says it (`read-receipts.ts`). */
  readonly receipts?: string;
  readonly usage?: TokenUsage;
  /** What the span spoke to, where it is no request itself. */
  readonly backend?: Backend;
  readonly lineage?: Lineage;
  /** Tools that it lists, with the hashes of their definitions. */
  readonly definitions?: readonly ToolDefinition[];
};

/** A span as read. `reading` is null when nothing in it can matter to any record. */
export type ReadSpan = {
  readonly role: SpanRole;
  readonly reading: Reading | null;
  readonly payload: readonly CapturedPayload[];
};
