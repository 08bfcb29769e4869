import type { RegistryView } from '../registry/view.ts';
import { teamOf } from '../registry/view.ts';
import type { Charge, Decision, Facts } from '../schemas/record-types.ts';
import type { CallView } from './attribution/call-view.ts';
import { firstAbove, firstHop, isToolUse } from './attribution/call-view.ts';
import { doubtsOf, lacksAncestor } from './attribution/doubts.ts';
import type { Chain } from './attribution/chain.ts';
import { isApproved } from './attribution/decisions.ts';
import { destinationOf } from './attribution/identify-ends.ts';
import type { CallOutcome } from './attribution/outcome.ts';
import { callTime } from './call-time.ts';
import { summariseCharges } from './cost/summarise-charges.ts';
import type { TokenUsage } from './cost/usage.ts';
import { emptyFacts } from '../schemas/empty-facts.ts';
import { maskAddress } from './mask-address.ts';
import { operationOf } from './methods.ts';
import type { Call, Trace } from './trace-state.ts';

/** All that the facts of a record are made of. */
export type FactSources = {
  readonly trace: Trace;
  readonly call: Call;
  readonly view: CallView;
  readonly chain: Chain;
  readonly method: string | null;
  readonly outcome: CallOutcome;
  readonly origin: Facts['origin'];
  readonly charges: readonly Charge[];
  readonly usage: TokenUsage | undefined;
  readonly decisions: readonly Decision[];
  readonly bytesIn: number | null;
  readonly bytesOut: number | null;
  readonly registry: RegistryView;
  /** True for the last revision that the call may have. */
  readonly isLast: boolean;
};

export function factsOf(sources: FactSources): Facts {
  // One object that is filled in, because this runs for every record.
  const facts: Draft = { ...emptyFacts };
  setTime(facts, sources);
  setWho(facts, sources);
  setEnds(facts, sources);
  setOutcome(facts, sources);
  setPlace(facts, sources);
  setCost(facts, sources);
  setCapture(facts, sources);
  return facts;
}

type Draft = { -readonly [name in keyof Facts]: Facts[name] };

function setTime(facts: Draft, { call, view }: FactSources): void {
  const { startTimeUs, endTimeUs } = view.hops[0].reading;
  const { timeUs, durationUs } = callTime(startTimeUs, endTimeUs, call.firstMs);
  facts.timeUs = timeUs;
  facts.startTimeUs = startTimeUs;
  facts.endTimeUs = endTimeUs;
  facts.appendTimeUs = call.lastMs * 1000;
  facts.durationUs = durationUs;
}

function setWho(facts: Draft, sources: FactSources): void {
  const { chain, view } = sources;
  const { link: user, key, source } = chain.user;
  const innermost = chain.agents[chain.agents.length - 1] ?? chain.agents[0];
  const roles = source?.reading?.roles ?? view.hops.find((hop) => hop.reading.roles)?.reading.roles;
  facts.user = user.id;
  facts.userGrade = user.grade;
  facts.userKey = key;
  facts.authMethod = source?.reading?.authMethod ?? firstHop(view, 'authMethod');
  facts.roles = roles ?? [];
  facts.team = teamFact(sources, user.id, innermost.link.id);
  facts.agent = innermost.link.id;
  facts.agentId = innermost.agentId;
  facts.agentVersion = innermost.link.version;
  facts.agentGrade = innermost.link.grade;
  facts.parentAgent = chain.agents.at(-2)?.link.id ?? null;
  facts.agentDepth = chain.agents.filter(({ link }) => link.evidence.length > 0).length;
}

/** A team once published stays while user and agent do: a later change of the registry is no news of the call. */
function teamFact(
  { call, trace, registry }: FactSources,
  user: string | null,
  agent: string | null,
): string | null {
  const earlier = call.published?.facts;
  if (earlier && earlier.team !== null && earlier.user === user && earlier.agent === agent) {
    return earlier.team;
  }
  return teamOf(registry, trace.tenant, { user, agent });
}

