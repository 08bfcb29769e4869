import { foldSubtrees } from '../integrity/compact-range.ts';
import { consistencyNodes, makeConsistencyProof, rangeNodes } from '../integrity/tree-proof.ts';
import { StoreError } from '../record-store/errors.ts';
import type { HashReader } from '../record-store/tree-nodes.ts';
import { readTreeNodes } from '../record-store/tree-nodes.ts';
import { SignerError } from './errors.ts';
import type { SignAnswer, SignRequest, Signer } from './signer.ts';

/**
 * A signer that sees for itself that the store holds what it is to sign: every new leaf is there, and the consistency proof that it signs by is read from the store and not taken from
 * the ledger; of a first tree, which no proof leads to, the root. `SIGNER_NOT_DURABLE` where a leaf is missing.
 */
export function durableSigner(signer: Signer, store: HashReader): Signer {
  return {
    sign: async (request) => signStored(signer, store, request),
    latest: async (logId) => signer.latest(logId),
    policy: async (logIds) => signer.policy(logIds),
    close: async () => signer.close(),
  };
}

async function signStored(
  signer: Signer,
  store: HashReader,
  request: SignRequest,
): Promise<SignAnswer> {
  const { logId, oldSize, size, root } = request;
  // What shrinks is refused by the signer, and what stays was signed.
  if (size <= oldSize) return signer.sign(request);
  const sql = `SELECT uniqExact(leaf_index) AS leaves FROM waybill.leaves
    WHERE log_id = {log:String} AND leaf_index >= {from:UInt64} AND leaf_index < {to:UInt64}`;
  const params = { log: logId, from: oldSize, to: size };
  const [row] = await store.query<{ leaves: number }>({ sql, params });
  if (row?.leaves !== size - oldSize) throw notDurable(request);
  try {
    const nodes = oldSize === 0 ? rangeNodes(size) : consistencyNodes(oldSize, size);
    const readNode = await readTreeNodes(store, { logId, size }, nodes);
    const isOther = oldSize === 0 && Buffer.compare(foldSubtrees(nodes.map(readNode)), root) !== 0;
    if (isOther) return { kind: 'refused', reason: 'proof' };
    return await signer.sign({ ...request, proof: makeConsistencyProof(oldSize, size, readNode) });
  } catch (cause) {
    if (!(cause instanceof StoreError) || cause.code !== 'STORE_HASHES_MISSING') throw cause;
    throw notDurable(request, cause);
  }
}

function notDurable({ logId, oldSize, size }: SignRequest, cause?: unknown): SignerError {
  return new SignerError('SIGNER_NOT_DURABLE', `${logId} from ${oldSize} to ${size}.`, cause);
}
