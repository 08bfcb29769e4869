// Generated from schemas/avro by `npm run generate`; do not edit.

/** One immutable record of the audit trail. A later revision supersedes, and never changes, an earlier one. */
export type AuditRecord = {
  /** `<callId>.<revision>`. */
  readonly recordId: string;
  /** Which kind of record. */
  readonly kind: RecordKind;
  /** The isolation boundary; fixed by the producer's key. */
  readonly tenant: string;
  /** 32 hex digits: 6 bytes of append time in ms, 10 bytes of SHA-256 over tenant and the span first seen. */
  readonly callId: string;
  /** 0 for the first. */
  readonly revision: number;
  /** Why this revision was published. */
  readonly change: ChangeReason;
  /** What is searched. */
  readonly facts: Facts;
  /** What decided the outcome, strongest first. */
  readonly outcomeEvidence: readonly Evidence[];
  /** What decided the origin. */
  readonly originEvidence: readonly Evidence[];
  /** The ordered links. */
  readonly chain: readonly Link[];
  /** Every statement about who asked. */
  readonly identities: readonly IdentityCandidate[];
  /** Every view of the call, outermost first. */
  readonly hops: readonly Hop[];
  /** What it cost. */
  readonly charges: readonly Charge[];
  /** What redaction did. */
  readonly receipts: readonly Receipt[];
  /** Ids of findings about it. */
  readonly findings: readonly string[];
  /** Redacted payload values. */
  readonly payload: readonly PayloadField[];
  /** The earlier revision; null for the first. */
  readonly supersedes: null | Superseded;
  /** Call id of the call that this one proved to be. */
  readonly mergedInto: null | string;
  /** Call id of the call that this one was split from. */
  readonly splitFrom: null | string;
  /** Partition of the spans. */
  readonly inputPartition: number;
  /** Offset of the message that made it publishable. */
  readonly inputOffset: number;
  /** What was decided about it. */
  readonly decisions: readonly Decision[];
  /** Tools that a list showed, with the hashes of their definitions. */
  readonly definitions: readonly ToolDefinition[];
};

/** Which of the kinds of record this is. */
export const RecordKindValues = ['call', 'inference', 'agent_run', 'lifecycle', 'finding', 'control', 'unknown'] as const;
export type RecordKind = (typeof RecordKindValues)[number];

/** Why this revision was published. */
export const ChangeReasonValues = ['first', 'hop_arrived', 'ancestor_arrived', 'link_arrived', 'registry_changed', 'merged_into', 'split_from', 'unknown', 'decision_arrived'] as const;
export type ChangeReason = (typeof ChangeReasonValues)[number];