function setEnds(facts: Draft, { chain, view, method }: FactSources): void {
  const { client, gateway, server, target } = chain;
  const named = (kind: 'tool' | 'prompt' | 'resource') =>
    target?.kind === kind ? target.id : null;
  facts.client = client?.id ?? null;
  facts.clientVersion = client?.version ?? null;
  facts.gateway = gateway?.id ?? null;
  facts.server = server?.id ?? null;
  facts.serverVersion = server?.version ?? null;
  facts.serverGrade = server?.grade ?? 'unknown';
  facts.target = chain.backends[0]?.id ?? null;
  facts.tool = named('tool');
  facts.toolDefinitionHash = firstHop(view, 'definitionHash');
  facts.prompt = named('prompt') ?? firstHop(view, 'prompt');
  facts.resource = named('resource') ?? firstHop(view, 'resource');
  facts.method = method;
  facts.operation = method === null ? unnamedOperation(view) : operationOf(method);
}

function unnamedOperation(view: CallView): Facts['operation'] {
  return isToolUse(view) ? 'execute' : 'unknown';
}

function setOutcome(facts: Draft, sources: FactSources): void {
  const { outcome, origin, chain, view, call, decisions } = sources;
  facts.outcome = outcome.outcome;
  facts.deniedBy = outcome.deniedBy;
  facts.errorType = outcome.errorType;
  facts.statusCode = firstHop(view, 'statusCode');
  facts.retryCount = retriesOf(view);
  const decided = decisions.findLast(({ said }) => said !== '');
  facts.policyDecision = firstHop(view, 'policyDecision') ?? decided?.said ?? null;
  facts.policyRule = firstHop(view, 'policyRule') ?? decided?.rule ?? null;
  facts.approval = firstHop(view, 'approval');
  facts.origin = origin;
  facts.grade = chain.grade;
  facts.missing = call.kind === 'call' ? [...chain.missing, ...missingHops(view)] : chain.missing;
}

/** Every call has a side that asks and a side that answers; a side that sent no span is named. */
export function missingHops({ hops }: CallView): readonly string[] {
  const missing: string[] = [];
  if (!hops.some(({ role }) => role === 'client')) missing.push('hop:client');
  if (!hops.some(({ role }) => role === 'server')) missing.push('hop:server');
  return missing;
}

function setPlace(facts: Draft, { trace, view }: FactSources): void {
  const { node, reading } = view.hops[0];
  const source = firstHop(view, 'source');
  const addressed = view.hops.find((hop) => hop.reading.address !== undefined);
  facts.traceId = trace.traceId;
  facts.spanId = node.id;
  facts.parentSpanId = node.parent === '' ? null : node.parent;
  facts.jsonrpcId = firstHop(view, 'jsonrpcId');
  facts.conversation = firstAbove(view, 'conversation');
  setLineage(facts, view);
  facts.session = firstHop(view, 'session');
  facts.host = reading.host ?? null;
  facts.region = reading.region ?? null;
  facts.source = source === null ? null : maskAddress(source);
  facts.destination = (addressed && destinationOf(addressed.reading)) ?? null;
  facts.transport = firstHop(view, 'transport');
  facts.purpose = firstAbove(view, 'purpose');
  facts.breakGlass = firstAbove(view, 'breakGlass');
}

/** What the story of a conversation is told by. The model's id of a tool call stands on the call, or on the agent's tool span above it. */
function setLineage(facts: Draft, view: CallView): void {
  const { lineage } = view.hops[0].reading;
  const tool = view.ancestors.find(({ role }) => role !== 'other');
  const above = tool?.role === 'tool' ? tool.reading?.toolCallId : undefined;
  facts.toolCallId = firstHop(view, 'toolCallId') ?? above ?? null;
  facts.promptDigest = lineage?.promptDigest ?? null;
  facts.toolCallsAsked = lineage?.asked ?? [];
  facts.toolCallsUsed = lineage?.used ?? [];
}

function setCost(facts: Draft, sources: FactSources): void {
  const { call, usage, bytesIn, bytesOut } = sources;
  const { costNano, currency, costSource } = summariseCharges(sources.charges);
  facts.modelProvider = usage?.provider ?? null;
  facts.model = usage?.model ?? null;
  facts.bytesIn = bytesIn ?? call.published?.facts.bytesIn ?? null;
  facts.bytesOut = bytesOut ?? call.published?.facts.bytesOut ?? null;
  facts.inputTokens = usage?.inputTokensAll ?? null;
  facts.outputTokens = usage?.outputTokensAll ?? null;
  facts.costNano = costNano;
  facts.currency = currency;
  facts.costSource = costSource;
}

