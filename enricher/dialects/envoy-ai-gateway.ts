import type { Dialect } from './dialect.ts';

/**
 * Envoy AI Gateway. By default its spans are named by its Go handlers and are of kind CLIENT; the backend and its session stand in an
 * event. `mcp.protocol.version` is a constant. Success is OK, and a failed tool is an error with the tool's text as status message.
 */
export const envoyAiGateway: Dialect = {
  name: 'envoy-ai-gateway',
  scopes: ['envoyproxy/ai-gateway', 'github.com/envoyproxy/ai-gateway'],
  scopePrefixes: ['github.com/envoyproxy/ai-gateway'],
  fingerprint: { names: ['CallTool', 'ListTools', 'GetPrompt', 'ReadResource'] },
  provesSuccess: 'always',
  ignores: ['mcp.protocol.version'],
  events: { 'route to backend': { 'mcp.backend.name': 'server', 'mcp.session.id': 'session' } },
  rules: [
    { name: 'CallTool', method: 'tools/call' },
    { name: 'GetPrompt', method: 'prompts/get' },
    { name: 'ReadResource', method: 'resources/read' },
    { name: 'ListTools', method: 'tools/list' },
    { name: 'ListPrompts', method: 'prompts/list' },
    { name: 'ListResources', method: 'resources/list' },
    { name: 'Initialize', method: 'initialize' },
  ],
};