/** What is searched: flat, typed, without payload, without names of people. */
export type Facts = {
  /** The record's place in time: the call's end clamped to append time −7 days … +5 minutes, microseconds since the epoch. */
  readonly timeUs: number;
  /** Start of the outermost hop, as claimed, microseconds. */
  readonly startTimeUs: number;
  /** End of the outermost hop, as claimed, microseconds. */
  readonly endTimeUs: number;
  /** Append time of the span that made the record publishable, microseconds. */
  readonly appendTimeUs: number;
  /** End − start of the outermost hop; null when the clock makes it negative. */
  readonly durationUs: null | number;
  /** `mcp.method.name`, or the GenAI operation name for an inference. */
  readonly method: null | string;
  /** What it does to its target. */
  readonly operation: OperationClass;
  /** Principal id of the person who asked; null when it cannot be told. */
  readonly user: null | string;
  /** How surely the user is known. */
  readonly userGrade: Grade;
  /** The attribute that the user was taken from. */
  readonly userKey: null | string;
  /** How the user was authenticated, where said. */
  readonly authMethod: null | string;
  /** Principal id of the person acted for, where it is another. */
  readonly onBehalfOf: null | string;
  /** Roles of the user at the time, as declared. */
  readonly roles: readonly string[];
  /** The team that bears the cost: from the registry by user, else by agent. */
  readonly team: null | string;
  /** Name (else id) of the innermost agent that acted. */
  readonly agent: null | string;
  /** Its id, where declared. */
  readonly agentId: null | string;
  /** Its version, where declared. */
  readonly agentVersion: null | string;
  /** How surely the agent is known. */
  readonly agentGrade: Grade;
  /** The agent that delegated to it. */
  readonly parentAgent: null | string;
  /** How many agents stand in the chain. */
  readonly agentDepth: number;
  /** MCP client's name, as declared. */
  readonly client: null | string;
  /** Its version. */
  readonly clientVersion: null | string;
  /** The gateway that the call passed. */
  readonly gateway: null | string;
  /** MCP server's name. */
  readonly server: null | string;
  /** Its version. */
  readonly serverVersion: null | string;
  /** How surely the server is known. */
  readonly serverGrade: Grade;
  /** Tool name, gateway prefixes stripped. */
  readonly tool: null | string;
  /** Digest of the tool's definition, where known. */
  readonly toolDefinitionHash: null | string;
  /** Prompt name. */
  readonly prompt: null | string;
  /** Resource URI, redacted. */
  readonly resource: null | string;
  /** What the server acted on: host, database, queue. */
  readonly target: null | string;
  /** What became of it. */
  readonly outcome: Outcome;
  /** What denied it. */
  readonly deniedBy: null | Denial;
  /** `error.type`. */
  readonly errorType: null | string;
  /** `rpc.response.status_code`. */
  readonly statusCode: null | string;
  /** Retries, where known. */
  readonly retryCount: null | number;
  /** Policy decision, where reported. */
  readonly policyDecision: null | string;
  /** Its rule. */
  readonly policyRule: null | string;
  /** Reference of the approval. */
  readonly approval: null | string;
  /** Why the call was made. */
  readonly origin: Origin;
  /** The chain's grade: that of its weakest link. */
  readonly grade: Grade;
  /** Which links and hops are missing, e.g. `user`, `agent`, `hop:server`. */
  readonly missing: readonly string[];
  /** Home trace: 32 hex digits. */
  readonly traceId: string;
  /** Outermost hop's span: 16 hex digits. */
  readonly spanId: string;
  /** Its parent: 16 hex digits. */
  readonly parentSpanId: null | string;
  /** `jsonrpc.request.id`. */
  readonly jsonrpcId: null | string;
  /** `gen_ai.conversation.id`. */
  readonly conversation: null | string;
  /** Keyed hash of `mcp.session.id`. */
  readonly session: null | string;
  /** `gen_ai.provider.name`. */
  readonly modelProvider: null | string;
  /** Response model, else request model. */
  readonly model: null | string;
  /** `host.name` of the outermost hop. */
  readonly host: null | string;
  /** `cloud.region`. */
  readonly region: null | string;
  /** Where the request came from: a token or masked address. */
  readonly source: null | string;
  /** `server.address[:port]`. */
  readonly destination: null | string;
  /** `network.transport`, `pipe` for stdio. */
  readonly transport: null | string;
  /** Size of the arguments as sent. */
  readonly bytesIn: null | number;
  /** Size of the result as sent. */
  readonly bytesOut: null | number;
  /** All input tokens, cached ones included. */
  readonly inputTokens: null | number;
  /** All output tokens. */
  readonly outputTokens: null | number;
  /** Sum of the priced charges in billionths; null when none is priced. */
  readonly costNano: null | number;
  /** ISO 4217. */
  readonly currency: null | string;
  /** Where the cost comes from. */
  readonly costSource: CostSource;
  /** Classes of sensitive data that redaction found. */
  readonly dataClasses: readonly string[];
  /** Purpose of use, legal basis or ticket. */
  readonly purpose: null | string;
  /** Reason of an emergency access. */
  readonly breakGlass: null | string;
  /** `auto` or `manual`. */
  readonly captureMethod: string;
  /** Retention class. */
  readonly retentionClass: null | string;
  /** Region the data must stay in. */
  readonly dataRegion: null | string;
  /** Offset in the registry topic up to which the registry was applied; −1 for none. */
  readonly configVersion: number;
  /** How many hops were folded. */
  readonly hops: number;
  /** Dialects of the hops. */
  readonly dialects: readonly string[];
  /** Producers of the hops. */
  readonly producers: readonly string[];
  /** What the reader should know: `clock_clamped`, `end_before_start`, `conflicting_identity`, `duplicate_content`, … */
  readonly flags: readonly string[];
  /** Which stages of MCP use it shows: `connection`, `discovery`, `selection`, `construction`, `backend`, `response`. */
  readonly stages: readonly string[];
  /** The model's id of the tool call (`gen_ai.tool.call.id`). */
  readonly toolCallId: null | string;
  /** SHA-256 of a model's input as captured, redacted. */
  readonly promptDigest: null | string;
  /** Ids that the model gave to the tool calls it asked for. */
  readonly toolCallsAsked: readonly string[];
  /** Ids of the tool calls whose results the model was given. */
  readonly toolCallsUsed: readonly string[];
  /** What redaction did, each once: `<data class>/<rule>/<action>`; the class is empty where a rule has none. */
  readonly redactions: readonly string[];
  /** How many places each of `redactions` has, in the same order. */
  readonly redactionCounts: readonly number[];
  /** Tokens that stand in the values' places, each once, at most 64: what a search for a person's values looks in. */
  readonly tokens: readonly string[];
  /** Policy versions in force: `values@<registry offset>` when a hop was accepted, `record@<registry offset>` when the record was made; `default` for the built-in one. */
  readonly redactionPolicies: readonly string[];
};

