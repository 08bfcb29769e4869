/** What the model is to do next: a call of a tool that was offered, or an answer. */
export type Turn =
  | { readonly kind: 'call'; readonly tool: string; readonly arguments: object }
  | { readonly kind: 'text'; readonly text: string };

/** A request as every provider's protocol is reduced to: what people said, how many tools have answered since, what is offered. */
export type Conversation = {
  /** `[plan <name>]` stands in the last thing a person said that names one. */
  readonly plan: string | undefined;
  /** Results of tools since then. */
  readonly results: number;
  readonly tools: readonly string[];
  readonly model: string;
};

/** One message of a conversation in whatever protocol. */
export type Said =
  | { readonly by: 'user'; readonly text: string }
  | { readonly by: 'tool' }
  | { readonly by: 'other' };

const call = (tool: string, args: object): Turn => ({ kind: 'call', tool, arguments: args });
const text = (said: string): Turn => ({ kind: 'text', text: said });

/**
 * What the scripted model does, step by step. The expected records are written from these and from the scripts, so a change here is a
 * change of what was done.
 */
const plans: Readonly<Record<string, readonly Turn[]>> = {
  /** A success, a tool's own error, a JSON-RPC error. */
  orders: [
    call('get_order', { order_id: 'A-1001' }),
    call('refund_order', { order_id: 'A-1001', amount: 250 }),
    call('archive_order', { order_id: 'A-1001' }),
    text('A-1001 is shipped; nothing was refunded or archived.'),
  ],
  lookup: [call('get_order', { order_id: 'A-1002' }), text('A-1002 is open.')],
  /** For those who have to ask first. */
  refund: [
    call('refund_order', { order_id: 'A-1001', amount: 250 }),
    text('Nothing was refunded.'),
  ],
  /** Takes longer than any client here waits. */
  slow: [call('slow_report', { order_id: 'A-1001' }), text('The report did not come.')],
  /** One agent hands over to another, which looks the order up. */
  handover: [
    call('transfer_to_orders_agent', {}),
    call('get_order', { order_id: 'A-1002' }),
    text('A-1002 is open.'),
  ],
  /** One agent asks another as a tool. */
  delegate: [
    call('orders_agent', {
      input: '[plan lookup] Look A-1002 up.',
      request: '[plan lookup] Look A-1002 up.',
    }),
    text('A-1002 is open.'),
  ],
};

/** The plan's next turn; an answer in words where the plan is at its end or the tool is not on offer. */
export function nextTurn({ plan, results, tools }: Conversation): Turn {
  const turn = plans[plan ?? '']?.[results];
  if (!turn) return text('Done.');
  if (turn.kind === 'text') return turn;
  const tool = offered(turn.tool, tools);
  return tool === undefined ? text(`${turn.tool} is not on offer.`) : { ...turn, tool };
}

export function conversationOf(
  said: readonly Said[],
  tools: readonly string[],
  model: string,
): Conversation {
  let plan: string | undefined;
  let results = 0;
  for (const message of said) {
    if (message.by === 'tool') results += 1;
    const named = message.by === 'user' ? /\[plan (\w+)\]/.exec(message.text)?.[1] : undefined;
    if (named !== undefined) {
      plan = named;
      results = 0;
    }
  }
  return { plan, results, tools, model };
}

/** Tokens that a turn is said to have used: known, so that what an emitter counts can be checked. */
export function tokensOf({ results }: Conversation): {
  readonly input: number;
  readonly output: number;
} {
  return { input: 100 + 20 * results, output: 10 };
}

/** Emitters put a server's name before a tool's, and change its signs: `mcp__orders__get_order`, `orders-get-order`. */
function offered(tool: string, tools: readonly string[]): string | undefined {
  return (
    tools.find((name) => name === tool) ?? tools.find((name) => plain(name).endsWith(plain(tool)))
  );
}

function plain(name: string): string {
  return name.replaceAll(/[^a-z0-9]/gi, '').toLowerCase();
}
