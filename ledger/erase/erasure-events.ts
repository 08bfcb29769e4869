import { eventMessage } from '../../registry/event-message.ts';
import { z } from 'zod';
import type { NewMessage } from '../../event-log/event-log.ts';

/** What is asked for: `principals` are the ids of one person under all key versions. */
export const erasureRequestSchema = z.object({
  requestId: z.string().min(1).max(64),
  principals: z
    .array(z.string().regex(/^p_[0-9a-f]{32}$/))
    .min(1)
    .max(64),
  legalBasis: z.string().max(512),
});
export type ErasureRequest = z.infer<typeof erasureRequestSchema>;

/** A hold on one person's data, or on all of the tenant's where nobody is named. */
export const holdSchema = z.object({
  matter: z.string().min(1).max(128),
  principals: z.array(z.string()).max(64),
});
export type Hold = z.infer<typeof holdSchema>;

/** A record whose values are gone, and what its leaf says in their place. */
export type RedactedRecord = {
  readonly recordId: string;
  readonly fields: readonly { readonly name: string; readonly commitment: string }[];
};

/** Targets of one redaction event: its body stays well below what a message may hold. */
const TARGETS_MAX = 500;

export type RedactionFacts = {
  /** The redactions of one step: the same again where the step is repeated. */
  readonly id: string;
  readonly tenant: string;
  readonly actor: string | null;
  readonly timeUs: number;
  readonly requestId: string | null;
  readonly legalBasis: string;
};

/** The events that say which values are gone: each becomes a leaf, so that what is missing later is told apart from what was taken away. */
export function redactionEvents(
  facts: RedactionFacts,
  targets: readonly RedactedRecord[],
): readonly NewMessage[] {
  const { id, tenant, actor, timeUs, requestId, legalBasis } = facts;
  const messages: NewMessage[] = [];
  for (let from = 0; from < targets.length; from += TARGETS_MAX) {
    const body = { requestId, legalBasis, targets: targets.slice(from, from + TARGETS_MAX) };
    const event = { eventId: `${id}/${from}`, tenant, type: 'redaction', timeUs, actor } as const;
    messages.push(eventMessage({ ...event, digest: null, body: JSON.stringify(body) }));
  }
  return messages;
}