/** What the operation does to its target, as far as known. */
export const OperationClassValues = ['read', 'create', 'update', 'delete', 'execute', 'unknown'] as const;
export type OperationClass = (typeof OperationClassValues)[number];

/** How surely something is known, strongest first. A chain is as strong as its weakest link. */
export const GradeValues = ['verified', 'gateway', 'declared', 'inferred', 'unknown'] as const;
export type Grade = (typeof GradeValues)[number];

/** What became of a call. An outcome that nobody reported is unknown. */
export const OutcomeValues = ['success', 'tool_error', 'protocol_error', 'denied', 'timed_out', 'cancelled', 'input_required', 'unknown'] as const;
export type Outcome = (typeof OutcomeValues)[number];

/** What denied a call. */
export const DenialValues = ['policy', 'guardrail', 'approval', 'rate_limit', 'authentication', 'unknown'] as const;
export type Denial = (typeof DenialValues)[number];

/** Why a call was made. */
export const OriginValues = ['user_request', 'agent_plan', 'delegation', 'schedule', 'server_initiated', 'unknown'] as const;
export type Origin = (typeof OriginValues)[number];

/** Where an amount comes from. Unpriced: no price is known, and the amount is null, never zero. */
export const CostSourceValues = ['computed', 'provider_reported', 'unpriced', 'unknown'] as const;
export type CostSource = (typeof CostSourceValues)[number];

/** What proves a statement: where it was read, and who said so. */
export type Evidence = {
  /** The attribute, span field or rule that proves it, e.g. `user.id`, `span.status`, `rule:sole-child`. */
  readonly key: string;
  /** The span it stood on: 16 hex digits; null for a rule without one. */
  readonly spanId: null | string;
  /** That span's trace, where it is not the record's own: 32 hex digits. */
  readonly traceId: null | string;
  /** The producer that sent it. */
  readonly producer: null | string;
  /** That producer's trust class. */
  readonly trust: TrustClass;
};

/** How far the producer is trusted; fixed by its key. */
export const TrustClassValues = ['gateway', 'application', 'unknown'] as const;
export type TrustClass = (typeof TrustClassValues)[number];

/** One ordered link of the chain user → agent → … → server → tool → target. */
export type Link = {
  /** What the link is. */
  readonly kind: LinkKind;
  /** Its identifier: an opaque principal id for a person, else the name as given; null when it cannot be told. */
  readonly id: null | string;
  /** A display name where it differs from the id and is not personal. */
  readonly name: null | string;
  /** Version of the agent, server or client, as declared. */
  readonly version: null | string;
  /** How surely the link is known. */
  readonly grade: Grade;
  /** True when it was read from an ancestor span, not from the call's own. */
  readonly inherited: boolean;
  /** What proves it, strongest first. */
  readonly evidence: readonly Evidence[];
};

