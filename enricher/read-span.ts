import type { Attributes, Span, SpanKind } from '../otlp/span.ts';
import { streamNextAttribute } from '../schemas/span-numbers.ts';
import { OWN_SCOPE } from '../telemetry/own-scope.ts';
import { capturedBy } from './captured-by.ts';
import { usageFrom } from './cost/usage.ts';
import { cutText } from './cut-text.ts';
import type { Dialect } from './dialects/dialect.ts';
import type { Reader } from './dialects/known-dialects.ts';
import { general, generalReader, readerOf, standard } from './dialects/known-dialects.ts';
import { exceptionTypeOf, tellsOfTimeOut } from './read-exception.ts';
import { isMcpMethod, roleOf, stageOf } from './methods.ts';
import type { Draft, Texts } from './draft.ts';
import { hasContext, TEXT_CHARS_MAX, textOf } from './draft.ts';
import { readAttributes } from './read-attributes.ts';
import { definitionsOf } from './read-definitions.ts';
import { applyRule } from './read-rules.ts';
import { subjectsOf } from './read-subjects.ts';
import type { Backend } from './read-backend.ts';
import { readBackend } from './read-backend.ts';
import { readTask } from './read-task.ts';
import { readLineage } from './read-lineage.ts';
import type { Reading, ReadSpan, SpanRole } from './reading.ts';

/** Reads a span by its emitter's dialect. Pure; what cannot be understood is left out, never guessed. */
export function readSpan(span: Span): ReadSpan {
  if (span.attributes.has(streamNextAttribute)) return upkeep;
  // What Waybill tells of itself says nothing of anybody's call, whatever stands in it.
  if (span.scopeName === OWN_SCOPE) return upkeep;
  const reader = readerOf(span);
  const draft = readAttributes(span, reader);
  const dialect = dialectOf(reader, draft);
  const name = eventName(span, dialect);
  const rule = applyRule({ ...span, name }, dialect, draft.texts);
  const fromName = completeFromName(span.name, dialect, draft.texts);
  const nameOnly = fromName || rule?.nameOnly === true;
  nameMcpTool(draft.texts, rule?.role, dialect.toolPrefix);
  namePrompt(draft.texts);
  if (dialect.scopeInto && span.scopeName !== '') {
    draft.texts[dialect.scopeInto] ??= cut(span.scopeName);
  }
  readTask(draft);
  if (dialect.answers) readAnswer(span, dialect.answers, draft);
  const decides = rule?.role === 'decision';
  const role = roleOfDraft(span, draft.texts, rule?.role);
  const backend = role === 'other' ? readBackend(span) : undefined;
  if (role === 'other' && backend === undefined && !hasContext(draft)) return nothing;
  const stage = role === 'housekeeping' ? stageOf(draft.texts.method ?? '') : undefined;
  if (stage !== undefined) draft.texts.stage ??= stage;
  const { taskId } = draft.texts;
  if (
    role === 'housekeeping' &&
    stage === undefined &&
    taskId === undefined &&
    !hasContext(draft)
  ) {
    return upkeep;
  }
  const keeps = role === 'hop' || role === 'tool';
  const payload = keeps ? capturedBy(span, draft, dialect) : [];
  return {
    role,
    reading: finishReading({
      span,
      draft,
      dialect,
      nameOnly,
      role,
      backend,
      decides,
      side: rule?.side,
    }),
    payload,
  };
}

const nothing: ReadSpan = { role: 'other', reading: null, payload: [] };
const upkeep: ReadSpan = { role: 'housekeeping', reading: null, payload: [] };

function dialectOf(reader: Reader, draft: Draft): Dialect {
  if (reader !== generalReader) return reader.dialect;
  return draft.foreign ? general : standard;
}

/** A log event's name as the dialect's rules know it. */
function eventName({ name, isLog }: Span, { eventPrefix }: Dialect): string {
  if (!isLog || eventPrefix === undefined || name.startsWith(eventPrefix)) return name;
  return `${eventPrefix}${name}`;
}

/**
 * A framework's tool span is a view of an MCP call where it says so: by its type, its server, or a name that only MCP tools have
 * (`mcp__server__tool`, `mcp_server_tool`), from which the prefix goes where the server is known.
 */
