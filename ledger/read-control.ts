import { createHash } from 'node:crypto';
import type { LogMessage } from '../event-log/event-log.ts';
import { canonicalJson } from '../integrity/canonical-json.ts';
import { declaredItems } from '../registry/declared-items.ts';
import { decodeRegistryEvent } from '../schemas/avro-codec.ts';
import type { RegistryEvent } from '../schemas/record-types.ts';
import type { LeafPlace } from './leaf.ts';
import { LEAF_VERSION } from './leaf.ts';
import { addBodyRow, addReadRow, addRegistryRows } from './rows.ts';
import type { Sealable } from './seal.ts';

/** The log of what was declared and applied. */
export const registryLogId = 'registry/p0/e0';
/** The log of who read what. */
export const readsLogId = 'reads/p0/e0';

/** A larger body stands in its leaf by its digest only, and whole among the payloads. */
const BODY_BYTES_MAX = 2048;

/** Reads messages of `waybill.registry.v1` and `waybill.reads.v1`. */
export function readControlEvent(message: LogMessage): Sealable | undefined {
  if (message.value === null) return undefined;
  const event = decodeRegistryEvent(message.value);
  const items = declaredItems(event);
  const { tenant } = event;
  const callId = controlCallId(event.eventId);
  const appendTimeUs = message.appendTimeMs * 1000;
  return {
    tenant,
    callId,
    revision: 0,
    appendTimeUs,
    home: null,
    sealAt: (place) => ({
      leaf: controlLeafOf(event, place, appendTimeUs),
      addRows: (blocks) => {
        addRegistryRows(blocks, place.offset, event, items);
        if (event.type === 'audit_read') addReadRow(blocks, place, event);
        if (!isShort(event.body)) addBodyRow(blocks, { ...place, callId }, event);
      },
    }),
  };
}

/** The leaf of a control event, canonical JSON; `kind` is `control`. Its random id keeps it from being guessed. */
export function controlLeafOf(
  event: RegistryEvent,
  place: LeafPlace,
  appendTimeUs: number,
): string {
  const { body, ...rest } = event;
  const short = isShort(body) ? { body } : {};
  const told = { ...rest, ...short, bodyDigest: sha256(body) };
  const { prev, ...where } = place;
  const chained = prev === null ? where : { ...where, prev };
  const { tenant } = event;
  return canonicalJson({
    ...chained,
    appendTimeUs,
    kind: 'control',
    tenant,
    event: told,
    v: LEAF_VERSION,
  });
}

/** What a control event is found by among the leaves. */
export function controlCallId(eventId: string): string {
  return sha256(eventId).slice(0, 32);
}

function isShort(body: string): boolean {
  return Buffer.byteLength(JSON.stringify(body)) <= BODY_BYTES_MAX;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
