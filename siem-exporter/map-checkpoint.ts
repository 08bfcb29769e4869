import { hash } from 'node:crypto';
import type { Mapped } from './export-log.ts';
import type { EnvelopeSettings } from './hec.ts';
import { envelopeOf } from './hec.ts';
import type { SealedLeaf } from './sealed-leaf.ts';

/** The log of the other logs' signed heads; each of its leaves is one, or a policy. */
export const META_LOG_ID = 'meta/e0';

/**
 * A signed head as an event: kept at the destination, it is out of the log owner's reach, so that no other history can be shown later. Heads are nobody's and
 * hold sizes and hashes only. The leaf tells no time, so the event is dated by when it is sent. `note` is what `waybill audit --head` takes.
 */
export function mapCheckpoint(leaf: SealedLeaf, envelope: EnvelopeSettings, nowMs: number): Mapped {
  const [origin = '', size = '', root = ''] = leaf.leaf.split('\n', 3);
  if (!leaf.leaf.includes('\n\n')) return { kind: 'filtered' };
  const { logId, leafIndex, tenant } = leaf;
  const event = { origin, size, root, note: leaf.leaf, log_id: logId, leaf_index: leafIndex };
  const settings = { ...envelope, sourcetype: CHECKPOINT_SOURCETYPE };
  const json = envelopeOf(event, nowMs * 1000, settings);
  const recordId = hash('sha256', leaf.leaf).slice(0, 32);
  const bytes = Buffer.byteLength(json);
  return { kind: 'event', event: { leafIndex, tenant, recordId, json, bytes } };
}

const CHECKPOINT_SOURCETYPE = 'waybill:checkpoint';
