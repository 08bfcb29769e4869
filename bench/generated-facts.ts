import { emptyFacts } from '../schemas/empty-facts.ts';
import type { Facts } from '../schemas/record-types.ts';
import type { RecordPlan } from './generated-records.ts';
import type { Random } from './seeded.ts';
import { digest, hex, principal, zipf } from './seeded.ts';

/** The facts of a tool call by some user, agent and server. */
export function makeFacts(plan: RecordPlan, index: number, random: Random): Facts {
  const appendTimeUs = plan.startUs + index * plan.stepUs;
  const durationUs = Math.round(2_000 + random() ** 4 * 2_000_000);
  const endTimeUs = appendTimeUs - 200_000 - Math.round(random() * 800_000);
  const server = Math.floor(random() ** 2 * 300);
  const agent = Math.floor(random() ** 2 * 200);
  const failed = random() < 0.06;
  return {
    ...emptyFacts,
    configVersion: 0,
    timeUs: endTimeUs,
    startTimeUs: endTimeUs - durationUs,
    endTimeUs,
    appendTimeUs,
    durationUs,
    method: 'tools/call',
    operation: 'execute',
    user: principal(`user-${zipf(random, 5_000)}`),
    userGrade: random() < 0.5 ? 'verified' : 'declared',
    userKey: 'user.id',
    team: `team-${agent % 40}`,
    agent: `agent-${agent}`,
    agentId: `agent-id-${agent}`,
    agentVersion: '1.4.2',
    agentGrade: 'declared',
    agentDepth: 1,
    client: 'claude-desktop',
    clientVersion: '2.1.0',
    server: `server-${server}`,
    serverVersion: '1.0.3',
    serverGrade: 'declared',
    tool: `tool_${server * 10 + Math.floor(random() * 10)}`,
    outcome: failed ? 'tool_error' : 'success',
    errorType: failed ? 'tool_error' : null,
    origin: 'agent_plan',
    grade: 'declared',
    traceId: hex(random, 32),
    spanId: hex(random, 16),
    jsonrpcId: String(index % 500),
    conversation: digest(`conversation-${Math.floor(index / 20)}`).slice(0, 32),
    session: `s_${digest(`session-${Math.floor(index / 50)}`).slice(0, 32)}`,
    host: `host-${server % 50}`,
    region: 'eu-central-1',
    destination: `mcp-${server}.internal:8443`,
    transport: 'tcp',
    bytesIn: plan.payloadChars,
    bytesOut: plan.payloadChars,
    costNano: 1_000_000,
    currency: 'USD',
    costSource: 'computed',
    hops: 2,
    dialects: ['standard'],
    producers: ['agents', 'servers'],
  };
}
