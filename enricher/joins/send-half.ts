import { viewOf } from '../attribution/call-view.ts';
import { answers, asks } from '../attribution/same-request.ts';
import type { Call, Trace } from '../trace-state.ts';
import { nodeAt } from '../trace-state.ts';
import type { Half } from './halves.ts';
import type { OutgoingJoin } from './join-message.ts';
import { encodeHalf } from './join-message.ts';
import { isTop } from './send-spans.ts';

/**
 * A call of which one side alone was seen, told to where its other half may be told as well; undefined for any other. The arguments must have
 * been captured: by a tool's name and the time alone halves are not joined.
 */
export function halfToSend(trace: Trace, call: Call): OutgoingJoin | undefined {
  if (call.kind !== 'call') return undefined;
  const nodes = call.hops.map((hop) => nodeAt(trace, hop));
  const asked = nodes.find((each) => each.asked !== 0)?.asked ?? 0;
  const isAsking = nodes.every(asks);
  if (asked === 0 || (!isAsking && !nodes.every(answers))) return undefined;
  const view = viewOf(trace, call);
  const [{ node, reading }] = view.hops;
  const { tool, startTimeUs, endTimeUs } = reading;
  // What an agent says of its tool may be one side of a request: it says no method.
  const method = reading.method ?? (node.role === 'tool' ? 'tools/call' : undefined);
  if (method === undefined || tool === undefined || (!isAsking && !isTop(trace, node))) {
    return undefined;
  }
  if (node.outside !== '' || view.hops.some((hop) => hop.node.sent || hop.node.via !== '')) {
    return undefined;
  }
  const innermost = view.hops.at(-1)?.node ?? node;
  const half: Half = {
    side: isAsking ? 'asking' : 'answering',
    method,
    tool,
    asked,
    trace: trace.traceId,
    span: isAsking ? innermost.id : node.id,
    producer: node.producer,
    startTimeUs,
    endTimeUs,
  };
  return encodeHalf(trace.tenant, half);
}
