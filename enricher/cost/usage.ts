import type { Attributes, AttributeValue } from '../../otlp/span.ts';
import { cutText } from '../cut-text.ts';
import type { ProviderToolUse } from './provider-tools.ts';
import { providerToolsFrom } from './provider-tools.ts';
import type { ReportedCost } from './reported-cost.ts';
import { reportedCost } from './reported-cost.ts';

/**
 * Model tokens of one inference in disjoint meters: `inputTokens` are those neither read from nor written to a cache, `outputTokens`
 * those that were not reasoning. A meter that nobody reported is null, never zero.
 */
export type TokenUsage = {
  readonly provider: string | null;
  /** Response model, else request model. */
  readonly model: string | null;
  readonly inputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly outputTokens: number | null;
  readonly reasoningTokens: number | null;
  /** All input tokens, cached ones included: what the record's `inputTokens` fact says. */
  readonly inputTokensAll: number | null;
  readonly outputTokensAll: number | null;
  /** Meters that must not be priced, since their counts contradict each other. */
  readonly unpriceable: readonly ('input' | 'output')[];
  /** What the emitter itself computed, kept apart from what the price book gives. */
  readonly reportedCost: ReportedCost | null;
  /** Tools that the provider ran itself; absent where nothing shows one. */
  readonly providerTools?: readonly ProviderToolUse[];
  /** Assumptions and doubts, for the record's flags. */
  readonly flags: readonly UsageFlag[];
};

export type UsageFlag =
  /** The answer came out of a cache of answers: the tokens that it repeats were those of the first time, and no provider bills them again. */
  | 'response_cached'
  /** Cached tokens were reported beside the input tokens instead of within them. */
  | 'usage_cache_beside_input'
  /** Reasoning tokens were reported beside the output tokens instead of within them. */
  | 'usage_reasoning_beside_output'
  /** A part is larger than its whole: the counts are kept as they came and not priced. */
  | 'usage_contradictory'
  /** A count was no whole number, negative, or beyond what any inference takes: it is taken as not reported. */
  | 'usage_malformed';

/**
 * The token usage on an inference span, in whatever vocabulary. Of the keys that mean the same, the first one present is taken:
 * emitters send old and new keys side by side, and adding them would count twice. The standard counts cached tokens within
 * the input and reasoning within the output (OpenTelemetry GenAI conventions); a stated total, or parts larger than their
 * whole, show an emitter that puts them beside it (Anthropic's raw usage).
 */
export function usageFrom(attributes: Attributes): TokenUsage {
  if (isCachedAnswer(attributes)) return cachedAnswer(attributes);
  const flags = new Set<UsageFlag>();
  const read = (keys: readonly string[]) => firstCount(attributes, keys, flags);
  const counts: Counts = {
    input: read(inputKeys),
    cacheRead: read(cacheReadKeys),
    cacheWrite: read(cacheWriteKeys),
    output: read(outputKeys),
    reasoning: read(reasoningKeys),
    total: read(totalKeys),
    cacheBeside: cacheIsBesideByKey(attributes),
  };
  const leaves = disjoint(counts, flags);
  const providerTools = providerToolsFrom(attributes);
  return {
    provider: providerOf(attributes),
    model: modelOf(attributes),
    ...leaves,
    reportedCost: reportedCost(attributes),
    ...(providerTools && { providerTools }),
    flags: [...flags],
  };
}

function modelOf(attributes: Attributes): string | null {
  return firstText(attributes, ['gen_ai.response.model', 'gen_ai.request.model', 'model']);
}

/** Whether a gateway says that it answered from its own cache. A prompt that a provider had cached is another thing: its tokens are metered. */
function isCachedAnswer(attributes: Attributes): boolean {
  for (const key of cachedAnswerKeys) {
    const value = attributes.get(key);
    if (value === true || value === 'true' || value === 'True') return true;
  }
  return false;
}

const cachedAnswerKeys = ['gen_ai.response.cached', 'litellm.cache_hit'];

/** What it says of tokens repeats the first answer's; what it says of cost is its own. */
function cachedAnswer(attributes: Attributes): TokenUsage {
  return {
    provider: providerOf(attributes),
    model: modelOf(attributes),
    inputTokens: null,
    cacheReadTokens: null,
    cacheWriteTokens: null,
    outputTokens: null,
    reasoningTokens: null,
    inputTokensAll: null,
    outputTokensAll: null,
    unpriceable: [],
    reportedCost: reportedCost(attributes),
    flags: ['response_cached'],
  };
}

/** The model's provider, in today's words: older conventions named some of them otherwise. */
export function providerOf(attributes: Attributes): string | null {
  const name = firstText(attributes, providerKeys)?.toLowerCase() ?? null;
  return name === null ? null : (renamedProviders[name] ?? name);
}

