// An agent on the AI SDK with the tools of the orders server.
import { createMCPClient } from '@ai-sdk/mcp';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, registerTelemetry, stepCountIs } from 'ai';
import { startTelemetry } from './telemetry.mjs';

export async function drive(integration, orders) {
  startTelemetry('shop');
  registerTelemetry(integration);
  const scripted = createOpenAICompatible({
    name: 'scripted',
    baseURL: `${process.env.MODEL_URL}/v1`,
    apiKey: 'scripted',
  });
  const client = await createMCPClient({ transport: { type: 'http', url: orders } });
  const tools = await client.tools();
  for (const [person, prompt] of [
    ['ana', '[plan orders] Refund A-1001.'],
    ['ben', '[plan lookup] Where is A-1002?'],
  ]) {
    const answer = await generateText({
      model: scripted('scripted'),
      tools,
      prompt,
      stopWhen: stepCountIs(6),
      telemetry: {
        isEnabled: true,
        functionId: 'shopkeeper',
        metadata: { userId: `${person}@example.com` },
      },
    });
    console.log(answer.text);
  }
  await client.close();
}
