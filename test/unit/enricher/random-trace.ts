import * as fc from 'fast-check';
import type { ShortSpan } from './make-span.ts';

/** A trace whose calls are known because it was made of them: each call is a path of spans, outermost first. */
export type RandomTrace = {
  readonly spans: readonly ShortSpan[];
  readonly calls: readonly (readonly PathSpan[])[];
};

type PathSpan = { readonly id: string; readonly isHop: boolean };

type CallTree = {
  readonly path: readonly string[];
  readonly tool: number;
  readonly underAgent: boolean;
  readonly children: readonly CallTree[];
};

/** Paths that one request takes: which spans see it, from the outside inwards. */
const paths: readonly (readonly string[])[] = [
  ['client', 'server'],
  ['client', 'http', 'http', 'server'],
  ['client', 'client', 'server'],
  ['client', 'server', 'client', 'server'],
  ['client', 'server', 'delegate', 'server'],
  ['client'],
  ['server'],
  ['client', 'http', 'server', 'http', 'client', 'client', 'http', 'server'],
];

const tree: fc.Memo<CallTree> = fc.memo((depth) =>
  fc.record({
    path: fc.constantFrom(...paths),
    // Few names, so that equal calls lie side by side.
    tool: fc.nat(1),
    underAgent: fc.boolean(),
    children: depth > 1 ? fc.array(tree(depth - 1), { maxLength: 3 }) : fc.constant([]),
  }),
);

export const randomTrace: fc.Arbitrary<RandomTrace> = fc
  .array(tree(3), { minLength: 1, maxLength: 3 })
  .map((trees) => {
    const spans: ShortSpan[] = [
      { id: 'root', name: 'POST /chat', attributes: { 'user.id': 'p_u' } },
    ];
    const calls: PathSpan[][] = [];
    for (const each of trees) addCall(each, { parent: 'root', depth: 0 }, { spans, calls });
    return { spans, calls };
  });

type Place = { readonly parent: string; readonly depth: number };
type Made = { readonly spans: ShortSpan[]; readonly calls: PathSpan[][] };

function addCall({ path, tool, underAgent, children }: CallTree, place: Place, made: Made): void {
  const { spans, calls } = made;
  let { parent } = place;
  if (underAgent) {
    const id = `a${spans.length}`;
    const attributes = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': id };
    spans.push({ id, parent, attributes });
    parent = id;
  }
  const call: PathSpan[] = [];
  for (const kind of path) {
    const id = `s${spans.length}`;
    const isHop = kind === 'client' || kind === 'server';
    const attributes: Record<string, string> = isHop
      ? // A tool below another one has another name: with the same it would be a gateway's forwarding.
        { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': `t${place.depth}_${tool}` }
      : { 'http.request.method': 'POST' };
    spans.push({ id, parent, kind: isHop ? kind : 'internal', name: kind, attributes });
    call.push({ id, isHop });
    parent = id;
  }
  calls.push(call);
  for (const child of children) addCall(child, { parent, depth: place.depth + 1 }, made);
}

/** How many calls can be seen when only some spans came: a gap in a path leaves what lies on its two sides apart. */
export function visibleCalls({ calls }: RandomTrace, came: ReadonlySet<string>): number {
  let visible = 0;
  for (const call of calls) {
    let inRun = false;
    for (const { id, isHop } of call) {
      if (!came.has(id)) inRun = false;
      else if (isHop && !inRun) {
        inRun = true;
        visible += 1;
      }
    }
  }
  return visible;
}
