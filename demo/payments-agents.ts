import { fileURLToPath } from 'node:url';
import type { AgentSettings, Scene } from './agent-settings.ts';
import { infer, invokeAgent, useTool } from './agent-spans.ts';
import type { AgentRun } from './agent-spans.ts';
import { connectHttp, connectStdio } from './connect-server.ts';

const sonnet = { provider: 'anthropic', model: 'claude-sonnet-4-5' } as const;
const ordersFile = fileURLToPath(new URL('orders-server.ts', import.meta.url));

/** Refunds for two people: over a server of their own, and through the gateway. */
export function paymentsScenes(settings: AgentSettings): readonly Scene[] {
  const run = (user: string, conversation: string): AgentRun => ({
    agent: 'refund-assistant',
    user,
    conversation,
  });
  const ana = run('ana@example.com', 'refund-4711');
  const ben = run('ben@example.com', 'refund-4712');
  return [
    { scene: 'refund', play: () => refund(settings, ana, ['A-1001']) },
    { scene: 'refund over the limit', play: () => refund(settings, ana, ['A-1002']) },
    {
      scene: 'through the gateway',
      play: () => throughGateway(settings, ben, { tool: 'get-sum', input: { a: 89.9, b: 12 } }),
    },
    {
      scene: 'denied by the gateway',
      play: () => throughGateway(settings, ben, { tool: 'get-env' }),
    },
  ];
}

async function refund(
  { serverTelemetry }: AgentSettings,
  run: AgentRun,
  [id = '']: readonly string[],
): Promise<string> {
  const client = await connectStdio({
    name: 'orders',
    args: [ordersFile],
    environment: serverTelemetry['orders'] ?? {},
    // Asked for, so that the demo shows what becomes of a card number on its way in.
    instrument: { captureContent: true },
  });
  const isSmall = id === 'A-1001';
  try {
    return await invokeAgent(run, async () => {
      infer({ ...sonnet, inputTokens: 1_420, outputTokens: 85, cachedTokens: 1_024 });
      if (isSmall) await useTool(client, { tool: 'get_order', input: { id } });
      const input = { id, card: '4111 1111 1111 1111' };
      await useTool(client, { tool: 'refund_order', input });
      infer({ ...sonnet, inputTokens: 1_610, outputTokens: 140, cachedTokens: 1_024 });
    });
  } finally {
    await client.close();
  }
}

async function throughGateway(
  { gatewayUrl, benToken }: AgentSettings,
  run: AgentRun,
  use: Parameters<typeof useTool>[1],
): Promise<string> {
  const client = await connectHttp({ name: 'everything', url: gatewayUrl, token: benToken });
  try {
    return await invokeAgent(run, async () => {
      infer({ ...sonnet, inputTokens: 980, outputTokens: 60 });
      await useTool(client, use);
    });
  } finally {
    await client.close();
  }
}
