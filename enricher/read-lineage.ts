import { hash } from 'node:crypto';
import type { Attributes, AttributeValue, Span } from '../otlp/span.ts';
import { requestedIn, usedIn } from './lineage-ids.ts';
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

/**
 * Messages stand whole in an attribute, one attribute a member, or one span event each: whichever the emitter writes, some of them two. Undefined
 * where no content was captured.
 */
export function readLineage({
  attributes,
  events,
}: Pick<Span, 'attributes' | 'events'>): Lineage | undefined {
  const told: Told = { used: new Set(), asked: new Set(), inputs: [], hasContent: false };
  const input = firstOf(attributes, inputKeys);
  const output = firstOf(attributes, outputKeys);
  if (input !== undefined) usedIn(textOf(input), told.used);
  if (output !== undefined) requestedIn(textOf(output), told.asked);
  readMembers(attributes, told);
  for (const event of events) readEvent(event, told);
  const { used, asked, inputs, hasContent } = told;
  if (input === undefined && output === undefined && !hasContent) return undefined;
  const prompt = input === undefined ? inputs.join('\n') : textOf(input);
  return {
    promptDigest: prompt === '' ? null : hash('sha256', prompt, 'hex'),
    asked: [...asked].slice(-IDS_MAX),
    used: [...used].slice(-IDS_MAX),
  };
}

type Told = {
  readonly used: Set<string>;
  readonly asked: Set<string>;
  /** The input piece by piece, in the order in which it stands. */
  readonly inputs: string[];
  hasContent: boolean;
};

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

/** Of OpenInference and of earlier OpenLLMetry: `llm.input_messages.3.message.tool_call_id`, `gen_ai.completion.0.tool_calls.0.id`. */
function readMembers(attributes: Attributes, told: Told): void {
  for (const [key, value] of attributes) {
    if (isWithin(key, 'llm.input_messages.', 'gen_ai.prompt.')) {
      told.hasContent = true;
      told.inputs.push(`${key} ${textOf(value)}`);
      if (key.endsWith('.tool_call_id')) addId(value, told.used);
    } else if (isWithin(key, 'llm.output_messages.', 'gen_ai.completion.')) {
      told.hasContent = true;
      const isId = key.endsWith('.tool_call.id') || key.endsWith('.id');
      if (isId && key.includes('.tool_calls.')) addId(value, told.asked);
    }
  }
}

function isWithin(key: string, one: string, other: string): boolean {
  return key.startsWith(one) || (key.startsWith(other) && isDigit(key.charCodeAt(other.length)));
}

// `gen_ai.prompt.name` and `gen_ai.prompt.variable.x` are no messages: those are numbered.
function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The conventions' events of before 1.37, which Strands still writes: a message each, the answer's is `gen_ai.choice`. */
function readEvent({ name, attributes }: Span['events'][number], told: Told): void {
  if (name === 'gen_ai.choice') {
    told.hasContent = true;
    for (const value of attributes.values()) requestedIn(textOf(value), told.asked);
  } else if (messageEvents.has(name)) {
    told.hasContent = true;
    told.inputs.push(`${name} ${canonicalJson(attributes)}`);
    if (name !== 'gen_ai.tool.message') return;
    addId(attributes.get('id') ?? null, told.used);
    for (const value of attributes.values()) usedIn(textOf(value), told.used);
  }
}

const messageEvents: ReadonlySet<string> = new Set([
  'gen_ai.system.message',
  'gen_ai.user.message',
  'gen_ai.assistant.message',
  'gen_ai.tool.message',
]);

function addId(value: AttributeValue, ids: Set<string>): void {
  if (typeof value === 'string' && value !== '' && value.length <= ID_CHARS_MAX) ids.add(value);
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
