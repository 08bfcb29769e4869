import type { Attributes } from '@opentelemetry/api';
import { readRecord, readString } from './json-rpc.ts';
import type { Operation, Params } from './json-rpc.ts';
import { contentCharsMaxDefault } from './options.ts';
import type { InstrumentOptions } from './options.ts';

export type Description = { readonly name: string; readonly attributes: Attributes };

/** Span name and attributes that an operation's own message decides (semantic-conventions-genai, model/mcp/spans.yaml). */
export function describeOperation(operation: Operation, options: InstrumentOptions): Description {
  const { method, params } = operation;
  const tool = method === 'tools/call' ? readString(params['name']) : undefined;
  const prompt = promptName(method, params);
  const uri = resourceMethods.has(method) ? readString(params['uri']) : undefined;
  const target = tool ?? prompt ?? (options.resourceUriInSpanName ? uri : undefined);
  return {
    name: target ? `${method} ${target}` : method,
    attributes: present({
      'mcp.method.name': method,
      'gen_ai.operation.name': method === 'tools/call' ? 'execute_tool' : undefined,
      'gen_ai.tool.name': tool,
      'gen_ai.prompt.name': prompt,
      'mcp.resource.uri': uri,
      'jsonrpc.request.id':
        operation.kind === 'request' && operation.id !== undefined
          ? String(operation.id)
          : undefined,
      ...(options.captureContent ? content(method, params, options) : {}),
    }),
  };
}

/** JSON of a value, cut to the longest that may be recorded; undefined if it has none. */
export function contentText(value: unknown, options: InstrumentOptions): string | undefined {
  const text = typeof value === 'string' ? value : toJson(value);
  return text?.slice(0, options.contentCharsMax ?? contentCharsMaxDefault);
}

/** Leaves out what is undefined. */
export function present(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

const resourceMethods: ReadonlySet<string> = new Set([
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'notifications/resources/updated',
]);

function promptName(method: string, params: Params): string | undefined {
  if (method === 'prompts/get') return readString(params['name']);
  if (method !== 'completion/complete') return undefined;
  const reference = readRecord(params['ref']);
  return reference['type'] === 'ref/prompt' ? readString(reference['name']) : undefined;
}

function content(method: string, params: Params, options: InstrumentOptions): Attributes {
  if (method === 'tools/call') {
    return { 'gen_ai.tool.call.arguments': contentText(params['arguments'], options) };
  }
  if (method !== 'prompts/get') return {};
  return Object.fromEntries(
    Object.entries(readRecord(params['arguments'])).map(([key, value]) => [
      `gen_ai.prompt.variable.${key}`,
      contentText(value, options),
    ]),
  );
}

/** A value without JSON (a cycle, a bigint) must not fail the caller's request. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
