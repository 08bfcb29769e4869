import { SpanStatusCode } from '@opentelemetry/api';
import type { Attributes, Span } from '@opentelemetry/api';
import { contentText, present } from './describe-operation.ts';
import { isRecord } from './json-rpc.ts';
import type { Response } from './json-rpc.ts';
import { statusMessageCharsMax } from './options.ts';
import type { InstrumentOptions } from './options.ts';

/** How an operation ended: what to add to its span, and whether that is an error. */
export type Outcome = {
  readonly attributes: Attributes;
  /** `type` becomes `error.type`; `message` only ever holds a JSON-RPC error's message, never a tool's content. */
  readonly error?: { readonly type: string; readonly message?: string };
};

export const succeeded: Outcome = { attributes: {} };
export const cancelled: Outcome = failedWith('cancelled');
/** Given up because too many are open. */
export const overLimit: Outcome = failedWith('_OTHER');
export const connectionClosed: Outcome = failedWith('connection_closed');

/**
 * The outcome a response tells. The initiating side takes every JSON-RPC code for an error; the processing side only those that do
 * not say that the caller asked for what cannot be served (semantic-conventions-genai, model/mcp/common.yaml).
 */
export function outcomeOfResponse(
  response: Response,
  method: string,
  side: 'initiating' | 'processing',
  options: InstrumentOptions,
): Outcome {
  if (response.kind === 'error') {
    const code = String(response.code);
    const attributes = { 'rpc.response.status_code': code };
    return side === 'processing' && callerMistakes.has(response.code)
      ? { attributes }
      : { attributes, error: { type: code, message: response.message } };
  }
  if (method !== 'tools/call') return succeeded;
  if (response.result['isError'] === true) return failedWith('tool_error');
  if (!options.captureContent) return succeeded;
  return {
    attributes: present({ 'gen_ai.tool.call.result': contentText(response.result, options) }),
  };
}

/**
 * The outcome of a request whose promise was rejected although no error response came: the SDK's own time limit, the caller's abort
 * signal, a closed connection, a transport that failed or a result that does not fit its schema.
 */
export function outcomeOfRejection(reason: unknown, signal: unknown): Outcome {
  if (signal instanceof AbortSignal && signal.aborted) {
    return isNamed(signal.reason, 'TimeoutError') ? failedWith('timeout') : cancelled;
  }
  const code = isRecord(reason) ? reason['code'] : undefined;
  if (code === requestTimeout) return failedWith('timeout');
  if (code === closedConnection) return connectionClosed;
  return outcomeOfException(reason);
}

/** The outcome of something that threw: the name of its class, never its message, which may hold an address or a value. */
export function outcomeOfException(reason: unknown): Outcome {
  if (!(reason instanceof Error)) return failedWith('_OTHER');
  return failedWith(reason.name === 'Error' ? reason.constructor.name : reason.name);
}

/** Writes an outcome on a span. Success leaves the status unset, as the standard wants. */
export function record(span: Span, outcome: Outcome): void {
  span.setAttributes(outcome.attributes);
  if (!outcome.error) return;
  const { type, message } = outcome.error;
  span.setAttribute('error.type', type);
  span.setStatus(
    message
      ? { code: SpanStatusCode.ERROR, message: message.slice(0, statusMessageCharsMax) }
      : { code: SpanStatusCode.ERROR },
  );
}

/** Parse error, invalid request, method not found, invalid params, resource not found. */
const callerMistakes: ReadonlySet<number> = new Set([-32700, -32600, -32601, -32602, -32002]);

/** Codes that the SDK gives to errors it makes itself (its `ErrorCode`). */
const closedConnection = -32000;
const requestTimeout = -32001;

function failedWith(type: string): Outcome {
  return { attributes: {}, error: { type } };
}

function isNamed(value: unknown, name: string): boolean {
  return value instanceof Error && value.name === name;
}
