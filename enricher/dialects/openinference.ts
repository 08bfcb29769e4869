import type { Dialect } from './dialect.ts';

/**
 * Arize's OpenInference for agent frameworks. Its MCP package only propagates; a framework's tool spans do not say whose the tool is.
 */
export const openinference: Dialect = {
  name: 'openinference',
  scopes: [],
  scopePrefixes: ['openinference.', '@arizeai/openinference'],
  fingerprint: { keys: ['openinference.span.kind'] },
  provesSuccess: 'never',
  keys: {
    operation: ['openinference.span.kind'],
    tool: ['tool.name'],
    toolCallId: ['tool.id', 'tool_call.id'],
    agent: ['agent.name', 'graph.node.id'],
    parentAgent: ['graph.node.parent_id'],
    conversation: ['session.id'],
  },
  values: {
    operation: {
      TOOL: 'execute_tool',
      AGENT: 'invoke_agent',
      LLM: 'chat',
      EMBEDDING: 'embeddings',
      CHAIN: '',
      RETRIEVER: '',
      RERANKER: '',
      GUARDRAIL: '',
      EVALUATOR: '',
      UNKNOWN: '',
    },
  },
  arguments: ['input.value'],
  result: ['output.value'],
  rules: [
    {
      where: { 'openinference.span.kind': ['GUARDRAIL'] },
      role: 'decision',
      says: { decisionKind: 'guardrail' },
    },
    { where: { 'openinference.span.kind': ['AGENT'] }, name: '*', into: 'agent' },
    // The bridge to OpenAI's agents says of a hand-over that it is a tool.
    { where: { 'openinference.span.kind': ['TOOL'] }, name: 'handoff to *', role: 'other' },
    { where: { 'openinference.span.kind': ['TOOL'] }, name: '*', into: 'tool' },
  ],
};
