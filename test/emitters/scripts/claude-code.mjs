// /// script
// dependencies = [
//   "@anthropic-ai/claude-code@2.1.329",
// ]
// ///
// Claude Code without a terminal: one turn whose tools are allowed, one whose tool needs an approval that nobody gives.
import { run, writeHome } from './command-line.mjs';

const servers = writeHome(
  'servers.json',
  JSON.stringify({ mcpServers: { orders: { type: 'http', url: process.env.ORDERS_URL } } }),
);
const environment = {
  ANTHROPIC_BASE_URL: process.env.MODEL_URL,
  ANTHROPIC_API_KEY: 'scripted',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  ENABLE_TOOL_SEARCH: 'false',
  CLAUDE_CODE_ENABLE_TELEMETRY: '1',
  CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: '1',
  OTEL_TRACES_EXPORTER: 'otlp',
  OTEL_LOGS_EXPORTER: 'otlp',
  OTEL_LOG_TOOL_DETAILS: '1',
  OTEL_LOGS_EXPORT_INTERVAL: '500',
  OTEL_TRACES_EXPORT_INTERVAL: '500',
};
const always = ['--mcp-config', servers, '--strict-mcp-config', '--model', 'claude-sonnet-5'];
const tools = ['get_order', 'refund_order', 'archive_order'].map((tool) => `mcp__orders__${tool}`);
await run(
  'claude',
  ['-p', '[plan orders] Refund A-1001.', ...always, '--allowedTools', tools.join(',')],
  environment,
);
await run('claude', ['-p', '[plan refund] Refund A-1001.', ...always], environment);