function setCapture(facts: Draft, sources: FactSources): void {
  const { view, registry } = sources;
  facts.configVersion = registry.version;
  facts.hops = view.hops.length;
  facts.dialects = distinct(view.hops.map(({ reading }) => reading.dialect));
  facts.producers = distinct(view.hops.map(({ node }) => node.producer));
  facts.flags = flagsOf(sources);
  facts.stages = stagesOf(sources);
  facts.toolCallId = firstAbove(view, 'toolCallId');
}

function flagsOf({
  trace,
  view,
  call,
  chain,
  outcome,
  charges,
  usage,
  decisions,
  isLast,
}: FactSources): readonly string[] {
  const { startTimeUs, endTimeUs } = view.hops[0].reading;
  const flags: string[] = [
    ...callTime(startTimeUs, endTimeUs, call.firstMs).flags,
    ...outcome.flags,
    ...summariseCharges(charges).flags,
    ...(usage?.flags ?? []),
  ];
  if (call.kind === 'call') flags.push(...doubtsOf(trace, view));
  // A provider may bill each attempt; usage is that of the last.
  else if ((retriesOf(view) ?? 0) > 0) flags.push('attempts_not_charged');
  // Why something is missing; and a call of which nothing is may still be part of one further out.
  const matters = call.kind === 'call' || chain.missing.length > 0;
  if (matters && lacksAncestor(trace, view)) flags.push('ancestor_missing');
  if (trace.restarts > 0) flags.push('trace_restarted');
  // More may be known by now than the record says.
  if (isLast) flags.push('revisions_capped');
  for (const said of upstreamOf(view)) flags.push(`${said}_upstream`);
  if (view.hops.every(({ reading }) => reading.isLog === true)) flags.push('logs_only');
  // What shows that somebody wanted the call: a search for those without asks for neither.
  if (view.turn !== null) flags.push('user_turn_seen');
  if (isApproved(decisions)) flags.push('approval_seen');
  if (chain.user.conflicting) flags.push('conflicting_identity');
  if (view.hops.some(({ node }) => node.conflicting)) flags.push('conflicting_content');
  return flags;
}

const nothingSaid: readonly string[] = [];

/** What emitters did to what they captured before they sent it. */
function upstreamOf({ hops }: CallView): readonly string[] {
  if (hops.every(({ reading }) => reading.upstream === undefined)) return nothingSaid;
  const said = new Set(hops.map(({ reading }) => reading.upstream));
  return ['redacted', 'cut'].filter((word) => said.has(word));
}

/** Which stages of MCP use a record shows. */
function stagesOf({ call, view, chain, outcome }: FactSources): readonly string[] {
  const [{ reading }] = view.hops;
  if (call.kind === 'lifecycle') return reading.stage === undefined ? [] : [reading.stage];
  if (call.kind === 'inference') return [];
  const stages: string[] = [];
  if (firstAbove(view, 'toolCallId') !== null) stages.push('selection');
  if (view.hops.some(({ role }) => role === 'client')) stages.push('construction');
  if (view.hops.some(({ role }) => role === 'server') || chain.backends.length > 0) {
    stages.push('backend');
  }
  if (outcome.outcome !== 'unknown') stages.push('response');
  return stages;
}

function distinct(values: readonly string[]): readonly string[] {
  const [first] = values;
  // Nearly always one value, which needs no set.
  if (values.every((value) => value === first)) return values.slice(0, 1);
  return [...new Set(values)];
}

function retriesOf(view: CallView): number | null {
  const attempts = countFrom(firstHop(view, 'attempt'));
  const before = attempts === null || attempts === 0 ? null : attempts - 1;
  return countFrom(firstHop(view, 'retryCount')) ?? before;
}

function countFrom(text: string | null): number | null {
  const count = text === null ? Number.NaN : Number(text);
  return Number.isSafeInteger(count) && count >= 0 && count < 2 ** 31 ? count : null;
}