/** What a link of the chain is. */
export const LinkKindValues = ['user', 'agent', 'client', 'gateway', 'server', 'tool', 'prompt', 'resource', 'target', 'unknown'] as const;
export type LinkKind = (typeof LinkKindValues)[number];

/** One statement about who asked. All are kept, the conflicting ones too. */
export type IdentityCandidate = {
  /** The attribute's key. */
  readonly key: string;
  /** The opaque principal id that the collector put in the value's place, or a value that is not personal. */
  readonly principal: string;
  /** Whom the key names. */
  readonly subject: Subject;
  /** The span it stood on: 16 hex digits. */
  readonly spanId: string;
  /** The producer that sent it. */
  readonly producer: string;
  /** That producer's trust class. */
  readonly trust: TrustClass;
  /** True for the one that the chain's user link was taken from. */
  readonly chosen: boolean;
};

/** Whom the key names: an OAuth client id or an install id is not a person. */
export const SubjectValues = ['person', 'client', 'agent', 'service', 'install', 'team', 'anonymous', 'unknown'] as const;
export type Subject = (typeof SubjectValues)[number];

/** One component's view of the call. */
export type Hop = {
  /** Whose view it is. */
  readonly role: HopRole;
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** 16 hex digits; null for a root. */
  readonly parentSpanId: null | string;
  /** The producer that sent it. */
  readonly producer: string;
  /** The dialect that read it. */
  readonly dialect: string;
  /** `service.name` of its resource. */
  readonly service: null | string;
  /** Instrumentation scope name. */
  readonly scope: null | string;
  /** Span name, redacted. */
  readonly name: string;
  /** The tool as this hop names it, before any gateway prefix is stripped. */
  readonly tool: null | string;
  /** The server as this hop names it. */
  readonly server: null | string;
  /** Start as claimed: microseconds since the epoch. */
  readonly startTimeUs: number;
  /** End as claimed: microseconds since the epoch. */
  readonly endTimeUs: number;
  /** `unset`, `ok` or `error`: the span's status code. */
  readonly status: string;
  /** `error.type` as given. */
  readonly errorType: null | string;
};

/** Which component's view of the call a hop is. */
export const HopRoleValues = ['client', 'gateway_in', 'gateway_out', 'server', 'internal', 'unknown'] as const;
export type HopRole = (typeof HopRoleValues)[number];

/** One line of cost: meter × quantity × dated price, exact. */
export type Charge = {
  /** What is counted: `input_tokens`, `cache_read_tokens`, `cache_write_tokens`, `output_tokens`, `reasoning_tokens`, `tool_call`, `provider_tool_call`. Meters are disjoint. */
  readonly meter: string;
  /** How many of the unit. */
  readonly quantity: number;
  /** `Tokens` or `Requests` (FOCUS). */
  readonly unit: string;
  /** Model or tool that was priced. */
  readonly sku: null | string;
  /** The price book's row; null when unpriced. */
  readonly priceId: null | string;
  /** ISO 4217 code; null when unpriced. */
  readonly currency: null | string;
  /** Amount in billionths of the currency's unit; null when unpriced, never zero for unknown. */
  readonly amountNano: null | number;
  /** Where the amount comes from. */
  readonly source: CostSource;
};

/** What redaction did. */
export type Receipt = {
  /** The redaction rule. */
  readonly rule: string;
  /** Where: the attribute's key, `name`, `status`, `event:<name>/<key>` … */
  readonly path: string;
  /** How many places. */
  readonly count: number;
  /** What was done. */
  readonly action: RedactionAction;
  /** The class of data that was found; null where a rule has none (sessions, limits). */
  readonly dataClass: null | string;
  /** Version of the tenant's key that made the tokens; null where none was made. */
  readonly keyVersion: null | number;
  /** Keyed digests that stand in the values' places, at most 8; only for classes that may be tokenised. */
  readonly tokens: readonly string[];
};

