import { z } from 'zod';
import type { Mapped } from './export-log.ts';
import { envelopeOf } from './hec.ts';
import type { MapSettings } from './map-leaf.ts';
import type { JsonObject } from './ocsf-values.ts';
import type { SealedLeaf } from './sealed-leaf.ts';

/** The log of what was declared, erased and held. */
export const CONTROL_LOG_ID = 'registry/p0/e0';

/** What a destination has to know in order to forget too, and to see who held what. */
const toldTypes: ReadonlySet<string> = new Set([
  'erasure_requested',
  'erasure_refused',
  'redaction',
  'redaction_done',
  'hold_placed',
  'hold_released',
  'retention_applied',
  'integrity_found',
  'store_restored',
]);

/** An erasure or a hold as an event: the sealed event as it stands in its leaf. What is declared is not sent. */
export function mapControl(leaf: SealedLeaf, settings: MapSettings): Mapped {
  if (!settings.tenants.has(leaf.tenant)) return { kind: 'filtered' };
  const event = eventOf(leaf.leaf);
  if (event === undefined) return { kind: 'unreadable' };
  const { type, eventId, timeUs } = event;
  if (!toldTypes.has(type)) return { kind: 'filtered' };
  const { logId, leafIndex, tenant, leafHash } = leaf;
  const place = { log_id: logId, leaf_index: leafIndex, leaf_hash: leafHash };
  const told: JsonObject = { ...event, ...place };
  const envelope = { ...settings.envelope, sourcetype: CONTROL_SOURCETYPE };
  const json = envelopeOf(told, timeUs, envelope);
  const bytes = Buffer.byteLength(json);
  return { kind: 'event', event: { leafIndex, tenant, recordId: eventId, json, bytes } };
}

const CONTROL_SOURCETYPE = 'waybill:control';

const leafSchema = z.object({
  event: z.intersection(
    z.object({ eventId: z.string(), type: z.string(), timeUs: z.number() }),
    z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  ),
});

function eventOf(leaf: string): z.infer<typeof leafSchema>['event'] | undefined {
  try {
    return leafSchema.parse(JSON.parse(leaf)).event;
  } catch {
    return undefined;
  }
}
