import type { Subject } from '../../schemas/record-types.ts';

/** What a span can say, in our words. Each is one text; where it comes from is the dialect's affair. */
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
] as const;
export type TextSlot = (typeof textSlots)[number];

export type KeyTable = Readonly<Partial<Record<TextSlot, readonly string[]>>>;

/**
 * How one emitter writes what the standard calls otherwise. Data, so that a new emitter is one small file. Detection is by scope name,
 * never by `service.name` or `schema_url`, which lie.
 */
export type Dialect = {
  readonly name: string;
  /** Names of instrumentation scopes, compared exactly. */
  readonly scopes: readonly string[];
  /**
   * Of which spans a status without error proves success: `server` where the client's span stays unset when the tool failed, `ends`
   * where those stay unset that only pass a request on, `never` where the status is that of the transport.
   */
  readonly provesSuccess: 'always' | 'server' | 'ends' | 'never';
  /** Looked for before the general keys, first present wins. */
  readonly keys?: KeyTable;
  /** Whom an identity attribute really names here. */
  readonly subjects?: Readonly<Record<string, Subject>>;
  /** Beginnings of span names behind which `<method> <target>` stands, where attributes do not say it. */
  readonly namePrefixes?: readonly string[];
};
