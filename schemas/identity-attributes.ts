import type { Subject } from './record-types.ts';

/**
 * Attributes whose value names somebody. The collector puts a principal id in the value's place (the name goes to the
 * directory), and the enricher reads them as identity candidates. `subject` says whom the key really names: FastMCP's
 * `enduser.id` is an OAuth client, Claude Code's `user.id` an installation; the dialect may correct it.
 * Order is priority among candidates of the same grade on the same span.
 */
export const identityAttributes: readonly { readonly key: string; readonly subject: Subject }[] = [
  { key: 'user.email', subject: 'person' },
  { key: 'jwt.sub', subject: 'person' },
  { key: 'user.id', subject: 'person' },
  { key: 'enduser.id', subject: 'person' },
  { key: 'enduser.pseudo.id', subject: 'person' },
  { key: 'user.name', subject: 'person' },
  { key: 'user.full_name', subject: 'person' },
  { key: 'user.account_uuid', subject: 'person' },
  { key: 'user.account_id', subject: 'person' },
  { key: 'langfuse.user.id', subject: 'person' },
  { key: 'gen_ai.user.id', subject: 'person' },
  { key: 'traceloop.association.properties.user_id', subject: 'person' },
  { key: 'ai.telemetry.metadata.userId', subject: 'person' },
  { key: 'mastra.metadata.userId', subject: 'person' },
  { key: 'user_api_key_user_id', subject: 'person' },
  { key: 'litellm.metadata.user_api_key_end_user_id', subject: 'person' },
  { key: 'litellm.metadata.user_api_key_user_email', subject: 'person' },
  { key: 'litellm.metadata.user_api_key_user_id', subject: 'person' },
  { key: 'metadata.user_api_key_end_user_id', subject: 'person' },
  { key: 'metadata.user_api_key_user_email', subject: 'person' },
  { key: 'metadata.user_api_key_user_id', subject: 'person' },
  { key: 'baggage.user.id', subject: 'person' },
  { key: 'baggage.userId', subject: 'person' },
  { key: 'baggage.enduser.id', subject: 'person' },
  { key: 'userId', subject: 'person' },
  { key: 'src.identity', subject: 'service' },
  { key: 'microsoft.agent.user.id', subject: 'agent' },
  { key: 'microsoft.agent.user.email', subject: 'agent' },
  { key: 'microsoft.a365.caller.agent.user.id', subject: 'agent' },
  { key: 'microsoft.a365.caller.agent.user.email', subject: 'agent' },
];

/** Attributes whose value names who decided: a principal as above, and nobody on whose behalf a call was made. */
export const deciderAttributes: readonly string[] = ['approval.by', 'approver.id'];

/** Attributes whose value may be a bearer token of a session: only a keyed hash of it is ever stored. */
export const sessionAttributes: readonly string[] = [
  'mcp.session.id',
  'mcp_session_id',
  'fastmcp.session.id',
  'session.id',
  'mcp.backend.session.id',
];

/** Attributes by which log records without a trace are known to belong together, where they name no session. */
export const conversationAttributes: readonly string[] = [
  'gen_ai.conversation.id',
  'conversation.id',
  'gcp.vertex.agent.session_id',
];

/** Values of identity attributes that name nobody. Compared in lower case; never made a principal. */
export const nobody: ReadonlySet<string> = new Set([
  '',
  'anonymous',
  'unknown',
  'none',
  'null',
  'undefined',
  'default',
  'default_user_id',
  'system',
]);