function nameMcpTool(texts: Texts, ruled: SpanRole | undefined, own: string | undefined): void {
  const { tool, toolType, server } = texts;
  const isTool = texts.operation === 'execute_tool' || ruled === 'tool' || ruled === 'decision';
  if (texts.method === undefined && isTool) {
    const named = tool !== undefined && tool.startsWith('mcp_');
    if (named || toolType === 'mcp' || server !== undefined) texts.method = 'tools/call';
  }
  if (tool === undefined || server === undefined) return;
  const prefixes = [`mcp__${server}__`, `mcp__${server}`, `mcp_${server}_`];
  if (own !== undefined) prefixes.push(own.replace('*', () => server));
  const prefix = prefixes.find(
    (beginning) => tool.startsWith(beginning) && tool.length > beginning.length,
  );
  if (prefix !== undefined) texts.tool = tool.slice(prefix.length);
}

/** Emitters that give the name of what is asked for in one place name a prompt there where the method asks for one. */
function namePrompt(texts: Texts): void {
  if (texts.method !== 'prompts/get' || texts.tool === undefined) return;
  texts.prompt ??= texts.tool;
  delete texts.tool;
}

/** An answer without a word of failure went well, unless it says of itself that it is not the last one. */
function readAnswer({ attributes, statusCode }: Span, keys: readonly string[], draft: Draft): void {
  const { resultType = 'complete' } = draft.texts;
  if (draft.failed !== null || statusCode === 'error' || resultType !== 'complete') return;
  const key = keys.find((each) => attributes.has(each));
  if (key !== undefined) draft.failed = { value: false, key };
}

/** Method and target out of the span's name, where the dialect says they stand there. True when the tool was only there. */
function completeFromName(name: string, dialect: Dialect, texts: Texts): boolean {
  const { rpcSystem, rpcMethod } = texts;
  // Others speak JSON-RPC too (language servers, A2A, block chains): MCP's methods tell it, and so does a system of that name.
  if (rpcMethod !== undefined && (rpcSystem === 'jsonrpc' || rpcSystem === 'mcp')) {
    if (rpcSystem === 'mcp' || isMcpMethod(rpcMethod)) texts.method ??= rpcMethod;
  }
  for (const prefix of dialect.namePrefixes ?? []) {
    if (!name.startsWith(prefix)) continue;
    const said = name.slice(prefix.length);
    const method = namedMethods.find((known) => said === known || said.startsWith(`${known} `));
    if (method === undefined || (texts.method ?? method) !== method) continue;
    texts.method = method;
    return takeTarget(method, cutText(said.slice(method.length + 1), TEXT_CHARS_MAX), texts);
  }
  return false;
}

const namedMethods = ['tools/call', 'prompts/get', 'resources/read'] as const;

function takeTarget(method: string, target: string, texts: Texts): boolean {
  if (target === '') return false;
  const slot = method === 'tools/call' ? 'tool' : method === 'prompts/get' ? 'prompt' : 'resource';
  if (texts[slot] !== undefined) return false;
  texts[slot] = target;
  return true;
}

function roleOfDraft(span: Span, texts: Texts, ruled: SpanRole | undefined): SpanRole {
  // Google ADK sums several calls up in one span of this name: a view of no one call.
  if (texts.tool === '(merged tools)') return 'other';
  if (texts.method === undefined && span.name === 'execute_tool (merged)') return 'other';
  // The span of an inference that a log record was written in says the same of it.
  if (ruled === 'inference' && span.isLog && span.parentSpanId !== '') return 'other';
  // What a rule takes for some tool is a call where it proved to be an MCP server's, and so is what was decided about one.
  if (ruled === 'decision' && !span.isLog) return 'decision';
  if ((ruled === 'tool' || ruled === 'decision') && texts.method !== undefined) {
    return roleOf(texts.method, undefined);
  }
  const role = ruled ?? roleOf(texts.method, texts.operation);
  // Details of an inference stand in log records beside its span.
  if (role === 'inference' && span.isLog && ruled === undefined) return 'other';
  const decides = texts.policyDecision !== undefined || texts.decisionKind !== undefined;
  return role === 'other' && ruled === undefined && decides ? 'decision' : role;
}

