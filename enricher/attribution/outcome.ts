import type { Denial, Evidence, Outcome } from '../../schemas/record-types.ts';
import type { Reading } from '../reading.ts';
import type { CallView, HopView } from './call-view.ts';
import { toolAbove } from './call-view.ts';
import { evidenceOf } from './evidence.ts';
import { verdictOf } from './verdict.ts';

export type CallOutcome = {
  readonly outcome: Outcome;
  readonly deniedBy: Denial | null;
  readonly errorType: string | null;
  readonly evidence: readonly Evidence[];
  readonly flags: readonly string[];
};

/**
 * What became of a call, by what its hops say. A denial said by anybody holds. Then a payload's own word, then `error.type` and
 * JSON-RPC codes, then the class of an exception; among equals the outermost hop, because the caller's view is what the caller
 * got. No error anywhere is success only where the emitter is known to report errors; a status text is never evidence.
 */
export function outcomeOf(view: CallView): CallOutcome {
  const verdicts = [
    ...decidedVerdicts(view),
    ...view.hops.flatMap(verdictsOf),
    ...agentsVerdicts(view),
    ...endOfTask(view),
  ];
  verdicts.sort((a, b) => a.strength - b.strength);
  const decisive = verdicts[0];
  const errorType = decisive?.hop.reading.errorType ?? firstErrorType(view);
  if (!decisive) return { ...withoutVerdict(view), errorType };
  const evidence = verdicts
    .filter(({ outcome }) => outcome === decisive.outcome)
    .map(({ key, hop }) => evidenceOf(key, hop.node));
  return {
    outcome: decisive.outcome,
    deniedBy: decisive.deniedBy,
    errorType: errorType ?? (decisive.outcome === 'unknown' ? '_OTHER' : null),
    evidence,
    flags: flagsOf(decisive.outcome, verdicts),
  };
}

function flagsOf(outcome: Outcome, verdicts: readonly Verdict[]): readonly string[] {
  if (outcome === 'unknown') return ['error_unclassified'];
  if (outcome !== 'protocol_error') return [];
  const codes = verdicts.map(({ hop: { reading } }) => reading.statusCode ?? reading.errorType);
  return codes.some((code) => callerCodes.has(code ?? '')) ? ['fault_of_caller'] : [];
}

/** Codes by which a server says that the request was wrong: JSON-RPC 2.0, and MCP's for what it asks of a request. */
const callerCodes: ReadonlySet<string> = new Set([
  '-32700',
  '-32600',
  '-32601',
  '-32602',
  '-32002',
  '-32020',
  '-32021',
  '-32022',
]);

type Verdict = {
  readonly outcome: Outcome;
  readonly deniedBy: Denial | null;
  /** Lower is stronger. */
  readonly strength: number;
  readonly key: string;
  readonly hop: HopView;
};

const DENIED = 0;
const PAYLOAD = 1;
const TYPED = 2;
const FLAGGED = 3;
const CLASS = 4;
const STATUS = 5;

/** The last word of those who decided: who refused first and then let it through has let it through. */
function decidedVerdicts({ decisions, hops }: CallView): readonly Verdict[] {
  const node = decisions.findLast(
    ({ reading }) => verdictOf(reading?.policyDecision ?? '') !== undefined,
  );
  const reading = node?.reading;
  if (!node || !reading || verdictOf(reading.policyDecision ?? '') !== 'denied') return [];
  const deniedBy =
    deniers.get(reading.decisionKind ?? '') ??
    (reading.approval === undefined ? 'policy' : 'approval');
  const hop = { ...hops[0], node, reading };
  return [{ outcome: 'denied', deniedBy, strength: DENIED, key: 'mcp.policy.decision', hop }];
}

/** A call that only began a task became what became of the task. */
function endOfTask({ taskEnd, hops }: CallView): readonly Verdict[] {
  const reading = taskEnd?.reading;
  if (!taskEnd || !reading) return [];
  const hop = { ...hops[0], node: taskEnd, reading };
  const own = verdictsOf(hop);
  if (own.length > 0) return own;
  const outcome = taskOutcomes.get(reading.taskStatus ?? '') ?? 'success';
  return [{ outcome, deniedBy: null, strength: TYPED, key: 'task.status', hop }];
}

