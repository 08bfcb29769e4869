import * as fc from 'fast-check';
import type { ShortSpan } from './make-span.ts';
import type { RandomTrace } from './random-trace.ts';

/**
 * Call trees of every topology that is hard to tell apart: gateways that rename, brokers whose tools ask for tools of their own name,
 * attempts, doubled instrumentation, in whatever mix of emitters; with agents' own spans of their tools, if so wanted, doubled too.
 */
export const randomTopology = (tools: 'agents' | 'none'): fc.Arbitrary<RandomTrace> =>
  fc.array(plannedCall(3), { minLength: 1, maxLength: 3 }).map((calls) => {
    const plan: Plan = { spans: [], calls: [], clock: 0 };
    plan.spans.push({ id: 'root', name: 'POST /chat', attributes: { 'user.id': 'p_u' } });
    for (const call of calls) {
      const place = { parent: 'root', tool: `t0_${call.tool}` };
      if (tools === 'none') addCall(plan, call, place);
      else addTooled(plan, call, place);
    }
    return plan;
  });

const plannedCall: fc.Memo<PlannedCall> = fc.memo((depth) =>
  fc.record({
    path: fc.constantFrom<Path>('plain', 'gateway', 'renaming', 'retrying', 'mounted', 'framework'),
    emitter: fc.nat(5),
    doubled: fc.boolean(),
    tooling: fc.constantFrom<Tooling>('none', 'one', 'two', 'alone', 'alone twice'),
    captured: fc.boolean(),
    named: fc.boolean(),
    tool: fc.nat(1),
    // As its parent's, as a broker's tool that asks several servers.
    sameName: fc.boolean(),
    children: depth > 1 ? fc.array(plannedCall(depth - 1), { maxLength: 3 }) : fc.constant([]),
  }),
);

/** Spans of the agent's own of the tool: above the request, or all there is; of one instrumentation, or of two side by side. */
type Tooling = 'none' | 'one' | 'two' | 'alone' | 'alone twice';

type Path = 'plain' | 'gateway' | 'renaming' | 'retrying' | 'mounted' | 'framework';

type PlannedCall = {
  readonly path: Path;
  readonly emitter: number;
  readonly doubled: boolean;
  readonly tooling: Tooling;
  /** The agent's spans say what the tool was asked. */
  readonly captured: boolean;
  /** Its spans say themselves who asked, so that nothing is missing where a span is. */
  readonly named: boolean;
  readonly tool: number;
  readonly sameName: boolean;
  readonly children: readonly PlannedCall[];
};

type Plan = {
  readonly spans: ShortSpan[];
  readonly calls: { readonly id: string; readonly isHop: boolean }[][];
  clock: number;
};

type Place = { readonly parent: string; readonly tool: string };

type Emitter = {
  readonly scope: string;
  readonly attributes: (tool: string) => Readonly<Record<string, string>>;
  readonly name: (tool: string, kind: string) => string;
};

