import { backoffMs } from './backoff.ts';
import type { Cursor, DeadLetter, PassedLeaf } from './cursor.ts';
import { deadLetterOf } from './cursor.ts';
import { traceWork } from '../telemetry/trace-work.ts';
import type { Delivery, Refused } from './deliver.ts';
import { deliver } from './deliver.ts';
import { SiemExporterError } from './errors.ts';
import type { BatchLimits, HecEvent } from './hec.ts';
import { batchesOf } from './hec.ts';
import type { SealedLeaf, SealedLimits, SealedReader } from './sealed-leaf.ts';

/** What becomes of a leaf. */
export type Mapped =
  | { readonly kind: 'event'; readonly event: HecEvent }
  | { readonly kind: 'filtered' }
  | { readonly kind: 'unreadable' };

export type LogExport = {
  readonly logId: string;
  readonly reader: SealedReader;
  readonly cursor: Cursor;
  readonly map: (leaf: SealedLeaf) => Mapped;
  readonly delivery: Delivery;
  readonly read: SealedLimits;
  readonly batch: BatchLimits;
  /** Wait between looks for newly sealed leaves. */
  readonly pollMs: number;
};

/**
 * Feeds the destination with one log, in order, from the cursor on, until the signal. A store that cannot be read is tried again for
 * ever; a cursor that cannot be moved (fenced by a later owner, disk) ends it with that error.
 *
 * Invariant: at most one read of leaves is held, so a slow destination costs lag and never memory.
 */
export async function exportLog(log: LogExport): Promise<void> {
  const { delivery, pollMs } = log;
  const { signal, delay, limits, random } = delivery;
  let failures = 0;
  while (!signal.aborted) {
    const leaves = await readLeaves(log);
    failures = leaves === undefined ? failures + 1 : 0;
    if (leaves === undefined) await delay(backoffMs(failures, null, limits.retry, random), signal);
    else if (leaves.length === 0) await delay(pollMs, signal);
    else await exportLeaves(log, leaves);
  }
}

async function readLeaves(log: LogExport): Promise<readonly SealedLeaf[] | undefined> {
  const { logId, reader, cursor, read, delivery } = log;
  const from = cursor.position();
  try {
    const leaves = await reader.read(logId, from, read);
    const [oldest] = leaves;
    const sealedSize = oldest ? await reader.sealedSize(logId, from) : from;
    // A signed head tells no time.
    const waitingSinceMs = oldest?.appendTimeUs ? oldest.appendTimeUs / 1000 : null;
    delivery.metrics.setLog(logId, { cursor: from, sealedSize, waitingSinceMs, trouble: null });
    return leaves;
  } catch (error) {
    const code = error instanceof SiemExporterError ? error.code : 'SIEM_STORE_UNREADABLE';
    delivery.metrics.setTrouble(logId, from, code);
    return undefined;
  }
}

async function exportLeaves(log: LogExport, leaves: readonly SealedLeaf[]): Promise<void> {
  const { cursor } = log;
  const { events, letters, filtered } = mapLeaves(log, leaves);
  const end = (leaves.at(-1)?.leafIndex ?? cursor.position()) + 1;
  const batches = batchesOf(events, log.batch);
  for (const [at, batch] of batches.entries()) {
    const refused = await push(batch, log);
    if (refused === undefined) return;
    const refusedLetters = refused.map(({ event, reason }) =>
      deadLetterOf({ ...event, logId: log.logId }, event.json, reason),
    );
    const next = batches[at + 1]?.[0]?.leafIndex ?? end;
    await advance(log, next, { leaves, filtered, letters: [...letters, ...refusedLetters] });
  }
  if (batches.length === 0) await advance(log, end, { leaves, filtered, letters });
}

/** Tells of some pushes, from the first attempt until each event is accepted or refused. */
function push(
  batch: readonly HecEvent[],
  { delivery, logId }: LogExport,
): Promise<readonly Refused[] | undefined> {
  return traceWork({ name: 'waybill.siem-exporter.push', kind: 'client' }, async (traced) => {
    traced.tell({ 'waybill.log.id': logId, 'waybill.events': batch.length });
    const refused = await deliver(batch, delivery);
    traced.tell({ 'waybill.refused': refused?.length ?? 0 });
    return refused;
  });
}

type Read = {
  readonly leaves: readonly SealedLeaf[];
  readonly filtered: ReadonlySet<number>;
  readonly letters: readonly DeadLetter[];
};

async function advance(
  { cursor, delivery, logId }: LogExport,
  next: number,
  { leaves, filtered, letters }: Read,
): Promise<void> {
  const from = cursor.position();
  const isPassed = ({ leafIndex }: { readonly leafIndex: number }) =>
    leafIndex >= from && leafIndex < next;
  const refused = letters.filter(isPassed);
  const gone = new Set(refused.map(({ leafIndex }) => leafIndex));
  const passed = leaves.filter(isPassed).map(({ leafIndex, tenant, appendTimeUs }): PassedLeaf => ({
    tenant,
    timeMs: Math.floor(appendTimeUs / 1000),
    what: gone.has(leafIndex) ? 'refused' : filtered.has(leafIndex) ? 'filtered' : 'sent',
  }));
  await cursor.advance(next, refused, logId.startsWith('records/') ? passed : []);
  for (const { reason } of refused) delivery.metrics.count('deadLetters', reason);
}

function mapLeaves(
  { map, delivery }: LogExport,
  leaves: readonly SealedLeaf[],
): {
  readonly events: readonly HecEvent[];
  readonly letters: readonly DeadLetter[];
  /** Indexes of the leaves that are not for this destination. */
  readonly filtered: ReadonlySet<number>;
} {
  const filtered = new Set<number>();
  const events: HecEvent[] = [];
  const letters: DeadLetter[] = [];
  for (const leaf of leaves) {
    const mapped = map(leaf);
    if (mapped.kind === 'event') events.push(mapped.event);
    if (mapped.kind === 'filtered') {
      filtered.add(leaf.leafIndex);
      delivery.metrics.leavesFiltered += 1;
    }
    if (mapped.kind === 'unreadable') {
      letters.push(deadLetterOf({ ...leaf, recordId: null }, leaf.leaf, 'leaf_unreadable'));
    }
  }
  return { events, letters, filtered };
}
