import { z } from 'zod';

/** What the process of a team's agents is told, as JSON in `settingsVariable`: others on the machine can read a command line. */
export const agentSettingsSchema = z.object({
  team: z.enum(['payments', 'research', 'platform']),
  everythingUrl: z.string(),
  gatewayUrl: z.string(),
  /** What the gateway takes from ben@example.com. */
  benToken: z.string(),
  /** A folder of the demo's own, which the file server may read. */
  papersFolder: z.string(),
  /** Where the memory server keeps its graph. */
  memoryFile: z.string(),
  /** For the servers that these agents start: as whom they send their spans. */
  serverTelemetry: z.record(z.string(), z.record(z.string(), z.string())),
});

export const settingsVariable = 'DEMO_AGENT_SETTINGS';

export type AgentSettings = z.infer<typeof agentSettingsSchema>;
export type AgentTeam = AgentSettings['team'];

/** What it prints for each scene, a line of JSON each. */
export const playedSceneSchema = z.object({ scene: z.string(), traceId: z.string() });

export type PlayedScene = z.infer<typeof playedSceneSchema>;

/** Plays one scene and gives the trace it ran in. */
export type Scene = { readonly scene: string; readonly play: () => Promise<string> };