const emitters: readonly Emitter[] = [
  {
    scope: '',
    attributes: (tool) => ({ 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': tool }),
    name: (tool) => `tools/call ${tool}`,
  },
  {
    scope: 'mcp-python-sdk',
    // Its client names the tool in the span's name alone.
    attributes: () => ({ 'mcp.method.name': 'tools/call' }),
    name: (tool, kind) =>
      kind === 'client' ? `MCP send tools/call ${tool}` : `tools/call ${tool}`,
  },
  {
    scope: 'fastmcp',
    attributes: (tool) => ({ 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': tool }),
    name: (tool) => `tools/call ${tool}`,
  },
  {
    scope: 'some.other',
    attributes: (tool) => ({ 'mcp.method': 'tools/call', 'mcp.tool.name': tool }),
    name: (tool) => `call ${tool}`,
  },
  {
    scope: 'Experimental.ModelContextProtocol',
    attributes: (tool) => ({
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': tool,
      'gen_ai.operation.name': 'execute_tool',
    }),
    name: (tool) => `tools/call ${tool}`,
  },
  {
    scope: '@traceloop/instrumentation-mcp',
    attributes: () => ({ 'traceloop.span.kind': 'tool' }),
    name: (tool) => `${tool}.tool`,
  },
];

/** Adds a call's spans below a place, its children below its innermost span; calls of one parent come one after the other. */
function addCall(plan: Plan, planned: PlannedCall, place: Place): void {
  const call: { id: string; isHop: boolean }[] = [];
  plan.calls.push(call);
  const hop = (
    parent: string,
    kind: 'client' | 'server',
    tool: string,
    more: More = {},
  ): string => {
    const id = `s${plan.spans.length}`;
    const emitter = emitters[(planned.emitter + (more.turn ?? 0)) % emitters.length];
    plan.spans.push({
      id,
      parent,
      kind,
      scope: emitter?.scope ?? '',
      name: emitter?.name(tool, kind) ?? '',
      ms: [plan.clock, plan.clock + 1000],
      attributes: {
        ...emitter?.attributes(tool),
        ...(planned.named ? named : {}),
        ...more.attributes,
      },
      ...(more.failed ? { status: 'error' as const } : {}),
    });
    call.push({ id, isHop: true });
    return id;
  };
  const inner = addPath(plan, planned, place, hop);
  for (const child of planned.children) {
    plan.clock += 2000;
    const tool = child.sameName ? place.tool : `${place.tool}_${child.tool}x`;
    addCall(plan, child, { parent: inner, tool });
  }
  plan.clock += 2000;
}

/** An agent's use of a tool, whose own spans are part of the call. */
function addTooled(plan: Plan, planned: PlannedCall, place: Place): void {
  const { tooling, captured } = planned;
  const isTwice = tooling === 'two' || tooling === 'alone twice';
  const ids = (tooling === 'none' ? [] : ['strands.telemetry.tracer', 'langfuse-sdk'])
    .slice(0, isTwice ? 2 : 1)
    .map((scope, step) => {
      const id = `s${plan.spans.length}`;
      plan.spans.push({
        id,
        parent: place.parent,
        scope,
        name: `execute_tool ${place.tool}`,
        ms: [plan.clock + step, plan.clock + 1900 - step],
        attributes: {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': place.tool,
          ...(captured ? { 'gen_ai.tool.call.arguments': `{"at":${plan.clock}}` } : {}),
        },
      });
      return id;
    });
  const at = plan.calls.length;
  if (tooling.startsWith('alone')) {
    plan.calls.push([]);
    plan.clock += 2000;
  } else addCall(plan, planned, { ...place, parent: ids[0] ?? place.parent });
  for (const id of ids) plan.calls[at]?.push({ id, isHop: false });
}

const named = { 'user.id': 'p_u', 'gen_ai.agent.name': 'clerk', 'mcp.server.name': 'srv' };

type More = {
  readonly turn?: number;
  readonly failed?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
};
type AddHop = (parent: string, kind: 'client' | 'server', tool: string, more?: More) => string;

function addPath(
  plan: Plan,
  { path, doubled }: PlannedCall,
  { parent, tool }: Place,
  hop: AddHop,
): string {
  const request = { 'jsonrpc.request.id': `${plan.clock}` };
  const outside = path === 'renaming' ? `calc__${tool}` : tool;
  const client = hop(parent, 'client', outside, doubled ? { attributes: request } : {});
  // The same request as another instrumentation beside the first sees it.
  if (doubled) hop(parent, 'client', outside, { turn: 1, attributes: request });
  if (path === 'plain') return hop(client, 'server', tool);
  if (path === 'framework') {
    return hop(hop(client, 'client', tool, { turn: 3 }), 'server', tool, { turn: 2 });
  }
  if (path === 'mounted') {
    return hop(hop(client, 'server', `main_${tool}`, { turn: 1 }), 'server', tool, { turn: 1 });
  }
  const gateway = hop(client, 'server', outside, { turn: 2 });
  if (path === 'retrying') return addAttempts(plan, gateway, tool, hop);
  return hop(hop(gateway, 'client', tool, { turn: 2 }), 'server', tool);
}

function addAttempts(plan: Plan, gateway: string, tool: string, hop: AddHop): string {
  hop(gateway, 'client', tool, { turn: 2, failed: true });
  plan.clock += 1500;
  return hop(hop(gateway, 'client', tool, { turn: 2 }), 'server', tool);
}
