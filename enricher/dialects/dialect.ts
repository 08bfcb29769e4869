import type { SpanKind } from '../../otlp/span.ts';
import type { Subject } from '../../schemas/record-types.ts';
import type { SpanRole } from '../reading.ts';

/** What a span can say, in our words. Each is one text; where it comes from is the dialect's affair. State knows them by their place: new ones go to the end. */
export const textSlots = [
  'method',
  'rpcSystem',
  'rpcMethod',
  'operation',
  'tool',
  'prompt',
  'resource',
  'jsonrpcId',
  'statusCode',
  'errorType',
  'httpStatus',
  'resultType',
  'policyDecision',
  'policyRule',
  'approval',
  'session',
  'conversation',
  'server',
  'serverVersion',
  'client',
  'clientVersion',
  'transport',
  'address',
  'port',
  'source',
  'agent',
  'agentId',
  'agentVersion',
  'authMethod',
  'purpose',
  'breakGlass',
  'retryCount',
  'definitionHash',
  // The model's id of the tool call.
  'toolCallId',
  // `mcp` where the emitter says that a tool is an MCP server's; `own` of a decision about what may be the agent's own tool.
  'toolType',
  // The agent that delegated, by name or id.
  'parentAgent',
  // Which turn of the user it belongs to; on the turn itself `turn` says so.
  'promptId',
  'turn',
  // What set the work off: `timer`, `schedule`, …
  'trigger',
  'decisionKind',
  'decisionBy',
  'policyVersion',
  'decisionWaitMs',
  'durationMs',
  // `service`, `client`, …: what kind of principal the identities of the span name.
  'principalType',
  // RFC 8693 `act`, as JSON, or the subject of its outermost actor.
  'actor',
  // Which stage of MCP use it shows, where no method says it.
  'stage',
  // What the emitter did to the payload before it sent it: `redacted`, `cut`.
  'upstream',
  // The version of the redaction policy by which the collector accepted it: said by the message, not by the span.
  'redactionPolicy',
  'protocolVersion',
  // The asynchronous task that a call began, or that is asked for, and what became of it.
  'taskId',
  'taskStatus',
  // The agent that hands over, on the span that says so.
  'handover',
  // The provider's id of a model's answer.
  'responseId',
  // Which attempt of an emitter's own it is, from 1.
  'attempt',
  // Its place among the spans that its process numbered, `<stream>/<number>`: for the reconciliation alone.
  'spanNumber',
  // What the emitter says that a tool's call cost, in US dollars.
  'reportedCost',
] as const;
export type TextSlot = (typeof textSlots)[number];

/** A table's entries in the order of the slots. */
export function slotEntries<Value>(
  table: Readonly<Partial<Record<TextSlot, Value>>>,
): readonly (readonly [TextSlot, Value])[] {
  return textSlots.flatMap((slot) => {
    const value = table[slot];
    return value === undefined ? [] : [[slot, value] as const];
  });
}

export type KeyTable = Readonly<Partial<Record<TextSlot, readonly string[]>>>;

/** What a member of a larger value can be read as. */
export type PartUse = TextSlot | 'arguments' | 'result' | 'failed';
/** Members by path, names joined by `>`. */
export type Parts = Readonly<Record<string, PartUse>>;

/**
 * What the emitter's spans of one shape are. The first rule that fits holds; what attributes say of a slot is not overwritten, but for
 * `role` and `method`, which are the rule's where it has them.
 */
export type SpanRule = {
  /** The span's name; one `*` in it stands for any text. */
  readonly name?: string;
  /** The value of an attribute, as text: one of these; an empty list: any. */
  readonly where?: Readonly<Record<string, readonly string[]>>;
  readonly kind?: SpanKind;
  /** Which side it is, where the emitter's own kind does not say. */
  readonly side?: 'client' | 'server';
  readonly role?: SpanRole;
  readonly method?: string;
  /** The slot that takes what `*` stands for. */
  readonly into?: TextSlot;
  readonly says?: Readonly<Partial<Record<TextSlot, string>>>;
  /** Slots that attributes fill, by key, which mean this on spans of this shape only. */
  readonly reads?: Readonly<Partial<Record<TextSlot, string>>>;
};

/**
 * How one emitter writes what the standard calls otherwise. Data, so that a new emitter is one small file. Detection is by scope name
 * and keys, never by `service.name` or `schema_url`, which lie.
 */
export type Dialect = {
  readonly name: string;
  /** Names of instrumentation scopes, compared exactly. */
  readonly scopes: readonly string[];
  /** Beginnings of scope names, asked where no scope fits exactly. */
  readonly scopePrefixes?: readonly string[];
  /** What tells it where the scope's name does not: attributes of the span or its resource, and patterns of its name. */
  readonly fingerprint?: {
    readonly keys?: readonly string[];
    readonly resourceKeys?: readonly string[];
    readonly names?: readonly string[];
  };
  /**
   * Of which spans a status without error proves success: `server` where the client's span stays unset when the tool failed, `client` the
   * other way round, `ends` where those stay unset that only pass a request on, `never` where the status is that of the transport.
   */
  readonly provesSuccess: 'always' | 'server' | 'client' | 'ends' | 'never';
  /** Attributes that stand only where an answer came: where nothing says that it failed, it went well. */
  readonly answers?: readonly string[];
  /** Looked for before the general keys, first present wins. */
  readonly keys?: KeyTable;
  /** Keys of the general table that mean something else here, or nothing. */
  readonly ignores?: readonly string[];
  /** Whom an identity attribute really names here. */
  readonly subjects?: Readonly<Record<string, Subject>>;
  /** Values that the standard writes otherwise; an empty text says nothing. */
  readonly values?: Readonly<Partial<Record<TextSlot, Readonly<Record<string, string>>>>>;
  /** The slot that the scope's name fills, where the emitter names its scope for what it watches. */
  readonly scopeInto?: TextSlot;
  /** Beginnings of span names behind which `<method> <target>` stands, where attributes do not say it. */
  readonly namePrefixes?: readonly string[];
  /** What stands before the names of its log events in its rules, where the event itself may leave it out. */
  readonly eventPrefix?: string;
  readonly rules?: readonly SpanRule[];
  readonly arguments?: readonly string[];
  readonly result?: readonly string[];
  /** Beginnings of keys that each hold one member. */
  readonly flattened?: Readonly<Record<string, 'arguments' | 'result'>>;
  /** Each of those members is JSON, a number too. */
  readonly flattenedAs?: 'json';
  /** Members of those that repeat what another slot says. */
  readonly repeats?: Readonly<Partial<Record<TextSlot, string>>>;
  /** What it puts before the names of a server's tools; `*` stands for the server's name. */
  readonly toolPrefix?: string;
  /** `k=v, k=v` instead of JSON. */
  readonly argumentsAs?: 'pairs';
  /** What stands in an attribute's place where the emitter does not tell it, by key. */
  readonly withheld?: Readonly<Record<string, string>>;
  /** Attributes that say whether the tool failed, and by which words (lower case). */
  readonly failures?: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
  /**
   * Attributes that hold several things as JSON or as a key-value list. Arguments or a result within one that is itself read as such are
   * meant alone.
   */
  readonly bundles?: Readonly<Record<string, Parts>>;
  /** Span events, by name, whose attributes say something. */
  readonly events?: Readonly<Record<string, Parts>>;
};
