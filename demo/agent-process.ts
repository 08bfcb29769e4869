// The process of one team's agents: plays its scenes one after the other and prints the trace of each.
import { setTimeout as sleep } from 'node:timers/promises';
import { agentSettingsSchema, settingsVariable } from './agent-settings.ts';
import type { AgentSettings, AgentTeam, PlayedScene, Scene } from './agent-settings.ts';
import { startAgentTelemetry } from './agent-telemetry.ts';
import { paymentsScenes } from './payments-agents.ts';
import { platformScenes } from './platform-agents.ts';
import { researchScenes } from './research-agents.ts';

const teams: Readonly<Record<AgentTeam, (settings: AgentSettings) => readonly Scene[]>> = {
  payments: paymentsScenes,
  research: researchScenes,
  platform: platformScenes,
};

const given: unknown = JSON.parse(process.env[settingsVariable] ?? '{}');
const settings = agentSettingsSchema.parse(given);
const stop = startAgentTelemetry();
for (const { scene, play } of teams[settings.team](settings)) {
  const played: PlayedScene = { scene, traceId: await play() };
  console.log(JSON.stringify(played));
}
// What the SDKs still end in the background, a cancelled request say, goes along.
await sleep(100);
await stop();
