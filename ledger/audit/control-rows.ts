import { hash } from 'node:crypto';
import { z } from 'zod';
import { declaredItems } from '../../registry/declared-items.ts';
import { RegistryEventTypeValues } from '../../schemas/record-types.ts';
import type { RegistryEvent } from '../../schemas/record-types.ts';
import { controlCallId } from '../read-control.ts';
import type { RowPlace } from '../rows.ts';
import { addReadRow, addRegistryRows } from '../rows.ts';
import type { TextRow } from './audited-store.ts';
import type { Expected } from './expected-rows.ts';

const leafSchema = z.object({
  offset: z.number(),
  appendTimeUs: z.number(),
  event: z.object({
    eventId: z.string(),
    tenant: z.string(),
    type: z.enum(RegistryEventTypeValues),
    timeUs: z.number(),
    actor: z.string().nullable(),
    digest: z.string().nullable(),
    body: z.string().optional(),
    bodyDigest: z.string(),
  }),
});

/** The rows that the leaf of a control event asks for. A body that was too large for its leaf stands among the payloads. */
export function controlRows(
  expected: Expected,
  place: RowPlace,
  leaf: string,
  payloads: readonly TextRow[],
): void {
  const parsed = leafSchema.safeParse(JSON.parse(leaf));
  if (!parsed.success) return;
  const { event, offset } = parsed.data;
  const body = event.body ?? bodyAmong(payloads, event.bodyDigest);
  if (body === undefined) return;
  const whole: RegistryEvent = { ...event, body };
  addRegistryRows(expected, offset, whole, declaredItems(whole));
  if (event.type === 'audit_read') addReadRow(expected, place, whole);
}

/** What a control leaf is found by; nothing that any row could say for one that is none. */
export function ofControl(leaf: string) {
  const parsed = leafSchema.safeParse(JSON.parse(leaf));
  if (!parsed.success) return { callId: '', revision: -1, appendTimeUs: -1 };
  const { event, appendTimeUs } = parsed.data;
  return { callId: controlCallId(event.eventId), revision: 0, appendTimeUs };
}

function bodyAmong(payloads: readonly TextRow[], digest: string): string | undefined {
  for (const row of payloads) {
    for (const text of row) {
      const body = Buffer.from(text, 'base64').toString('utf8');
      if (hash('sha256', body) === digest) return body;
    }
  }
  return undefined;
}
