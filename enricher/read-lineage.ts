import { hash } from 'node:crypto';
import type { Attributes, AttributeValue } from '../otlp/span.ts';
import { canonicalJson } from './read-payload.ts';

/** What a model's turn shows of the story it is part of: its prompt by digest, and tool calls by the ids that the model gave them. */
export type Lineage = {
  /** SHA-256 over the input as sent, redacted; null where none was captured. */
  readonly promptDigest: string | null;
  /** Tool calls that the model asked for. */
  readonly asked: readonly string[];
  /** Tool calls whose results it was given. */
  readonly used: readonly string[];
};

/** Undefined where no content was captured. */
export function readLineage(attributes: Attributes): Lineage | undefined {
  const input = firstOf(attributes, inputKeys);
  const output = firstOf(attributes, outputKeys);
  if (input === undefined && output === undefined) return undefined;
  const used = new Set<string>();
  const asked = new Set<string>();
  if (input !== undefined) collect(parsed(input, resultMarks), isResult, used, DEPTH_MAX);
  if (output !== undefined) collect(parsed(output, requestMarks), isRequest, asked, DEPTH_MAX);
  return {
    promptDigest: input === undefined ? null : hash('sha256', textOf(input), 'hex'),
    asked: [...asked].slice(-IDS_MAX),
    used: [...used].slice(-IDS_MAX),
  };
}

const inputKeys = ['gen_ai.input.messages', 'ai.prompt.messages', 'gen_ai.prompt', 'input.value'];
const outputKeys = [
  'gen_ai.output.messages',
  'ai.response.toolCalls',
  'gen_ai.completion',
  'output.value',
];

// A conversation's inputs grow with it, and hold every result so far: the last ones are those that are new.
const IDS_MAX = 64;
const ID_CHARS_MAX = 128;
const DEPTH_MAX = 8;

/** Parts by which messages say that they hold a tool's result, in the standard's words and the providers' own. */
const resultMarks = ['tool_call_response', 'tool_result', 'tool-result', 'tool_call_id'];
const requestMarks = ['tool_call', 'tool_use', 'tool-call', 'toolCallId'];

type Part = Readonly<Record<string, unknown>>;

function isResult(part: Part): unknown {
  const { type, role } = part;
  if (type === 'tool_call_response') return part['id'];
  if (type === 'tool_result') return part['tool_use_id'];
  if (type === 'tool-result') return part['toolCallId'];
  return role === 'tool' ? part['tool_call_id'] : undefined;
}

function isRequest(part: Part): unknown {
  const { type } = part;
  if (type === 'tool_call' || type === 'tool_use' || type === 'function') return part['id'];
  return type === 'tool-call' || 'toolName' in part ? part['toolCallId'] : undefined;
}

function collect(
  value: unknown,
  idOf: (part: Part) => unknown,
  ids: Set<string>,
  depth: number,
): void {
  if (typeof value !== 'object' || value === null || depth === 0) return;
  if (Array.isArray(value)) {
    for (const entry of value) collect(entry, idOf, ids, depth - 1);
    return;
  }
  const part: Part = { ...value };
  const id = idOf(part);
  if (typeof id === 'string' && id !== '' && id.length <= ID_CHARS_MAX) ids.add(id);
  for (const member of Object.values(part)) collect(member, idOf, ids, depth - 1);
}

/** Parsing costs: only a text that names a tool's call is parsed. */
function parsed(value: AttributeValue, marks: readonly string[]): unknown {
  const text = textOf(value);
  if (!marks.some((mark) => text.includes(mark))) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(value: AttributeValue): string {
  return typeof value === 'string' ? value : canonicalJson(value);
}

function firstOf(attributes: Attributes, keys: readonly string[]): AttributeValue | undefined {
  for (const key of keys) {
    const value = attributes.get(key);
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
}
