import { seededRandom } from '../../../bench/load/seeded-random.ts';
import type { SpanBucket } from '../../../schemas/state-keys.ts';
import type { TestSpan } from '../otlp-json.ts';

/** Who sends a span: the keys of the first start are named so. */
export type ProducerName = 'producer' | 'gateway';

/** A span to be sent, and what is known of it because it was made so. */
export type PlannedSpan = {
  readonly producer: ProducerName;
  /** 0 is sent first; each later stage only when the enricher has stopped waiting for it. */
  readonly stage: number;
  readonly service: string;
  /** Where it ends, the first time it is stored. */
  readonly bucket: SpanBucket;
  readonly span: TestSpan;
};

/** A call as whoever made it knows it. */
export type PlannedCall = {
  readonly traceId: string;
  readonly tool: string;
  readonly server: string;
  readonly agent: string;
  readonly outcome: string;
  readonly hops: number;
};

export type PlannedTrace = {
  readonly spans: readonly PlannedSpan[];
  readonly calls: readonly PlannedCall[];
};

/** The traffic of one seed: trace `index` is the same in every run that begins at the same time. */
export type TrafficSeed = { readonly seed: number; readonly baseMs: number };

/**
 * A person's request to an agent that makes one to three MCP calls, each seen by client, gateway and server, now and then beside an
 * inference and a look at the list of tools. Parents end last, so agent and root mostly come stages later; so does now
 * and then the client's or the gateway's view of a call.
 */
export function planTrace({ seed, baseMs }: TrafficSeed, index: number): PlannedTrace {
  const random = seededRandom(Math.imul(seed, 0x9e3779b1) + Math.imul(index, 0x85ebca6b));
  const below = (count: number): number => random() % count;
  const chance = (percent: number): boolean => below(100) < percent;
  const traceId = hex(random(), 8) + hex(index, 8) + hex(random(), 8) + hex(random(), 8);
  const startMs = baseMs - 60_000 + (index % 50_000);
  const draft = {
    traceId,
    startMs,
    ids: 0,
    spans: [] as PlannedSpan[],
    calls: [] as PlannedCall[],
  };
  const agent = AGENTS[below(AGENTS.length)] ?? '';
  const agentId = addContext(draft, { agent, user: below(USERS), stage: below(3) });
  const calls = 1 + below(3);
  for (let at = 0; at < calls; at += 1) {
    addCall(draft, {
      parent: agentId,
      agent,
      tool: TOOLS[below(TOOLS.length)] ?? '',
      server: SERVERS[below(SERVERS.length)] ?? '',
      order: at,
      outcome: OUTCOMES[below(OUTCOMES.length)] ?? 'success',
      clientStage: chance(25) ? 1 : 0,
      gatewayStage: chance(10) ? 1 : 0,
      user: below(USERS),
    });
  }
  if (chance(40)) addInference(draft, agentId, { tokens: below(9000), stage: below(2) });
  if (chance(30)) addHousekeeping(draft, agentId);
  return draft;
}

const AGENTS = ['triage', 'planner', 'researcher', 'refunds'];
const TOOLS = ['lookup_order', 'refund', 'read_file', 'search', 'send_mail', 'create_ticket'];
const SERVERS = ['orders', 'payments', 'files', 'mail'];
const OUTCOMES = ['success', 'success', 'success', 'success', 'success', 'tool_error', 'denied'];
const USERS = 300;

type Draft = {
  readonly traceId: string;
  readonly startMs: number;
  ids: number;
  readonly spans: PlannedSpan[];
  readonly calls: PlannedCall[];
};

/** The person's request and the agent that works on it; gives the agent's span id. */
function addContext(
  draft: Draft,
  { agent, user, stage }: { readonly agent: string; readonly user: number; readonly stage: number },
): string {
  const common = { producer: 'producer', stage, service: 'assistant', bucket: 'ancestor' } as const;
  const root = addSpan(draft, common, {
    name: 'POST /chat',
    kind: 2,
    attributes: { 'http.request.method': 'POST', 'enduser.id': `person-${user}` },
  });
  return addSpan(draft, common, {
    name: `invoke_agent ${agent}`,
    parentSpanId: root,
    attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': agent },
  });
}