type Finish = {
  readonly span: Span;
  readonly draft: Draft;
  readonly dialect: Dialect;
  readonly nameOnly: boolean;
  readonly role: SpanRole;
  readonly backend: Backend | undefined;
  /** True when a rule says that the span tells what was decided. */
  readonly decides: boolean;
  readonly side: 'client' | 'server' | undefined;
};

function finishReading(finish: Finish): Reading {
  const { span, draft, dialect, nameOnly, role, backend, decides } = finish;
  const { texts, failed, identities, roles, receipts } = draft;
  const { service, host, region } = readResource(span.resource);
  const kind = finish.side ?? span.kind;
  // One object that grows, because this runs for every span: members that say nothing stay absent, in state too.
  const reading: { -readonly [member in keyof Reading]: Reading[member] } = {
    dialect: dialect.name,
    provesSuccess: provesSuccess(dialect, span, kind),
    kind,
    name: cut(span.name),
    scope: cut(span.scopeName),
    startTimeUs: startOf(span, texts),
    endTimeUs: span.endTimeUs,
    status: span.statusCode,
    ...texts,
  };
  if (dialect.provesSuccess === 'ends') reading.endsOnly = true;
  if (span.isLog) reading.isLog = true;
  if (decides && role === 'hop') reading.decidesOnly = true;
  if (nameOnly) reading.nameOnly = true;
  if (backend !== undefined) reading.backend = backend;
  if (service !== undefined) reading.service = service;
  if (host !== undefined) reading.host = host;
  if (region !== undefined) reading.region = region;
  if (failed !== null) reading.failed = failed;
  if (identities !== null) reading.identities = subjectsOf(identities, texts);
  if (roles !== null) reading.roles = roles;
  if (receipts !== null && role === 'hop') reading.receipts = receipts;
  if (role === 'inference') {
    reading.usage = usageFrom(span.attributes);
    // The id is that of the first answer, which this one repeats and is no view of.
    if (reading.usage.flags.includes('response_cached')) delete reading.responseId;
    const lineage = readLineage(span);
    if (lineage !== undefined) reading.lineage = lineage;
  }
  if (role === 'housekeeping') {
    const definitions = definitionsOf(draft);
    if (definitions.length > 0) reading.definitions = definitions;
  }
  if (span.statusCode === 'error') {
    const exceptionType = texts.errorType === undefined ? exceptionTypeOf(span) : undefined;
    if (exceptionType !== undefined) reading.exceptionType = exceptionType;
    if (tellsOfTimeOut(span, texts.errorType ?? exceptionType)) reading.timedOut = true;
  }
  return reading;
}

function cut(text: string): string {
  return cutText(text, TEXT_CHARS_MAX);
}

// A log record tells of something that took time.
function startOf(span: Span, { durationMs }: Texts): number {
  const ms = span.isLog && durationMs !== undefined ? Number(durationMs) : 0;
  return ms > 0 && ms < DAY_MS ? Math.round(span.startTimeUs - ms * 1000) : span.startTimeUs;
}

const DAY_MS = 86_400_000;

function provesSuccess({ provesSuccess: when }: Dialect, span: Span, side: SpanKind): boolean {
  if (span.isLog) return false;
  if (when === 'server' || when === 'client') return side === when;
  return when !== 'never';
}

type ResourceReading = { service?: string; host?: string; region?: string };

// Spans of one request share their resource's map and come one behind the other: it is read once.
let lastResource: Attributes | undefined;
let lastReading: ResourceReading = {};

function readResource(resource: Attributes): ResourceReading {
  if (resource === lastResource) return lastReading;
  const reading: ResourceReading = {};
  const take = (slot: keyof ResourceReading, key: string) => {
    const text = textOf(resource.get(key) ?? null, TEXT_CHARS_MAX);
    if (text !== undefined) reading[slot] = text;
  };
  take('service', 'service.name');
  take('host', 'host.name');
  take('region', 'cloud.region');
  // What the OpenTelemetry SDKs put where nobody gave a name is no name.
  if (reading.service?.startsWith('unknown_service')) delete reading.service;
  lastResource = resource;
  lastReading = reading;
  return reading;
}
