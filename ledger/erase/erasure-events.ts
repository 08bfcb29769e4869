import { eventMessage } from '../../registry/event-message.ts';
import { z } from 'zod';
import type { NewMessage } from '../../event-log/event-log.ts';

/** Of a text that may have this many characters: each is at most two UTF-16 code units, which is what is counted here. */
const textOf = (charactersMax: number) => z.string().max(2 * charactersMax);

/** What is asked for: `principals` are the ids of one person under all key versions. */
export const erasureRequestSchema = z.object({
  requestId: z.string().min(1).max(64),
  principals: z
    .array(z.string().regex(/^p_[0-9a-f]{32}$/))
    .min(1)
    .max(64),
  legalBasis: textOf(512),
});
export type ErasureRequest = z.infer<typeof erasureRequestSchema>;

/** A hold on one person's data, or on all of the tenant's where nobody is named. */
export const holdSchema = z.object({
  matter: textOf(128).min(1),
  principals: z.array(z.string()).max(64),
});
export type Hold = z.infer<typeof holdSchema>;

/** A record whose values are gone, and what its leaf says in their place. */
export type RedactedRecord = {
  readonly recordId: string;
  readonly fields: readonly { readonly name: string; readonly commitment: string }[];
};

/** Targets of one redaction event, and bytes of them unless it is one alone: its body stays well below what a message may hold. */
const TARGETS_MAX = 500;
const TARGETS_BYTES_MAX = 256 * 1024;

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
  for (let from = 0; from < targets.length;) {
    const some = fitting(targets, from);
    const body = { requestId, legalBasis, targets: some };
    const event = { eventId: `${id}/${from}`, tenant, type: 'redaction', timeUs, actor } as const;
    messages.push(eventMessage({ ...event, digest: null, body: JSON.stringify(body) }));
    from += some.length;
  }
  return messages;
}

/** As many targets from there on as one event takes; at least one. */
function fitting(targets: readonly RedactedRecord[], from: number): readonly RedactedRecord[] {
  let bytes = 0;
  let to = from;
  for (; to < targets.length && to < from + TARGETS_MAX; to += 1) {
    bytes += Buffer.byteLength(JSON.stringify(targets[to]));
    if (bytes > TARGETS_BYTES_MAX && to > from) break;
  }
  return targets.slice(from, to);
}
