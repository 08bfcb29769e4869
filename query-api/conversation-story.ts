import type { FactRecord } from '../schemas/leaf-record.ts';

/** One step of a conversation, in the order in which they began. */
export type StoryStep = {
  readonly record: FactRecord;
  /** For a tool call: the model's turn that asked for it, and the first one that was given its result. */
  readonly askedBy: string | null;
  readonly usedBy: string | null;
};

/**
 * The story of a conversation: model calls, decisions, tool calls, and which result went into which model call. That is told by the ids that
 * the model gave to its tool calls; where spans do not show them, it is null, never guessed from the order. Records must be
 * current revisions; the order of the answer is that of their start, whatever the order given.
 */
export function storyOf(records: readonly FactRecord[]): readonly StoryStep[] {
  const ordered = [...records].sort(
    (a, b) => a.facts.startTimeUs - b.facts.startTimeUs || (a.callId < b.callId ? -1 : 1),
  );
  const askedBy = firstNaming(ordered, ({ facts }) => facts.toolCallsAsked);
  const usedBy = firstNaming(ordered, ({ facts }) => facts.toolCallsUsed);
  return ordered.map((record) => {
    const id = record.facts.toolCallId;
    return {
      record,
      askedBy: (id && askedBy.get(id)) ?? null,
      usedBy: (id && usedBy.get(id)) ?? null,
    };
  });
}

/** The first record that names each tool call: inputs repeat all results before. */
function firstNaming(
  ordered: readonly FactRecord[],
  idsOf: (record: FactRecord) => readonly string[],
): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  for (const record of ordered) {
    for (const id of idsOf(record)) if (!named.has(id)) named.set(id, record.callId);
  }
  return named;
}
