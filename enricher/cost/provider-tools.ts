import type { Attributes, AttributeValue } from '../../otlp/span.ts';

/** Uses of a tool that the model's provider ran itself while it answered, and bills beside the tokens. */
export type ProviderToolUse = { readonly tool: string; readonly count: number };

/**
 * What the usage on an inference span counts; where it counts none, the parts of the answer that show one (`server_tool_call` of the GenAI
 * conventions, `server_tool_use` of Anthropic's). No span and no request of MCP tells of such a use, so it is a line of the inference's charges and
 * never a call. Undefined where nothing shows one.
 */
export function providerToolsFrom(attributes: Attributes): readonly ProviderToolUse[] | undefined {
  const uses = new Map<string, number>();
  for (const [key, tool] of countKeys) {
    const count = countFrom(attributes.get(key));
    // Several keys of one tool repeat each other.
    if (count !== null && !uses.has(tool)) uses.set(tool, count);
  }
  if (uses.size === 0) countParts(attributes.get('gen_ai.output.messages'), uses);
  const found = [...uses].filter(([, count]) => count > 0).slice(0, TOOLS_MAX);
  return found.length === 0 ? undefined : found.map(([tool, count]) => ({ tool, count }));
}

const TOOLS_MAX = 8;
const USES_MAX = 1_000_000;
const NAME_CHARS_MAX = 128;
const DEPTH_MAX = 6;

// PydanticAI's keys of what providers count, OpenInference's, those of emitters that pass a provider's own usage on.
const countKeys: readonly (readonly [string, string])[] = [
  ['gen_ai.usage.details.web_search_requests', 'web_search'],
  ['gen_ai.usage.web_search_requests', 'web_search'],
  ['gen_ai.usage.server_tool_use.web_search_requests', 'web_search'],
  ['anthropic.usage.server_tool_use.web_search_requests', 'web_search'],
  ['gen_ai.usage.server_side_tool_usage_details.web_search_calls', 'web_search'],
  ['llm.token_count.prompt_details.web_search_requests', 'web_search'],
  ['gen_ai.usage.details.web_fetch_requests', 'web_fetch'],
  ['gen_ai.usage.server_tool_use.web_fetch_requests', 'web_fetch'],
  ['anthropic.usage.server_tool_use.web_fetch_requests', 'web_fetch'],
  ['gen_ai.usage.details.google_maps_grounding_requests', 'google_maps_grounding'],
  ['gen_ai.usage.details.code_interpreter_sessions', 'code_interpreter'],
  ['gen_ai.usage.details.server_side_tools_code_execution', 'code_execution'],
];

function countFrom(value: AttributeValue | undefined): number | null {
  const count = typeof value === 'string' && /^\d{1,7}$/.test(value) ? Number(value) : value;
  if (typeof count !== 'number' || !Number.isInteger(count)) return null;
  return count >= 0 && count <= USES_MAX ? count : null;
}

function countParts(messages: AttributeValue | undefined, uses: Map<string, number>): void {
  if (messages === undefined || messages === null) return;
  if (typeof messages !== 'string') return count(messages, uses, DEPTH_MAX);
  // Parsing costs: most answers show none.
  if (!messages.includes('server_tool_')) return;
  try {
    count(JSON.parse(messages), uses, DEPTH_MAX);
  } catch {
    // Cut text: what it showed is not known.
  }
}

function count(value: unknown, uses: Map<string, number>, depth: number): void {
  if (depth === 0 || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const entry of value) count(entry, uses, depth - 1);
    return;
  }
  const part = value instanceof Map ? value : new Map(Object.entries(value));
  const type: unknown = part.get('type');
  if (type === 'server_tool_call' || type === 'server_tool_use') {
    const name: unknown = part.get('name');
    const isName = typeof name === 'string' && name !== '' && name.length <= NAME_CHARS_MAX;
    if (isName) uses.set(name, (uses.get(name) ?? 0) + 1);
    return;
  }
  for (const member of part.values()) count(member, uses, depth - 1);
}
