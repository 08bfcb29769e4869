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

/** The homes that have something to tell of a call: of its session, and of the task that it began. */
export function homesOf(trace: Trace, call: Call): readonly string[] {
  const homes = new Set<string>();
  if (call.kind !== 'call') return [];
  for (const hop of call.hops) {
    const { reading } = nodeAt(trace, hop);
    if (reading !== null) addHomes(homes, reading);
  }
  return [...homes];
}

function addHomes(homes: Set<string>, reading: Reading): void {
  const { session, resultType, taskId } = reading;
  if (session !== undefined && hasSessions(reading)) homes.add(homeOf('session', session));
  if (resultType === 'task' && taskId !== undefined) homes.add(homeOf('task', taskId));
}

/** The view with what was heard of the call's session and task, as far as this partition knows it by now. */
export function withHeard(work: EngineWork, trace: Trace, call: Call, view: CallView): CallView {
  const homes = homesOf(trace, call);
  if (homes.length === 0) return view;
  const heard = homes.flatMap((home) => heardAt(work, trace, home));
  const sessionStarts = heard.filter(({ reading }) => reading?.stage === 'connection');
  const taskEnd = heard.find(({ reading }) => reading !== null && endsTask(reading)) ?? null;
  return { ...view, sessionStarts, taskEnd };
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