type CallDraft = {
  readonly parent: string;
  readonly agent: string;
  readonly tool: string;
  readonly server: string;
  readonly order: number;
  readonly outcome: string;
  readonly clientStage: number;
  readonly gatewayStage: number;
  readonly user: number;
};

function addCall(draft: Draft, call: CallDraft): void {
  const { parent, agent, tool, server, order, outcome, clientStage, gatewayStage, user } = call;
  const attributes = {
    'mcp.method.name': 'tools/call',
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': tool,
    'jsonrpc.request.id': String(order + 1),
    'mcp.session.id': `session-${draft.traceId}`,
    'network.transport': 'tcp',
  };
  const name = `tools/call ${tool}`;
  const client = addSpan(
    draft,
    { producer: 'producer', stage: clientStage, service: 'assistant', bucket: 'hop' },
    {
      name,
      kind: 3,
      parentSpanId: parent,
      attributes: { ...attributes, 'gen_ai.tool.call.arguments': ARGUMENTS },
    },
  );
  const denied = outcome === 'denied' ? { 'mcp.policy.decision': 'deny' } : {};
  const gateway = addSpan(
    draft,
    { producer: 'gateway', stage: gatewayStage, service: 'edge-gateway', bucket: 'hop' },
    {
      name,
      kind: 2,
      parentSpanId: client,
      // Users of one organisation: what a gateway says of them weighs more than what the application says.
      attributes: { ...attributes, ...denied, 'user.email': `person-${user}@example.com` },
    },
  );
  const failed = outcome === 'tool_error';
  addSpan(
    draft,
    { producer: 'producer', stage: 0, service: server, bucket: 'hop' },
    {
      name,
      kind: 2,
      parentSpanId: gateway,
      attributes: failed ? { ...attributes, 'error.type': 'tool_error' } : attributes,
      ...(failed ? { status: { code: 2 } } : {}),
    },
  );
  draft.calls.push({ traceId: draft.traceId, tool, server, agent, outcome, hops: 3 });
}

/** Holds a test number of a card network, so that redaction has work whose result must be the same each time. */
const ARGUMENTS = JSON.stringify({ order: 'SO-1', card: '4242 4242 4242 4242', note: 'gift' });

function addInference(
  draft: Draft,
  parent: string,
  { tokens, stage }: { readonly tokens: number; readonly stage: number },
): void {
  const service = 'assistant';
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.usage.input_tokens': 100 + tokens,
    'gen_ai.usage.output_tokens': 10 + (tokens % 700),
  };
  const place = { producer: 'producer', stage, service, bucket: 'inference' } as const;
  addSpan(draft, place, { name: 'chat gpt-4o', kind: 3, parentSpanId: parent, attributes });
}

function addHousekeeping(draft: Draft, parentSpanId: string): void {
  const attributes = { 'mcp.method.name': 'tools/list' };
  const place = {
    producer: 'producer',
    stage: 0,
    service: 'assistant',
    bucket: 'housekeeping',
  } as const;
  addSpan(draft, place, { name: 'tools/list', kind: 3, parentSpanId, attributes });
}

type SpanDraft = Pick<TestSpan, 'name' | 'kind' | 'parentSpanId' | 'attributes' | 'status'>;

function addSpan(draft: Draft, place: Omit<PlannedSpan, 'span'>, span: SpanDraft): string {
  draft.ids += 1;
  const spanId = draft.traceId.slice(0, 12) + hex(draft.ids, 4);
  const { traceId, startMs, ids } = draft;
  const times = { startMs: startMs + ids, endMs: startMs + 400 - ids };
  draft.spans.push({ ...place, span: { ...span, ...times, traceId, spanId } });
  return spanId;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0').slice(-digits);
}
