import type { OperationClass } from '../schemas/record-types.ts';
import type { SpanRole } from './reading.ts';

/** Requests and notifications that keep a connection going or look around: counted, never a call. */
const housekeepingMethods: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/subscribe',
  'resources/unsubscribe',
  'logging/setLevel',
  'roots/list',
  'server/discover',
  'subscriptions/listen',
]);

export function isHousekeeping(method: string): boolean {
  return (
    housekeepingMethods.has(method) ||
    method.startsWith('notifications/') ||
    // Polls of an asynchronous task: the call is the tools/call that made the task.
    method.startsWith('tasks/')
  );
}

const callMethods: ReadonlySet<string> = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'completion/complete',
  'sampling/createMessage',
  'elicitation/create',
]);

/** True for a method that MCP itself defines. */
export function isMcpMethod(method: string): boolean {
  return callMethods.has(method) || isHousekeeping(method);
}

/** Which stage of MCP use a housekeeping method shows; undefined for one that shows none. */
export function stageOf(method: string): 'connection' | 'discovery' | undefined {
  switch (method) {
    case 'initialize':
    case 'server/discover':
      return 'connection';
    case 'tools/list':
    case 'prompts/list':
    case 'resources/list':
    case 'resources/templates/list':
      return 'discovery';
    default:
      return undefined;
  }
}

/** Requests that a server sends to its client while it works. */
export function isServerInitiated(method: string): boolean {
  return method === 'sampling/createMessage' || method === 'elicitation/create';
}

export function operationOf(method: string): OperationClass {
  switch (method) {
    case 'tools/call':
    case 'sampling/createMessage':
      return 'execute';
    case 'resources/read':
    case 'prompts/get':
    case 'completion/complete':
    case 'elicitation/create':
      return 'read';
    default:
      return 'unknown';
  }
}

/** What the target of a method is called, for the chain's last link; null for a method without one. */
export function targetKind(method: string): 'tool' | 'prompt' | 'resource' | null {
  switch (method) {
    case 'tools/call':
      return 'tool';
    case 'prompts/get':
      return 'prompt';
    case 'resources/read':
      return 'resource';
    default:
      return null;
  }
}

const inferenceOperations: ReadonlySet<string> = new Set([
  'chat',
  'generate_content',
  'text_completion',
  'embeddings',
]);

/** The role of a span, by MCP method first: emitters put arbitrary methods into `gen_ai.operation.name`. */
export function roleOf(method: string | undefined, operation: string | undefined): SpanRole {
  if (method !== undefined) return isHousekeeping(method) ? 'housekeeping' : 'hop';
  if (operation === undefined) return 'other';
  if (operation === 'invoke_agent') return 'agent';
  if (operation === 'execute_tool') return 'tool';
  return inferenceOperations.has(operation) ? 'inference' : 'other';
}
