import type { Dialect } from './dialect.ts';

/**
 * Vercel's AI SDK, today's telemetry. A tool's result names the MCP server that gave it; no other attribute does, and the server's own
 * span is in another trace. isError stands in the result alone.
 */
export const aiSdk: Dialect = {
  name: 'ai-sdk',
  scopes: ['gen_ai', '@ai-sdk/otel'],
  provesSuccess: 'never',
};

/** The same SDK's telemetry of before version 7. */
export const aiSdkLegacy: Dialect = {
  name: 'ai-sdk-legacy',
  scopes: ['ai'],
  fingerprint: { keys: ['ai.operationId'] },
  provesSuccess: 'never',
  keys: {
    operation: ['ai.operationId'],
    tool: ['ai.toolCall.name'],
    toolCallId: ['ai.toolCall.id'],
    conversation: ['ai.telemetry.metadata.sessionId'],
    agent: ['ai.telemetry.functionId'],
  },
  values: {
    // The `.do…` span is the inference; the one around it repeats it.
    operation: {
      'ai.generateText.doGenerate': 'chat',
      'ai.streamText.doStream': 'chat',
      'ai.generateObject.doGenerate': 'chat',
      'ai.streamObject.doStream': 'chat',
      'ai.embed.doEmbed': 'embeddings',
      'ai.embedMany.doEmbed': 'embeddings',
      'ai.generateText': 'invoke_agent',
      'ai.streamText': 'invoke_agent',
      'ai.generateObject': '',
      'ai.streamObject': '',
      'ai.toolCall': 'execute_tool',
    },
  },
  arguments: ['ai.toolCall.args', 'ai.toolCall.input'],
  result: ['ai.toolCall.result', 'ai.toolCall.output'],
};
