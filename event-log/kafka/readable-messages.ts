import type { FetchedMessage, FetchedPartition } from './kafkajs.ts';

/** The key of a control record that ends an aborted transaction: version 0, type 0. Type 1 is a commit. */
const ABORT_KEY = Buffer.of(0, 0, 0, 0);

/**
 * The messages at and after the offset, without those of aborted transactions and without control records.
 *
 * The broker names aborted transactions in the order in which they ended, and all that reach into what was fetched. kafkajs takes them for
 * sorted by their beginning and passes one a message: of two that overlap it lets messages of one through. So this is not left to it.
 */
export function readableMessages(
  offset: number,
  { messages, abortedTransactions }: FetchedPartition,
): readonly FetchedMessage[] {
  const begun = (abortedTransactions ?? [])
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: Number(firstOffset) }))
    .toSorted((a, b) => a.firstOffset - b.firstOffset);
  const aborted = new Set<string>();
  let next = 0;
  return messages.filter((message) => {
    const at = Number(message.offset);
    for (let first = begun[next]; first && first.firstOffset <= at; first = begun[next]) {
      aborted.add(first.producerId);
      next += 1;
    }
    const { producerId = '', inTransaction = false } = message.batchContext ?? {};
    if (message.isControlRecord === true) {
      if (message.key?.equals(ABORT_KEY) === true) aborted.delete(producerId);
      return false;
    }
    return at >= offset && !(inTransaction && aborted.has(producerId));
  });
}
