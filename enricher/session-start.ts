import type { CallView } from './attribution/call-view.ts';
import { firstHop } from './attribution/call-view.ts';
import type { EngineWork } from './engine.ts';
import { homeTraceOf } from './log-span.ts';
import type { SpanNode, Trace } from './trace-state.ts';
import { addNode } from './trace-state.ts';

/**
 * Remembers who was named when a session was opened, in a home of the session's own in this partition's state, so that its calls in other
 * traces of the partition can say so. A session id that is new on every request joins nothing.
 */
export function rememberSession(work: EngineWork, trace: Trace, node: SpanNode): void {
  const { session, identities, stage } = node.reading ?? {};
  if (stage !== 'connection' || session === undefined || identities === undefined) return;
  const home = work.store.open(trace.tenant, homeTraceOf(session), trace.touchedMs);
  if (home === trace || home.nodes.length >= STARTS_MAX || home.byId.has(node.id)) return;
  home.touchedMs = trace.touchedMs;
  const copy: SpanNode = {
    ...node,
    parent: '',
    links: [],
    outside: '',
    via: node.via === '' ? trace.traceId : node.via,
    role: 'other',
    call: -1,
    open: false,
    sent: false,
    payload: [],
  };
  work.store.touchSpan(home, addNode(home, copy));
}

const STARTS_MAX = 8;

/** The view with the span that opened the call's session, as far as this partition knows it. */
export function withSessionStart(work: EngineWork, trace: Trace, view: CallView): CallView {
  const session = firstHop(view, 'session');
  if (session === null) return view;
  const home = work.store.find(trace.tenant, homeTraceOf(session), trace.touchedMs);
  const sessionStart = home?.nodes.find(({ reading }) => reading?.stage === 'connection') ?? null;
  return { ...view, sessionStart };
}