const taskOutcomes: ReadonlyMap<string, Outcome> = new Map<string, Outcome>([
  ['failed', 'tool_error'],
  ['cancelled', 'cancelled'],
]);

const deniers: ReadonlyMap<string, Denial> = new Map<string, Denial>([
  ['approval', 'approval'],
  ['guardrail', 'guardrail'],
  ['rate_limit', 'rate_limit'],
  ['credential', 'authentication'],
  ['policy', 'policy'],
]);

function verdictsOf(hop: HopView): readonly Verdict[] {
  const { reading } = hop;
  const verdicts: Verdict[] = [];
  const say = (outcome: Outcome, strength: number, key: string, deniedBy: Denial | null = null) =>
    verdicts.push({ outcome, deniedBy, strength, key, hop });
  const denial = denialOf(reading);
  if (denial) say('denied', DENIED, denial.key, denial.deniedBy);
  if (reading.failed?.value === true) {
    // An emitter's own flag says that it failed, a code or type beside it how.
    const { key } = reading.failed;
    say('tool_error', key.endsWith('.isError') ? PAYLOAD : FLAGGED, key);
  }
  if (reading.resultType === 'input_required') say('input_required', PAYLOAD, 'resultType');
  const { errorType, statusCode, exceptionType } = reading;
  if (reading.timedOut) say('timed_out', TYPED, 'span.status_message');
  if (errorType !== undefined) sayErrorType(errorType, 'error.type', reading, say);
  else if (exceptionType !== undefined) {
    sayErrorType(exceptionType, 'exception.type', reading, say);
  }
  if (statusCode !== undefined && isErrorCode(statusCode)) {
    say(outcomeOfCode(statusCode), TYPED, 'rpc.response.status_code');
  }
  if (verdicts.length === 0 && reading.status === 'error') say('unknown', STATUS, 'span.status');
  return verdicts;
}

/** What the agent's own span right above says of the result that it got; its status and errors are of its own making. */
function agentsVerdicts(view: CallView): readonly Verdict[] {
  const node = toolAbove(view);
  const reading = node?.reading;
  if (!node || reading?.failed?.value !== true) return [];
  const hop = { ...view.hops[0], node, reading };
  const { key } = reading.failed;
  return [{ outcome: 'tool_error', deniedBy: null, strength: FLAGGED, key, hop }];
}

type Say = (outcome: Outcome, strength: number, key: string) => void;

function sayErrorType(type: string, key: string, reading: Reading, say: Say): void {
  const typed = outcomeOfErrorType(type);
  if (typed !== undefined) say(typed, TYPED, key);
  else if (saysNothing.has(type)) say('unknown', STATUS, key);
  // Another class of exception: raised by the tool where the server ran it, else by the way there.
  else say(reading.kind === 'server' ? 'tool_error' : 'protocol_error', CLASS, key);
}

/** Words for an error that do not say which: the standard's, and Python's classes around one or several of any class. */
const saysNothing: ReadonlySet<string> = new Set([
  '_OTHER',
  'ExceptionGroup',
  'BaseExceptionGroup',
]);

function outcomeOfErrorType(type: string): Outcome | undefined {
  if (denialTypes.has(type)) return 'denied';
  if (toolErrorTypes.has(type)) return 'tool_error';
  if (type === 'protocol_error') return 'protocol_error';
  if (isErrorCode(type)) return outcomeOfCode(type);
  const name = type.slice(type.lastIndexOf('.') + 1).toLowerCase();
  if (name.startsWith('cancel') || name === 'aborterror' || name === 'aborted') return 'cancelled';
  if (name.includes('timeout') || name.includes('timedout') || name === 'deadlineexceeded') {
    return 'timed_out';
  }
  return undefined;
}

const toolErrorTypes: ReadonlySet<string> = new Set([
  'tool_error',
  'ToolError',
  'MCP_TOOL_ERROR',
  'mcp_tool_error',
  'MCPToolResultError',
]);

// -32042: the server asks for the user's consent at an address; the call goes on after it (MCP 2025-11-25).
const URL_ELICITATION_REQUIRED = '-32042';

