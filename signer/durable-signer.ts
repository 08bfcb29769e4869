import { consistencyNodes, makeConsistencyProof } from '../integrity/tree-proof.ts';
import { StoreError } from '../record-store/errors.ts';
import type { HashReader } from '../record-store/tree-nodes.ts';
import { readTreeNodes } from '../record-store/tree-nodes.ts';
import { SignerError } from './errors.ts';
import type { SignRequest, Signer } from './signer.ts';

/**
 * A signer that sees for itself that the store holds what it is to sign: every new leaf is there, and the consistency proof that it signs by is read from the store and not taken from
 * the ledger. `SIGNER_NOT_DURABLE` where a leaf is missing.
 */
export function durableSigner(signer: Signer, store: HashReader): Signer {
  return {
    sign: async (request) => signer.sign({ ...request, proof: await storedProof(store, request) }),
    latest: async (logId) => signer.latest(logId),
    policy: async (logIds) => signer.policy(logIds),
    close: async () => signer.close(),
  };
}

async function storedProof(
  store: HashReader,
  { logId, oldSize, size, proof }: SignRequest,
): Promise<readonly Uint8Array[]> {
  // What shrinks is refused by the signer, and what stays was signed.
  if (size <= oldSize) return proof;
  const sql = `SELECT uniqExact(leaf_index) AS leaves FROM waybill.leaves
    WHERE log_id = {log:String} AND leaf_index >= {from:UInt64} AND leaf_index < {to:UInt64}`;
  const params = { log: logId, from: oldSize, to: size };
  const [row] = await store.query<{ leaves: number }>({ sql, params });
  if (row?.leaves !== size - oldSize) {
    throw new SignerError('SIGNER_NOT_DURABLE', `${logId} from ${oldSize} to ${size}.`);
  }
  try {
    const readNode = await readTreeNodes(store, { logId, size }, consistencyNodes(oldSize, size));
    return makeConsistencyProof(oldSize, size, readNode);
  } catch (cause) {
    if (!(cause instanceof StoreError) || cause.code !== 'STORE_HASHES_MISSING') throw cause;
    throw new SignerError('SIGNER_NOT_DURABLE', `${logId} from ${oldSize} to ${size}.`, cause);
  }
}