// The order is the priority: the standard's present key, its earlier ones, then the dialects' own.
const inputKeys = [
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.prompt_tokens',
  'llm.token_count.prompt',
  'ai.usage.inputTokens',
  'ai.usage.promptTokens',
  'input_tokens',
];
const outputKeys = [
  'gen_ai.usage.output_tokens',
  'gen_ai.usage.completion_tokens',
  'llm.token_count.completion',
  'ai.usage.outputTokens',
  'ai.usage.completionTokens',
  'output_tokens',
];
const cacheReadKeys = [
  'gen_ai.usage.cache_read.input_tokens',
  'gen_ai.usage.cache_read_input_tokens',
  'ai.usage.cachedInputTokens',
  'llm.token_count.prompt_details.cache_read',
  'cache_read_tokens',
];
const cacheWriteKeys = [
  'gen_ai.usage.cache_write.input_tokens',
  'gen_ai.usage.cache_creation.input_tokens',
  'gen_ai.usage.cache_creation_input_tokens',
  'gen_ai.usage.cache_write_input_tokens',
  'gen_ai.usage.input_tokens.cache_write',
  'llm.token_count.prompt_details.cache_write',
  'cache_creation_tokens',
];
const reasoningKeys = [
  'gen_ai.usage.reasoning.output_tokens',
  'gen_ai.usage.reasoning_tokens',
  'ai.usage.reasoningTokens',
  'llm.token_count.completion_details.reasoning',
];
const totalKeys = [
  'gen_ai.usage.total_tokens',
  'llm.usage.total_tokens',
  'llm.token_count.total',
  'ai.usage.totalTokens',
];
const providerKeys = [
  'gen_ai.provider.name',
  'gen_ai.system',
  'ai.model.provider',
  'llm.provider',
  'llm.system',
];
const renamedProviders: Readonly<Record<string, string>> = {
  'az.ai.openai': 'azure.ai.openai',
  'az.ai.inference': 'azure.ai.inference',
  vertex_ai: 'gcp.vertex_ai',
  gemini: 'gcp.gemini',
  xai: 'x_ai',
};

type Counts = {
  readonly input: number | null;
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
  readonly output: number | null;
  readonly reasoning: number | null;
  readonly total: number | null;
  readonly cacheBeside: boolean;
};

type Leaves = Pick<
  TokenUsage,
  | 'inputTokens'
  | 'cacheReadTokens'
  | 'cacheWriteTokens'
  | 'outputTokens'
  | 'reasoningTokens'
  | 'inputTokensAll'
  | 'outputTokensAll'
  | 'unpriceable'
>;

function disjoint(counts: Counts, flags: Set<UsageFlag>): Leaves {
  const cached = (counts.cacheRead ?? 0) + (counts.cacheWrite ?? 0);
  const reasoning = counts.reasoning ?? 0;
  const beside = besideWhole(counts, cached, reasoning);
  if (beside.cache) flags.add('usage_cache_beside_input');
  if (beside.reasoning) flags.add('usage_reasoning_beside_output');
  const input = leafAndAll(counts.input, cached, beside.cache);
  const output = leafAndAll(counts.output, reasoning, beside.reasoning);
  // Tokens that were reasoning cannot outnumber the tokens that came out: one of the two counts means something else.
  const contradictory = output.leaf !== null && output.leaf < 0;
  if (contradictory) flags.add('usage_contradictory');
  return {
    inputTokens: input.leaf,
    cacheReadTokens: counts.cacheRead,
    cacheWriteTokens: counts.cacheWrite,
    outputTokens: contradictory ? counts.output : output.leaf,
    reasoningTokens: contradictory ? null : counts.reasoning,
    inputTokensAll: input.all,
    outputTokensAll: contradictory ? counts.output : output.all,
    unpriceable: contradictory ? ['output'] : [],
  };
}

function leafAndAll(
  whole: number | null,
  part: number,
  beside: boolean,
): { readonly leaf: number | null; readonly all: number | null } {
  if (whole === null) return { leaf: null, all: null };
  return beside ? { leaf: whole, all: whole + part } : { leaf: whole - part, all: whole };
}

function besideWhole(
  counts: Counts,
  cached: number,
  reasoning: number,
): { readonly cache: boolean; readonly reasoning: boolean } {
  const { input, output, total } = counts;
  const cacheMustBe = input !== null && cached > input;
  if (input === null || output === null || total === null) {
    return { cache: cacheMustBe || (counts.cacheBeside && cached > 0), reasoning: false };
  }
  const surplus = total - input - output;
  if (surplus === 0) return { cache: cacheMustBe, reasoning: false };
  return {
    cache:
      cacheMustBe ||
      (cached > 0 && (surplus === cached || surplus === cached + reasoning || counts.cacheBeside)),
    reasoning: reasoning > 0 && (surplus === reasoning || surplus === cached + reasoning),
  };
}

// Claude Code's own `input_tokens` leaves cached tokens out.
function cacheIsBesideByKey(attributes: Attributes): boolean {
  return inputKeys.find((key) => attributes.has(key)) === 'input_tokens';
}

function firstCount(
  attributes: Attributes,
  keys: readonly string[],
  flags: Set<UsageFlag>,
): number | null {
  for (const key of keys) {
    const value = attributes.get(key);
    if (value === undefined || value === null) continue;
    const count = countFrom(value);
    if (count !== null) return count;
    flags.add('usage_malformed');
  }
  return null;
}

function countFrom(value: AttributeValue): number | null {
  const count = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof count !== 'number' || !Number.isSafeInteger(count)) return null;
  return count >= 0 && count <= TOKENS_MAX ? count : null;
}

// A million million: far beyond any inference, and the sum of all counts of one stays a whole number that is exact.
const TOKENS_MAX = 1e12;
// Longer texts name no model: a record repeats the name in every charge.
const NAME_CHARS_MAX = 512;

function firstText(attributes: Attributes, keys: readonly string[]): string | null {
  for (const key of keys) {
    const value = attributes.get(key);
    if (typeof value === 'string' && value !== '') return cutText(value, NAME_CHARS_MAX);
  }
  return null;
}
