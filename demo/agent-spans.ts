import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Span } from '@opentelemetry/api';

// Spans of an agent framework, as the GenAI conventions want them. The MCP spans under them come from `instrument/`.

const tracer = trace.getTracer('demo-agent-framework', '1.0.0');

export type AgentRun = {
  readonly agent: string;
  /** Whose request it is; none for what runs on a schedule. */
  readonly user?: string;
  readonly conversation?: string;
};

export type Inference = {
  readonly provider: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens?: number;
};

/** Runs an agent under its `invoke_agent` span; gives back the trace it ran in. */
export async function invokeAgent(run: AgentRun, work: () => Promise<void>): Promise<string> {
  return await tracer.startActiveSpan(
    `invoke_agent ${run.agent}`,
    { kind: SpanKind.INTERNAL, attributes: agentAttributes(run) },
    async (span) => {
      await work();
      span.end();
      return span.spanContext().traceId;
    },
  );
}

export function agentAttributes({ agent, user, conversation }: AgentRun): Attributes {
  return {
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.name': agent,
    ...(user ? { 'user.email': user } : {}),
    ...(conversation ? { 'gen_ai.conversation.id': conversation } : {}),
  };
}

/** One question to a model, with what it used. Nothing is asked: the models of the demo are scripted. */
export function infer(inference: Inference, startTime = Date.now(), durationMs = 900): void {
  const { provider, model } = inference;
  const span = tracer.startSpan(`chat ${model}`, {
    kind: SpanKind.CLIENT,
    startTime: startTime - durationMs,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': provider,
      'gen_ai.request.model': model,
      'gen_ai.response.model': model,
      'gen_ai.response.finish_reasons': ['tool_calls'],
      'gen_ai.usage.input_tokens': inference.inputTokens,
      'gen_ai.usage.output_tokens': inference.outputTokens,
      ...(inference.cachedTokens
        ? { 'gen_ai.usage.cache_read.input_tokens': inference.cachedTokens }
        : {}),
    },
  });
  span.end(startTime);
}

export type ToolUse = {
  readonly tool: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number;
};

/** Uses a tool under an `execute_tool` span. What fails is for the model to read and not for the agent to die of. */
export async function useTool(client: Client, { tool, input, timeoutMs }: ToolUse): Promise<void> {
  const attributes = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool };
  await tracer.startActiveSpan(`execute_tool ${tool}`, { attributes }, async (span) => {
    try {
      const result = await client.callTool(
        { name: tool, arguments: { ...input } },
        undefined,
        timeoutMs ? { timeout: timeoutMs } : {},
      );
      if (result['isError'] === true) fail(span, 'tool_error');
    } catch (error) {
      fail(span, error instanceof Error ? error.constructor.name : '_OTHER');
    } finally {
      span.end();
    }
  });
}

function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
