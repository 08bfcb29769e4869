import type { LogMessage } from '../event-log/event-log.ts';
import type { TracedWork } from '../telemetry/trace-work.ts';
import { holdsOwnSpans, traceWork } from '../telemetry/trace-work.ts';
import type { Batch } from './batch.ts';

/** A batch under way: what ends it, and what is told of it. */
export type UnderWay = { readonly signal: AbortSignal; readonly traced: TracedWork };

/**
 * Tells of some batches, from their messages to their commit. Not of those that hold nothing but ticks, markers, and what Waybill tells of itself.
 */
export async function traceBatch(
  run: { readonly partition: number; readonly batch: Batch },
  read: readonly LogMessage[],
  enrich: (traced: TracedWork) => Promise<number>,
): Promise<number> {
  const unless = (): boolean => !read.some(isOfOthers);
  return traceWork({ name: 'waybill.enricher.batch', unless }, async (traced) => {
    const messages = await enrich(traced);
    const { spans, records, revisions, deadLetters, bytes } = run.batch;
    traced.tell({
      'waybill.partition': run.partition,
      'waybill.messages': messages,
      'waybill.spans': spans,
      'waybill.records': records,
      'waybill.revisions': revisions,
      'waybill.dead_letters': deadLetters,
      'waybill.record.bytes': bytes,
    });
    return messages;
  });
}

/** A tick and a marker are shorter than any span. */
function isOfOthers({ value }: LogMessage): boolean {
  return value !== null && value.length > MARKER_BYTES_MAX && !holdsOwnSpans(value);
}

const MARKER_BYTES_MAX = 20;
