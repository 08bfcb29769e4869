import { EventLogError } from '../event-log/errors.ts';
import { headerNames, spanMessageKinds, topics } from '../schemas/topics.ts';
import { lastDeclaration } from './follow-registry.ts';
import type { PartitionRun as Run } from './partition-run.ts';

/** Time passes though nothing comes: the partition itself has to say so, for a replay to see it. */
export async function tick(run: Run, dueMs: number | undefined): Promise<void> {
  const nowMs = run.clock();
  // What the last message left over goes on at once.
  const isOverdue = dueMs !== undefined && dueMs <= run.metrics.appendTimeMs;
  const isEarly = !isOverdue && Math.abs(nowMs - run.cameMs) < run.config.tickMs;
  if (isEarly || dueMs === undefined) return;
  await appendOwn(run, spanMessageKinds.tick, new Uint8Array(0));
  run.metrics.ticks += 1;
}

/** Tells the partition that more is declared, once for each look that finds more. Reads of the trail are no reason to. */
export async function markRegistry(run: Run): Promise<void> {
  const nowMs = run.clock();
  if (Math.abs(nowMs - run.lookedMs) < run.config.registryPollMs) return;
  run.lookedMs = nowMs;
  const { end } = await run.log.range(topics.registry, 0);
  const declared = await lastDeclaration(run.log, run.registryLookedOffset, end);
  const due = declared !== undefined && declared > run.markedOffset;
  if (due) {
    const marked = await appendOwn(run, spanMessageKinds.registry, Buffer.from(`${declared}`));
    if (!marked) return;
    run.markedOffset = declared;
  }
  run.registryLookedOffset = end;
}

/** Tells the partition that owners of other traces have said more. */
export async function markJoins(run: Run): Promise<void> {
  const nowMs = run.clock();
  if (Math.abs(nowMs - run.joinsLookedMs) < run.config.joinPollMs) return;
  run.joinsLookedMs = nowMs;
  const { end } = await run.log.range(topics.joins, run.partition);
  const from = Math.max(run.joinsOffset, run.joinsMarked);
  if (end <= from) return;
  // After a long stop much waits: each marker says a part of it, which is held in memory while it is taken.
  const upTo = Math.min(end, from + run.config.joinsPerMarkerMax);
  if (!(await appendOwn(run, spanMessageKinds.joins, Buffer.from(`${upTo}`)))) return;
  run.joinsMarked = upTo;
  if (upTo < end) run.joinsLookedMs = 0;
}

/** A full log takes no ticks either: they come when it has room again. */
async function appendOwn(run: Run, kind: string, value: Uint8Array): Promise<boolean> {
  const { partition } = run;
  const headers = { [headerNames.kind]: kind };
  try {
    await run.log.append([{ topic: topics.spans, partition, key: null, headers, value }]);
    return true;
  } catch (error) {
    if (error instanceof EventLogError && error.kind === 'retryable') return false;
    throw error;
  }
}
