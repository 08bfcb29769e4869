import { hash } from 'node:crypto';
import type { EngineWork } from '../engine.ts';
import { NO_PAYLOAD, NOT_SPILLED } from '../payload-spill.ts';
import type { SpanNode, Trace } from '../trace-state.ts';
import { addNode } from '../trace-state.ts';
import type { Statement } from './join-message.ts';
import { encodeAsked } from './join-message.ts';

/**
 * What traces share by name alone, a session or a task, has a home: a trace id made of its name. Its owner keeps what was said of it and which
 * traces asked; an owner of another partition keeps a copy of the answers, and of its own traces that wait for one. All of it lies in the
 * home's trace as nodes: statements are spans that say something, the others stand for those that asked.
 */
export function homeOf(kind: 'session' | 'task', name: string): string {
  const whole = `waybill-home/mcp-${kind}/${name}`;
  const known = homes.get(whole);
  if (known !== undefined) return known;
  const home = hash('sha256', whole, 'hex').slice(0, 32);
  if (homes.size >= HOMES_MAX) homes.clear();
  homes.set(whole, home);
  return home;
}

// A session's calls ask for the same home again and again.
const homes = new Map<string, string>();
const HOMES_MAX = 8192;

/** More statements of one thing say nothing new. */
const STATEMENTS_MAX = 8;
/** Later askers find what was said by then; they are not told of what comes after. */
const ASKERS_MAX = 32;

/**
 * What is known of a home here. A trace that `waits` for what is not known asks the home's owner, and is told when it answers: it and the next
 * {@link ASKERS_MAX} ask once together.
 */
export function heardAt(
  work: EngineWork,
  trace: Trace,
  home: string,
  waits: boolean,
): readonly SpanNode[] {
  const { tenant, traceId, touchedMs } = trace;
  const known = work.store.find(tenant, home, touchedMs);
  const statements = known ? statementsIn(known) : none;
  if (!waits || statements.length > 0) return statements;
  const isFirst = !known || askersIn(known).length === 0;
  if (addAsker(work, { tenant, home, by: traceId, atMs: touchedMs }) && isFirst) {
    work.joins.push(encodeAsked(tenant, home, traceId));
  }
  return none;
}

const none: readonly SpanNode[] = [];

export function statementsIn(home: Trace): readonly SpanNode[] {
  return home.nodes.filter(({ reading }) => reading !== null);
}

/** The traces that asked. */
export function askersIn(home: Trace): readonly string[] {
  return home.nodes.filter(({ reading }) => reading === null).map(({ via }) => via);
}

/** Keeps a statement; false where it is known, or one too many. */
export function keepStatement(
  work: EngineWork,
  home: { readonly tenant: string; readonly id: string },
  node: SpanNode,
  atMs: number,
): boolean {
  const trace = work.store.open(home.tenant, home.id, atMs);
  const statements = statementsIn(trace);
  const isKnown = statements.some(
    ({ id, producer }) => id === node.id && producer === node.producer,
  );
  if (isKnown || statements.length >= STATEMENTS_MAX) return false;
  add(work, trace, node, atMs);
  return true;
}

type Asker = {
  readonly tenant: string;
  readonly home: string;
  readonly by: string;
  readonly atMs: number;
};

/** False where it has asked before, or too many have. */
export function addAsker(work: EngineWork, { tenant, home, by, atMs }: Asker): boolean {
  const trace = work.store.open(tenant, home, atMs);
  const askers = askersIn(trace);
  if (askers.includes(by) || askers.length >= ASKERS_MAX) return false;
  const silent = { producer: '', trust: 'unknown', digest: 0, asked: 0, reading: null } as const;
  add(work, trace, bare({ ...silent, id: by.slice(0, 16), via: by, inferred: '' }), atMs);
  return true;
}

function add(work: EngineWork, trace: Trace, node: SpanNode, atMs: number): void {
  trace.touchedMs = Math.max(trace.touchedMs, atMs);
  work.store.touchSpan(trace, addNode(trace, node));
}

/** A span of another trace, without what joined it there. */
export function bare(node: Statement): SpanNode {
  const { id, producer, trust, digest, asked, reading, via, inferred } = node;
  return {
    id,
    parent: '',
    producer,
    trust,
    digest,
    asked,
    links: [],
    outside: '',
    inferred,
    via,
    reading,
    role: 'other',
    call: -1,
    open: false,
    conflicting: false,
    sent: false,
    payload: NO_PAYLOAD,
    spilled: NOT_SPILLED,
  };
}