/** What was done to the value. */
export const RedactionActionValues = ['mask', 'token', 'truncate', 'drop', 'hash', 'unknown'] as const;
export type RedactionAction = (typeof RedactionActionValues)[number];

/** One redacted payload value, kept apart from the searched columns. */
export type PayloadField = {
  /** `arguments`, `result`, or `prompt.variable.<name>`. */
  readonly name: string;
  /** `application/json` or `text/plain`. */
  readonly mediaType: string;
  /** The redacted value: UTF-8, in the encoding that `encoding` names. */
  readonly value: Uint8Array;
  /** `identity`; later `zstd+aes-256-gcm` under the key of the home trace. */
  readonly encoding: string;
  /** The key of an encrypted value. */
  readonly keyId: null | string;
  /** Size of the value as it was sent, before any cut. */
  readonly bytes: number;
  /** SHA-256 of the stored value in hex; with erasure, a salted commitment. */
  readonly digest: string;
  /** True when the value was cut. */
  readonly truncated: boolean;
};

/** The revision that this one supersedes. */
export type Superseded = {
  /** Record id of the earlier revision. */
  readonly recordId: string;
  /** Its facts, so that sums can take it back without reading it. */
  readonly facts: Facts;
  /** Its charges, likewise. */
  readonly charges: readonly Charge[];
};

/** Somebody or something decided on the call: an approval, a policy, a guardrail, a limit, a credential. */
export type Decision = {
  /** What decided. */
  readonly kind: DecisionKind;
  /** What was decided. */
  readonly verdict: Verdict;
  /** The verdict in the words it came in, cut to 512 characters. */
  readonly said: string;
  /** Who or what decided, as said: `user_temporary`, `config`, a principal id. */
  readonly by: null | string;
  /** The rule that decided. */
  readonly rule: null | string;
  /** The version of the rule or policy. */
  readonly ruleVersion: null | string;
  /** When it was asked for, microseconds since the epoch. */
  readonly requestedUs: null | number;
  /** When it was decided, microseconds since the epoch. */
  readonly decidedUs: null | number;
  /** How long the call waited for it, microseconds. */
  readonly waitedUs: null | number;
  /** Where it was read. */
  readonly evidence: Evidence;
};

/** What decided. */
export const DecisionKindValues = ['approval', 'policy', 'guardrail', 'rate_limit', 'credential', 'unknown'] as const;
export type DecisionKind = (typeof DecisionKindValues)[number];

/** What was decided. */
export const VerdictValues = ['allowed', 'denied', 'requested', 'changed', 'unknown'] as const;
export type Verdict = (typeof VerdictValues)[number];

/** A tool as a list or a model request described it. */
export type ToolDefinition = {
  /** The tool. */
  readonly tool: string;
  /** SHA-256 of the canonical JSON of its redacted definition, in hex. */
  readonly hash: string;
};

/** A control fact of one tenant: what is declared, held, erased or was read. Kept for ever. */
export type RegistryEvent = {
  /** Random UUID. */
  readonly eventId: string;
  /** The tenant. */
  readonly tenant: string;
  /** What happened. */
  readonly type: RegistryEventType;
  /** When, microseconds since the epoch. */
  readonly timeUs: number;
  /** Key id or principal id of who did it. */
  readonly actor: null | string;
  /** SHA-256 in hex of the applied document. */
  readonly digest: null | string;
  /** The document or the facts, as JSON; people only as principal ids. */
  readonly body: string;
};

/** What happened. */
export const RegistryEventTypeValues = ['registry_applied', 'price_book_applied', 'audit_read', 'redaction_applied', 'redaction_in_force', 'log_started', 'log_stopped', 'erasure_requested', 'erasure_refused', 'redaction', 'redaction_done', 'hold_placed', 'hold_released', 'retention_applied', 'retention_declared', 'retention_requested', 'integrity_found', 'backup_taken', 'store_restored', 'unknown'] as const;
export type RegistryEventType = (typeof RegistryEventTypeValues)[number];