// What the official SDKs for Python (1.x) and TypeScript tell their own callers when no answer came in time. The latter's HTTP server answers a
// session that it does not know with the same number, but as HTTP 404, which its client reports otherwise.
const REQUEST_TIMEOUTS: ReadonlySet<string> = new Set(['408', '-32001']);

function outcomeOfCode(code: string): Outcome {
  if (REQUEST_TIMEOUTS.has(code)) return 'timed_out';
  return code === URL_ELICITATION_REQUIRED ? 'input_required' : 'protocol_error';
}

function isErrorCode(text: string): boolean {
  return text !== '0' && /^-?\d{1,9}$/.test(text);
}

type Denied = { readonly key: string; readonly deniedBy: Denial };

function denialOf(reading: Reading): Denied | undefined {
  const byType = reading.errorType === undefined ? undefined : denialTypes.get(reading.errorType);
  if (byType !== undefined) return { key: 'error.type', deniedBy: byType };
  const { httpStatus } = reading;
  const byHttp = httpStatus === undefined ? undefined : denyingStatuses.get(httpStatus);
  if (byHttp !== undefined) return { key: 'http.response.status_code', deniedBy: byHttp };
  return undefined;
}

const denyingStatuses: ReadonlyMap<string, Denial> = new Map<string, Denial>([
  ['401', 'authentication'],
  ['403', 'policy'],
  ['407', 'authentication'],
  ['429', 'rate_limit'],
]);

/** Values of `error.type` that say that somebody refused: HTTP statuses, and names in use. */
const denialTypes: ReadonlyMap<string, Denial> = new Map<string, Denial>([
  ...denyingStatuses,
  ['unauthorized', 'authentication'],
  ['unauthenticated', 'authentication'],
  ['UNAUTHENTICATED', 'authentication'],
  ['authentication_error', 'authentication'],
  ['forbidden', 'policy'],
  ['denied', 'policy'],
  ['access_denied', 'policy'],
  ['permission_denied', 'policy'],
  ['PERMISSION_DENIED', 'policy'],
  ['PermissionDenied', 'policy'],
  ['PermissionDeniedError', 'policy'],
  ['AuthorizationError', 'policy'],
  ['policy_denied', 'policy'],
  ['policy_violation', 'policy'],
  ['guardrail', 'guardrail'],
  ['guardrail_violation', 'guardrail'],
  ['content_filter', 'guardrail'],
  ['approval_denied', 'approval'],
  ['approval_rejected', 'approval'],
  ['rate_limit', 'rate_limit'],
  ['rate_limited', 'rate_limit'],
  ['rate_limit_exceeded', 'rate_limit'],
  ['RESOURCE_EXHAUSTED', 'rate_limit'],
]);

function firstErrorType({ hops }: CallView): string | null {
  for (const { reading } of hops) {
    const type = reading.errorType ?? reading.exceptionType;
    if (type !== undefined) return type;
  }
  return null;
}

function provesSuccess({ reading, role }: HopView): boolean {
  const passesOn = role === 'gateway_in' || role === 'gateway_out';
  return reading.provesSuccess && !(reading.endsOnly === true && passesOn);
}

function withoutVerdict(view: CallView): Omit<CallOutcome, 'errorType'> {
  const { hops } = view;
  const nothing = { deniedBy: null, flags: [] };
  const told = hops.find(({ reading }) => reading.failed?.value === false);
  if (told?.reading.failed) {
    const evidence = [evidenceOf(told.reading.failed.key, told.node)];
    return { outcome: 'success', evidence, ...nothing };
  }
  // A task that was only begun, or a result of a kind not known here, has not succeeded yet.
  const resultType = hops.find(({ reading }) => reading.resultType !== undefined)?.reading
    .resultType;
  if (resultType !== undefined && resultType !== 'complete') {
    return { outcome: 'unknown', evidence: [], deniedBy: null, flags: ['result_not_final'] };
  }
  const witness = hops.find(provesSuccess);
  const tool = witness ? null : toolAbove(view);
  if (tool?.reading?.failed?.value === false) {
    const evidence = [evidenceOf(tool.reading.failed.key, tool)];
    return { outcome: 'success', evidence, ...nothing };
  }
  if (!witness) return { outcome: 'unknown', evidence: [], ...nothing };
  return { outcome: 'success', evidence: [evidenceOf('span.status', witness.node)], ...nothing };
}
