import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { CreateMessageRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { AgentSettings, Scene } from './agent-settings.ts';
import { infer, invokeAgent, useTool } from './agent-spans.ts';
import type { AgentRun } from './agent-spans.ts';
import { connectHttp, connectStdio, serverFile, watchArguments } from './connect-server.ts';

const mini = { provider: 'openai', model: 'gpt-4o-mini' } as const;
/** No price book knows it: what it costs is unknown, and is shown as unknown. */
const local = { provider: 'acme', model: 'acme-local-7b' } as const;

const chloe: AgentRun = {
  agent: 'research-planner',
  user: 'chloe@example.com',
  conversation: 'survey-3',
};

/** A planner with a sub-agent, over the file server and the everything server. */
export function researchScenes(settings: AgentSettings): readonly Scene[] {
  return [
    { scene: 'research with a sub-agent', play: () => readPapers(settings) },
    { scene: 'a question that takes too long', play: () => askTooMuch(settings) },
    { scene: 'prompts and resources', play: () => browse(settings) },
    { scene: 'the server asks back', play: () => beAsked(settings) },
  ];
}

async function readPapers({ papersFolder, serverTelemetry }: AgentSettings): Promise<string> {
  const client = await connectStdio({
    name: 'filesystem',
    args: [...watchArguments, serverFile('server-filesystem'), papersFolder],
    environment: serverTelemetry['filesystem'] ?? {},
  });
  try {
    return await invokeAgent(chloe, async () => {
      infer({ ...mini, inputTokens: 640, outputTokens: 45 });
      await useTool(client, { tool: 'list_directory', input: { path: papersFolder } });
      await invokeAgent({ agent: 'paper-reader' }, async () => {
        infer({ ...local, inputTokens: 5_200, outputTokens: 310 });
        const path = join(papersFolder, 'paper.txt');
        await useTool(client, { tool: 'read_text_file', input: { path } });
      });
      infer({ ...mini, inputTokens: 1_900, outputTokens: 400 });
    });
  } finally {
    await client.close();
  }
}

function askTooMuch(settings: AgentSettings): Promise<string> {
  return withEverything(settings, (client) =>
    invokeAgent(chloe, async () => {
      infer({ ...mini, inputTokens: 300, outputTokens: 20 });
      const tool = 'trigger-long-running-operation';
      await useTool(client, { tool, input: { duration: 3, steps: 1 }, timeoutMs: 250 });
      // The server is told that nobody waits any more before the connection goes.
      await sleep(100);
    }),
  );
}

function browse(settings: AgentSettings): Promise<string> {
  return withEverything(settings, (client) =>
    invokeAgent(chloe, async () => {
      await client.getPrompt({ name: 'simple-prompt' });
      await client.readResource({ uri: 'demo://resource/static/document/features.md' });
    }),
  );
}

/** The server asks the host's model while it works: its question is a call of its own, caused by the tool's. */
function beAsked(settings: AgentSettings): Promise<string> {
  return withEverything(settings, (client) => {
    client.setRequestHandler(CreateMessageRequestSchema, () => {
      infer({ ...mini, inputTokens: 120, outputTokens: 18 }, Date.now(), 1);
      const content = { type: 'text' as const, text: 'forty-two' };
      return { model: mini.model, role: 'assistant' as const, content };
    });
    return invokeAgent(chloe, () =>
      useTool(client, { tool: 'trigger-sampling-request', input: { prompt: 'the answer?' } }),
    );
  });
}

async function withEverything(
  { everythingUrl }: AgentSettings,
  work: (client: Client) => Promise<string>,
): Promise<string> {
  const client = await connectHttp({ name: 'everything', url: everythingUrl });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
