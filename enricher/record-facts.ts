import type { RegistryView } from '../registry/view.ts';
import { teamOf } from '../registry/view.ts';
import type { Charge, Facts, Receipt } from '../schemas/record-types.ts';
import type { CallView } from './attribution/call-view.ts';
import { firstAbove, firstHop } from './attribution/call-view.ts';
import type { Chain } from './attribution/chain.ts';
import { destinationOf } from './attribution/identify-ends.ts';
import type { CallOutcome } from './attribution/outcome.ts';
import { callTime } from './call-time.ts';
import { summariseCharges } from './cost/summarise-charges.ts';
import type { TokenUsage } from './cost/usage.ts';
import { dataClassesOf } from './data-classes.ts';
import { emptyFacts } from './empty-facts.ts';
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
  readonly receipts: readonly Receipt[];
  readonly bytesIn: number | null;
  readonly bytesOut: number | null;
  readonly registry: RegistryView;
};

export function factsOf(sources: FactSources): Facts {
  return {
    ...emptyFacts,
    ...timeFacts(sources),
    ...whoFacts(sources),
    ...endFacts(sources),
    ...outcomeFacts(sources),
    ...placeFacts(sources),
    ...costFacts(sources),
    ...captureFacts(sources),
  };
}

type Some<Names extends keyof Facts> = Pick<Facts, Names>;

function timeFacts({
  call,
  view,
}: FactSources): Some<'timeUs' | 'startTimeUs' | 'endTimeUs' | 'appendTimeUs' | 'durationUs'> {
  const { startTimeUs, endTimeUs } = view.hops[0].reading;
  const { timeUs, durationUs } = callTime(startTimeUs, endTimeUs, call.firstMs);
  return { timeUs, startTimeUs, endTimeUs, appendTimeUs: call.lastMs * 1000, durationUs };
}

function whoFacts(sources: FactSources) {
  const { chain, view } = sources;
  const { link: user, key: userKey, source } = chain.user;
  const innermost = chain.agents[chain.agents.length - 1] ?? chain.agents[0];
  const known = chain.agents.filter(({ link }) => link.evidence.length > 0);
  const roles = source?.reading?.roles ?? view.hops.find((hop) => hop.reading.roles)?.reading.roles;
  return {
    user: user.id,
    userGrade: user.grade,
    userKey,
    authMethod: source?.reading?.authMethod ?? firstHop(view, 'authMethod'),
    roles: roles ?? [],
    team: teamFact(sources, user.id, innermost.link.id),
    agent: innermost.link.id,
    agentId: innermost.agentId,
    agentVersion: innermost.link.version,
    agentGrade: innermost.link.grade,
    parentAgent: chain.agents.at(-2)?.link.id ?? null,
    agentDepth: known.length,
  };
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

function endFacts({ chain, view, method }: FactSources) {
  const { client, gateway, server, target } = chain;
  const named = (kind: 'tool' | 'prompt' | 'resource') =>
    target?.kind === kind ? target.id : null;
  return {
    client: client?.id ?? null,
    clientVersion: client?.version ?? null,
    gateway: gateway?.id ?? null,
    server: server?.id ?? null,
    serverVersion: server?.version ?? null,
    serverGrade: server?.grade ?? 'unknown',
    tool: named('tool'),
    toolDefinitionHash: firstHop(view, 'definitionHash'),
    prompt: named('prompt') ?? firstHop(view, 'prompt'),
    resource: named('resource') ?? firstHop(view, 'resource'),
    method,
    operation: method === null ? 'unknown' : operationOf(method),
  } as const;
}

function outcomeFacts({ outcome, origin, chain, view, call }: FactSources) {
  return {
    outcome: outcome.outcome,
    deniedBy: outcome.deniedBy,
    errorType: outcome.errorType,
    statusCode: firstHop(view, 'statusCode'),
    retryCount: countFrom(firstHop(view, 'retryCount')),
    policyDecision: firstHop(view, 'policyDecision'),
    policyRule: firstHop(view, 'policyRule'),
    approval: firstHop(view, 'approval'),
    origin,
    grade: chain.grade,
    missing: call.kind === 'call' ? [...chain.missing, ...missingHops(view)] : chain.missing,
  };
}

/** Every call has a side that asks and a side that answers; a side that sent no span is named. */
export function missingHops({ hops }: CallView): readonly string[] {
  const missing: string[] = [];
  if (!hops.some(({ role }) => role === 'client')) missing.push('hop:client');
  if (!hops.some(({ role }) => role === 'server')) missing.push('hop:server');
  return missing;
}

function placeFacts({ trace, view }: FactSources) {
  const { node, reading } = view.hops[0];
  const source = firstHop(view, 'source');
  const addressed = view.hops.find((hop) => hop.reading.address !== undefined);
  return {
    traceId: trace.traceId,
    spanId: node.id,
    parentSpanId: node.parent === '' ? null : node.parent,
    jsonrpcId: firstHop(view, 'jsonrpcId'),
    conversation: firstAbove(view, 'conversation'),
    session: firstHop(view, 'session'),
    host: reading.host ?? null,
    region: reading.region ?? null,
    source: source === null ? null : maskAddress(source),
    destination: (addressed && destinationOf(addressed.reading)) ?? null,
    transport: firstHop(view, 'transport'),
    purpose: firstAbove(view, 'purpose'),
    breakGlass: firstAbove(view, 'breakGlass'),
  };
}

function costFacts({ call, charges, usage, bytesIn, bytesOut }: FactSources) {
  const { costNano, currency, costSource } = summariseCharges(charges);
  return {
    modelProvider: usage?.provider ?? null,
    model: usage?.model ?? null,
    bytesIn: bytesIn ?? call.published?.facts.bytesIn ?? null,
    bytesOut: bytesOut ?? call.published?.facts.bytesOut ?? null,
    inputTokens: usage?.inputTokensAll ?? null,
    outputTokens: usage?.outputTokensAll ?? null,
    costNano,
    currency,
    costSource,
  };
}

function captureFacts(sources: FactSources): Some<CaptureFact> {
  const { view, registry, receipts } = sources;
  return {
    dataClasses: dataClassesOf(receipts),
    configVersion: registry.version,
    hops: view.hops.length,
    dialects: distinct(view.hops.map(({ reading }) => reading.dialect)),
    producers: distinct(view.hops.map(({ node }) => node.producer)),
    flags: flagsOf(sources),
  };
}

type CaptureFact = 'dataClasses' | 'configVersion' | 'hops' | 'dialects' | 'producers' | 'flags';

function flagsOf({ view, call, chain, outcome, charges, usage }: FactSources): readonly string[] {
  const { startTimeUs, endTimeUs } = view.hops[0].reading;
  const flags: string[] = [
    ...callTime(startTimeUs, endTimeUs, call.firstMs).flags,
    ...outcome.flags,
    ...summariseCharges(charges).flags,
    ...(usage?.flags ?? []),
  ];
  if (chain.user.conflicting) flags.push('conflicting_identity');
  if (view.hops.some(({ node }) => node.conflicting)) flags.push('conflicting_content');
  return flags;
}

function distinct(values: readonly string[]): readonly string[] {
  const [first] = values;
  // Nearly always one value, which needs no set.
  if (values.every((value) => value === first)) return values.slice(0, 1);
  return [...new Set(values)];
}

function countFrom(text: string | null): number | null {
  const count = text === null ? Number.NaN : Number(text);
  return Number.isSafeInteger(count) && count >= 0 && count < 2 ** 31 ? count : null;
}
