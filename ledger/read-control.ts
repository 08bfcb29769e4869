import { createHash } from 'node:crypto';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { declaredItems } from '../registry/declared-items.ts';
import { decodeRegistryEvent } from '../schemas/avro-codec.ts';
import type { RegistryEvent } from '../schemas/record-types.ts';
import type { LeafPlace } from './leaf.ts';
import type { ReadMessage, SealedMessage } from './seal.ts';

/** The log of control events: what was declared, applied, read. */
export const registryLogId = 'registry/p0/e0';

/** A larger body stands in its leaf by its digest only; the event itself is kept in the log for ever. */
const BODY_CHARS_MAX = 4096;

/** Reads messages of `waybill.registry.v1`. */
export const readControlEvent: ReadMessage = (message): SealedMessage | undefined => {
  if (message.value === null) return undefined;
  const event = decodeRegistryEvent(message.value);
  const items = declaredItems(event);
  return {
    tenant: event.tenant,
    callId: sha256(event.eventId).slice(0, 32),
    revision: 0,
    appendTimeUs: message.appendTimeMs * 1000,
    leafAt: (place) => controlLeafOf(event, place),
    addRows: (blocks) => {
      for (const { kind, id, name, team, owner, status, document } of items) {
        const { tenant, timeUs } = event;
        const row = [tenant, message.offset, timeUs, kind, id, name, team, owner, status, document];
        blocks.registry.add(row);
      }
    },
  };
};

/** The leaf of a control event, canonical JSON; `kind` is `control`. */
export function controlLeafOf(event: RegistryEvent, place: LeafPlace): string {
  const { body, ...rest } = event;
  const short = body.length <= BODY_CHARS_MAX ? { body } : {};
  const told = { ...rest, ...short, bodyDigest: sha256(body) };
  return canonicalJson({ ...place, kind: 'control', tenant: event.tenant, event: told, v: 1 });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
