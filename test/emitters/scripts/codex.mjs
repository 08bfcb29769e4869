// /// script
// dependencies = [
//   "@openai/codex@0.169.0",
// ]
// ///
// Codex CLI without a terminal: its spans and log events, against a traced MCP server.
import { run, writeHome } from './command-line.mjs';

const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
writeHome(
  '.codex/config.toml',
  `
model = "scripted"
model_provider = "scripted"
approval_policy = "never"
sandbox_mode = "read-only"

[model_providers.scripted]
name = "scripted"
base_url = "${process.env.MODEL_URL}/v1"
wire_api = "responses"
env_key = "OPENAI_API_KEY"

[mcp_servers.orders]
url = "${process.env.TRACED_ORDERS_URL}"
default_tools_approval_mode = "approve"

[otel]
environment = "test"
log_user_prompt = false
exporter = { otlp-http = { endpoint = "${endpoint}/v1/logs", protocol = "binary" } }
trace_exporter = { otlp-http = { endpoint = "${endpoint}/v1/traces", protocol = "binary" } }
`,
);
await run('codex', ['exec', '--skip-git-repo-check', '[plan orders] Refund A-1001.']);
