import type { EngineWork } from '../engine.ts';
import { homesOf } from '../heard.ts';
import { listenerFor } from '../listener.ts';
import { publishSettled } from '../publish.ts';
import type { SpanNode, Trace } from '../trace-state.ts';
import { addAsker, askersIn, bare, keepStatement, statementsIn } from './homes.ts';
import type { Join } from './join-message.ts';
import { encodeTold } from './join-message.ts';

type At = { readonly offset: number; readonly appendTimeMs: number };

type News = {
  readonly home: string;
  readonly at: At;
  /** The trace that is being added to, whose calls are published later. */
  readonly current?: { readonly trace: Trace; readonly touched: Set<number> };
};

/** A span of a trace says something of what others share: it is kept here, told to its home, and heard by calls that were published without it. */
export function tell(work: EngineWork, trace: Trace, node: SpanNode, news: News): void {
  const via = node.via === '' ? trace.traceId : node.via;
  const statement = bare({ ...node, via });
  const { tenant } = trace;
  const { home, at } = news;
  if (!keepStatement(work, { tenant, id: home }, statement, at.appendTimeMs)) return;
  work.joins.push(encodeTold(tenant, home, home, statement));
  reviseAskers(work, tenant, news);
}

/** A home's owner tells those who asked; they tell their own. */
export function takeTold(work: EngineWork, told: Extract<Join, { kind: 'told' }>, at: At): void {
  const { tenant, home } = told;
  const statement = bare(told.node);
  if (!keepStatement(work, { tenant, id: home }, statement, at.appendTimeMs)) return;
  const local = reviseAskers(work, tenant, { home, at });
  if (told.trace !== home) return;
  for (const by of askersAt(work, tenant, home, at)) {
    if (!local.has(by)) work.joins.push(encodeTold(tenant, by, home, statement));
  }
}

export function takeAsked(
  work: EngineWork,
  { tenant, trace: home, by }: Extract<Join, { kind: 'asked' }>,
  at: At,
): void {
  const known = work.store.open(tenant, home, at.appendTimeMs);
  for (const statement of statementsIn(known)) {
    work.joins.push(encodeTold(tenant, by, home, statement));
  }
  addAsker(work, { tenant, home, by, atMs: at.appendTimeMs });
}

function askersAt(work: EngineWork, tenant: string, home: string, at: At): readonly string[] {
  return askersIn(work.store.open(tenant, home, at.appendTimeMs));
}

/** Published calls of this partition that asked are told; gives the traces that are here. */
function reviseAskers(work: EngineWork, tenant: string, news: News): ReadonlySet<string> {
  const { home, at, current } = news;
  const local = new Set<string>();
  for (const by of askersAt(work, tenant, home, at)) {
    const trace = work.store.find(tenant, by, at.appendTimeMs);
    if (!trace) continue;
    local.add(by);
    const isCurrent = trace === current?.trace;
    const touched = isCurrent ? current.touched : new Set<number>();
    const listener = listenerFor(work, trace, { at, touched });
    for (const [index, call] of trace.calls.entries()) {
      if (call.revision >= 0 && homesOf(trace, call).includes(home)) {
        listener.changed(index, 'link_arrived');
      }
    }
    if (!isCurrent) publishSettled(work, trace, touched, at.appendTimeMs);
  }
  return local;
}
