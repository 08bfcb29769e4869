/** Adds the ids of the tool calls whose results a model was given, as a text of messages says them; what is no JSON says nothing. */
export function usedIn(text: string, ids: Set<string>): void {
  collect(parsed(text, resultMarks), resultIds, ids, DEPTH_MAX);
}

/** Adds the ids of the tool calls that a model asked for. Tools that its provider ran itself were asked of nobody. */
export function requestedIn(text: string, ids: Set<string>): void {
  collect(parsed(text, requestMarks), requestIds, ids, DEPTH_MAX);
}

const ID_CHARS_MAX = 128;
const DEPTH_MAX = 8;

/** Parts by which messages say that they hold a tool's result, in the standard's words and the providers' own. */
const resultMarks = [
  'tool_call_response',
  'tool_result',
  'tool-result',
  'tool_call_id',
  'toolResult',
  'functionResponse',
  'function_call_output',
];
const requestMarks = [
  'tool_call',
  'tool_use',
  'tool-call',
  'toolCallId',
  'toolUse',
  'functionCall',
  'function_call',
];

type Part = Readonly<Record<string, unknown>>;

function resultIds(part: Part): readonly unknown[] {
  const { type, role } = part;
  if (type === 'tool_call_response') return [part['id']];
  if (type === 'tool_result') return [part['tool_use_id']];
  if (type === 'tool-result') return [part['toolCallId']];
  if (type === 'function_call_output') return [part['call_id']];
  const bedrock = member(part, 'toolResult');
  if (bedrock) return [bedrock['toolUseId']];
  const gemini = member(part, 'functionResponse');
  // Gemini CLI's own spans know the call by the tool's name and the id.
  if (gemini) return [gemini['id'], `${String(gemini['name'])}__${String(gemini['id'])}`];
  return role === 'tool' || type === 'tool' ? [part['tool_call_id']] : [];
}

function requestIds(part: Part): readonly unknown[] {
  const { type } = part;
  if (type === 'tool_call' || type === 'tool_use' || type === 'function') return [part['id']];
  if (type === 'function_call') return [part['call_id']];
  const bedrock = member(part, 'toolUse');
  if (bedrock) return [bedrock['toolUseId']];
  const gemini = member(part, 'functionCall');
  if (gemini) return [gemini['id']];
  return type === 'tool-call' || 'toolName' in part ? [part['toolCallId']] : [];
}

function member(part: Part, name: string): Part | undefined {
  const value = part[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { ...value }
    : undefined;
}

function collect(
  value: unknown,
  idsOf: (part: Part) => readonly unknown[],
  ids: Set<string>,
  depth: number,
): void {
  if (typeof value !== 'object' || value === null || depth === 0) return;
  if (Array.isArray(value)) {
    for (const entry of value) collect(entry, idsOf, ids, depth - 1);
    return;
  }
  const part: Part = { ...value };
  for (const id of idsOf(part)) {
    if (typeof id === 'string' && id !== '' && id.length <= ID_CHARS_MAX) ids.add(id);
  }
  for (const each of Object.values(part)) collect(each, idsOf, ids, depth - 1);
}

/** Parsing costs: only a text that names a tool's call is parsed. */
function parsed(text: string, marks: readonly string[]): unknown {
  if (!marks.some((mark) => text.includes(mark))) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
