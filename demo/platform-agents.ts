import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { context, trace } from '@opentelemetry/api';
import type { AgentSettings, Scene } from './agent-settings.ts';
import { agentAttributes, infer, invokeAgent, useTool } from './agent-spans.ts';
import type { AgentRun } from './agent-spans.ts';
import { connectStdio, serverFile } from './connect-server.ts';
import { providerInThePast } from './past-clock.ts';

const haiku = { provider: 'anthropic', model: 'claude-haiku-4-5' } as const;
const minuteMs = 60_000;

/** Long runs over the memory server, which nobody has instrumented: all that is known of it is what its client saw. */
export function platformScenes(settings: AgentSettings): readonly Scene[] {
  return [
    { scene: 'the parent comes minutes later', play: () => longRun(settings) },
    { scene: 'nobody asked: a nightly run', play: () => nightlyRun(settings) },
  ];
}

/**
 * An agent that starts six minutes ago, calls a tool one minute later and ends now. The call's span is exported seconds before its
 * agent's: the record of the call is there before anybody can tell who asked, and a revision says it later.
 */
async function longRun(settings: AgentSettings): Promise<string> {
  const run: AgentRun = { agent: 'ops-runner', user: 'dana@example.com', conversation: 'ops-17' };
  const beganMs = Date.now() - 6 * minuteMs;
  const client = await connectMemory(settings, 5 * minuteMs);
  const span = trace.getTracer('demo-agent-framework').startSpan(`invoke_agent ${run.agent}`, {
    startTime: beganMs,
    attributes: agentAttributes(run),
  });
  try {
    await context.with(trace.setSpan(context.active(), span), async () => {
      infer({ ...haiku, inputTokens: 2_200, outputTokens: 160 }, beganMs + 30_000);
      const entity = { name: 'db-3', entityType: 'host', observations: ['disk replaced'] };
      await client.callTool({ name: 'create_entities', arguments: { entities: [entity] } });
    });
    await sleep(lateParentMs);
    span.end();
    return span.spanContext().traceId;
  } finally {
    await client.close();
  }
}

/** Longer than the pipeline waits after a call's last span, so that the call is surely published without its parent. */
const lateParentMs = 3_500;

async function nightlyRun(settings: AgentSettings): Promise<string> {
  const client = await connectMemory(settings, 0);
  try {
    return await invokeAgent({ agent: 'nightly-sync' }, () =>
      useTool(client, { tool: 'read_graph' }),
    );
  } finally {
    await client.close();
  }
}

async function connectMemory({ memoryFile }: AgentSettings, agoMs: number): Promise<Client> {
  return await connectStdio({
    name: 'memory',
    args: [serverFile('server-memory')],
    environment: { MEMORY_FILE_PATH: memoryFile },
    instrument: agoMs > 0 ? { tracerProvider: providerInThePast(agoMs) } : {},
  });
}
