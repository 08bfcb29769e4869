import type { Dialect } from './dialect.ts';
import { a2a } from './a2a.ts';
import { agentFramework } from './agent-framework.ts';
import { agent365 } from './agent365.ts';
import { agentgateway } from './agentgateway.ts';
import { aiSdk, aiSdkLegacy } from './ai-sdk.ts';
import { autogen } from './autogen.ts';
import { awsAdot } from './aws-adot.ts';
import { azureMcp } from './azure-mcp.ts';
import { claudeCode } from './claude-code.ts';
import { codex } from './codex.ts';
import { contextforge } from './contextforge.ts';
import { copilot } from './copilot.ts';
import { csharpSdk } from './csharp-sdk.ts';
import { ddtrace } from './ddtrace.ts';
import { dockerMcpGateway } from './docker-mcp-gateway.ts';
import { envoyAiGateway } from './envoy-ai-gateway.ts';
import { extensionsAi } from './extensions-ai.ts';
import { fastmcp } from './fastmcp.ts';
import { geminiCli } from './gemini-cli.ts';
import { ghAwMcpg } from './gh-aw-mcpg.ts';
import { googleAdk } from './google-adk.ts';
import { kuadrant } from './kuadrant.ts';
import { langfuse } from './langfuse.ts';
import { langsmith } from './langsmith.ts';
import { litellm } from './litellm.ts';
import { logfire } from './logfire.ts';
import { loongsuite } from './loongsuite.ts';
import { mastra } from './mastra.ts';
import { mcpAgent } from './mcp-agent.ts';
import { mcpPythonSdk } from './mcp-python-sdk.ts';
import { obi } from './obi.ts';
import { openaiAgents } from './openai-agents.ts';
import { openinference } from './openinference.ts';
import { openinferenceLangchain } from './openinference-langchain.ts';
import { openinferenceLlamaIndex } from './openinference-llama-index.ts';
import { openlit } from './openlit.ts';
import { openllmetryFrameworks } from './openllmetry-frameworks.ts';
import { openllmetryJs } from './openllmetry-js.ts';
import { openllmetryLangchain } from './openllmetry-langchain.ts';
import { openllmetryPy } from './openllmetry-py.ts';
import { pydanticAi } from './pydantic-ai.ts';
import { quarkus } from './quarkus.ts';
import { semanticKernel } from './semantic-kernel.ts';
import { sentry } from './sentry.ts';
import { shinzo } from './shinzo.ts';
import { springAi } from './spring-ai.ts';
import { strands } from './strands.ts';
import { toolhive } from './toolhive.ts';
import { general, standard, waybillInstrument } from './standard.ts';

/** Every emitter that is described, the standard and the general table among them. */
export const allDialects: readonly Dialect[] = [
  standard,
  waybillInstrument,
  a2a,
  agentFramework,
  agent365,
  agentgateway,
  aiSdk,
  aiSdkLegacy,
  autogen,
  awsAdot,
  azureMcp,
  claudeCode,
  codex,
  contextforge,
  copilot,
  csharpSdk,
  ddtrace,
  dockerMcpGateway,
  envoyAiGateway,
  extensionsAi,
  fastmcp,
  geminiCli,
  ghAwMcpg,
  googleAdk,
  kuadrant,
  langfuse,
  langsmith,
  litellm,
  logfire,
  loongsuite,
  mastra,
  mcpAgent,
  mcpPythonSdk,
  obi,
  openaiAgents,
  openinference,
  openinferenceLangchain,
  openinferenceLlamaIndex,
  openlit,
  openllmetryFrameworks,
  openllmetryJs,
  openllmetryLangchain,
  openllmetryPy,
  pydanticAi,
  quarkus,
  semanticKernel,
  sentry,
  shinzo,
  springAi,
  strands,
  toolhive,
  general,
];
