import { rangeNodes } from '../integrity/tree-proof.ts';
import { readTreeNodes } from '../record-store/tree-nodes.ts';
import type { RecordReader } from './queries/statement.ts';

/** The hashes of the tree of a log's first leaves (`CompactRange`), base64: what a range that begins behind them is added to. */
export async function rangeBefore(
  store: RecordReader,
  log: { readonly logId: string; readonly size: number },
  first: number,
): Promise<readonly string[]> {
  const nodes = rangeNodes(first);
  const readNode = await readTreeNodes(store, log, nodes);
  return nodes.map((node) => Buffer.from(readNode(node)).toString('base64'));
}
