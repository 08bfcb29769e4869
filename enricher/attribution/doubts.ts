import type { Trace } from '../trace-state.ts';
import { nodeAt } from '../trace-state.ts';
import type { CallView } from './call-view.ts';
import { isToolUse } from './call-view.ts';
import { mayBeDoubledTool } from './doubled-tool.ts';
import { isRenamed } from './forwarding.ts';
import { answers, asks, forwardingSign, passesOn } from './same-request.ts';
import { failed, mayBeDoubled, mayBeReissued } from './siblings.ts';
import { lastRound } from './rounds.ts';
import { outwardOf } from './walk.ts';

/** What a record's flags say of how its hops were put together. */
export type Doubt =
  /** A side that answers asked for the same: taken as passed on, and nothing but the names speaks for it. */
  | 'forwarding_assumed'
  /** Another instrumentation may have reported the same request as another call. */
  | 'may_be_doubled'
  /** An equal request before it failed: it may have been carried out twice. */
  | 'may_be_reissued'
  /** It answers a request of another name: renamed on the way, or one of several that an unseen program made of it. */
  | 'renamed_or_relayed'
  /** An agent's own span of a tool: whether an MCP server was asked, nothing says. */
  | 'no_mcp_seen'
  /** A rule alone says that its sides are one call: see the evidence of its links. */
  | 'inferred_join'
  /** A gateway tried more than once. */
  | 'retried'
  /** It was asked back for input, and repeated. */
  | 'input_rounds'
  /** A span above it had not come when the record was made: what it would have said is not known. */
  | 'ancestor_missing';

export function doubtsOf(trace: Trace, view: CallView): readonly Doubt[] {
  const doubts: Doubt[] = [];
  const [{ node: top }] = view.hops;
  if (view.hops.some(({ node }) => isAssumed(trace, node.call, node))) {
    doubts.push('forwarding_assumed');
  }
  if (view.hops.some(({ node }) => isAttempt(trace, view, node))) doubts.push('retried');
  if (isToolUse(view)) doubts.push('no_mcp_seen');
  if (view.hops.some(({ node }) => node.inferred !== '')) doubts.push('inferred_join');
  if (lastRound(trace, view) !== view) doubts.push('input_rounds');
  if (asks(top) && (mayBeDoubled(trace, top) || mayBeDoubledTool(trace, top))) {
    doubts.push('may_be_doubled');
  }
  if (asks(top) && mayBeReissued(trace, top)) doubts.push('may_be_reissued');
  if (view.cause && asks(view.cause) && answers(top) && view.cause.role === 'hop') {
    if (view.cause.reading?.method === top.reading?.method) doubts.push('renamed_or_relayed');
  }
  return doubts;
}

/** Whether a span above the call is named and has not come. */
export function lacksAncestor(trace: Trace, view: CallView): boolean {
  const outermost = view.ancestors.at(-1) ?? view.hops[0].node;
  return outermost.parent !== '' && !trace.byId.has(outermost.parent);
}

type Node = CallView['hops'][0]['node'];

function isAssumed(trace: Trace, call: number, node: Node): boolean {
  if (!asks(node)) return false;
  const outward = outwardOf(trace, node);
  if (outward < 0) return false;
  const outer = nodeAt(trace, outward);
  if (outer.call !== call || !passesOn(outer, node)) return false;
  return forwardingSign(outer, node) === 'none' && !isRenamed(trace, outer, node);
}

/** A failed attempt of a gateway, behind which another came. */
function isAttempt(trace: Trace, view: CallView, node: Node): boolean {
  if (view.hops.length < 3 || !asks(node) || !failed(node)) return false;
  const outward = outwardOf(trace, node);
  return view.hops.some(
    ({ node: other, reading }) =>
      other !== node &&
      asks(other) &&
      outward >= 0 &&
      outwardOf(trace, other) === outward &&
      reading.startTimeUs >= (node.reading?.endTimeUs ?? 0),
  );
}
