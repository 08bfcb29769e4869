import type { CallView } from './attribution/call-view.ts';
import type { EngineWork } from './engine.ts';
import { heardAt, homeOf } from './joins/homes.ts';
import type { Reading } from './reading.ts';
import type { Call, SpanNode, Trace } from './trace-state.ts';
import { nodeAt } from './trace-state.ts';

/**
 * The home that a span has something to tell, undefined for nearly every span: who was named when a session was opened, and what became of
 * a task.
 */
export function homeToTell({ reading }: SpanNode): string | undefined {
  if (reading === null) return undefined;
  const { stage, session, identities, taskId } = reading;
  if (stage === 'connection' && session !== undefined && identities !== undefined) {
    return hasSessions(reading) ? homeOf('session', session) : undefined;
  }
  return taskId !== undefined && endsTask(reading) ? homeOf('task', taskId) : undefined;
}

/** The homes that have something to tell of a call: of its sessions, and of the task that it began. */
export function homesOf(trace: Trace, call: Call): readonly string[] {
  if (call.kind !== 'call') return [];
  const { sessions, tasks } = namesIn(trace, call);
  if (sessions.length + tasks.length === 0) return [];
  return [...homesFor('session', sessions), ...homesFor('task', tasks)];
}

type Names = { readonly sessions: readonly string[]; readonly tasks: readonly string[] };

function namesIn(trace: Trace, call: Call): Names {
  const sessions: string[] = [];
  const tasks: string[] = [];
  for (const hop of call.hops) {
    const { reading } = nodeAt(trace, hop);
    if (reading === null) continue;
    const { session, resultType, taskId } = reading;
    if (session !== undefined && !sessions.includes(session) && hasSessions(reading)) {
      sessions.push(session);
    }
    if (resultType === 'task' && taskId !== undefined && !tasks.includes(taskId)) {
      tasks.push(taskId);
    }
  }
  return { sessions, tasks };
}

function homesFor(kind: 'session' | 'task', names: readonly string[]): readonly string[] {
  return names.map((name) => homeOf(kind, name));
}

/** The view with what was heard of the call's sessions and task, as far as this partition knows it by now. */
export function withHeard(work: EngineWork, trace: Trace, call: Call, view: CallView): CallView {
  if (call.kind !== 'call') return view;
  const { sessions, tasks } = namesIn(trace, call);
  if (sessions.length + tasks.length === 0) return view;
  // Who has a user of its own does not ask for the session's: what is known here is compared with it.
  const waits = sessions.length > 0 && !namesPerson(view);
  const heard: SpanNode[] = [];
  for (const name of sessions) heard.push(...heardAt(work, trace, homeOf('session', name), waits));
  for (const name of tasks) heard.push(...heardAt(work, trace, homeOf('task', name), true));
  if (heard.length === 0) return view;
  const sessionStarts = heard.filter(({ reading }) => reading?.stage === 'connection');
  const taskEnd = heard.find(({ reading }) => reading !== null && endsTask(reading)) ?? null;
  return { ...view, sessionStarts, taskEnd };
}

function namesPerson({ hops, ancestors }: CallView): boolean {
  return hops.some(({ node }) => saysPerson(node)) || ancestors.some(saysPerson);
}

function saysPerson({ reading }: SpanNode): boolean {
  return reading?.identities?.some(({ subject }) => subject === 'person') === true;
}

// MCP 2026-07-28 has no sessions: what is said under that name is new with every request. Revisions are dates, and sort as text.
const SESSIONLESS_FROM = '2026-07-28';

function hasSessions({ protocolVersion }: Reading): boolean {
  return protocolVersion === undefined || protocolVersion < SESSIONLESS_FROM;
}

const ends: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

/** A poll that was told the task's end, or the result of it. */
function endsTask({ method, taskStatus, failed, statusCode }: Reading): boolean {
  if (method === undefined || !method.startsWith('tasks/')) return false;
  if (taskStatus !== undefined && ends.has(taskStatus)) return true;
  return method === 'tasks/result' && (failed !== undefined || statusCode !== undefined);
}
