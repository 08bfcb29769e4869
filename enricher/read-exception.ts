import type { Span } from '../otlp/span.ts';
import { TEXT_CHARS_MAX, textOf } from './draft.ts';

/** The class of the last exception that was recorded; undefined for none. */
export function exceptionTypeOf({ events }: Span): string | undefined {
  const event = events.findLast(({ name }) => name === 'exception');
  const type = event?.attributes.get('exception.type');
  return type === undefined ? undefined : textOf(type, TEXT_CHARS_MAX);
}

/** Whether an error of that class is what an official SDK tells its own caller when no answer came in time. */
export function tellsOfTimeOut({ statusMessage }: Span, errorClass: string | undefined): boolean {
  if (errorClass === undefined) return false;
  const name = errorClass.slice(errorClass.lastIndexOf('.') + 1);
  return errorClasses.has(name) && timeOutTexts.some((text) => statusMessage.includes(text));
}

const errorClasses: ReadonlySet<string> = new Set(['McpError', 'MCPError', 'MCPClientError']);

/**
 * The texts of the SDKs for Python (1.x, beside code 408) and for TypeScript (code −32001): emitters pass the text on and lose the code. No
 * other text of a status is evidence of anything.
 */
const timeOutTexts = [
  'Timed out while waiting for response to ClientRequest. Waited ',
  'MCP error -32001: Request timed out',
];
