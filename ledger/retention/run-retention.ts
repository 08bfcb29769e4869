import type { NewMessage, Owner, StateChange } from '../../event-log/event-log.ts';
import { eventMessage } from '../../registry/event-message.ts';
import { topics } from '../../schemas/topics.ts';
import { ceilingOf, before } from '../../registry/retention-policy.ts';
import type { RoundParts } from '../erase/erase-round.ts';
import { eraseRound } from '../erase/erase-round.ts';
import { readHolds, readWork, workChange } from '../erase/eraser-state.ts';
import type { Hold } from '../erase/erasure-events.ts';
import { untilSealed } from '../until-sealed.ts';
import { dueTraces } from './find-due.ts';
import { followHolds } from './new-holds.ts';
import type { DeclaredRetention, RetentionRun } from './retention-state.ts';
import { lastRunChange, readDeclared, readRun, runChange } from './retention-state.ts';

/** What a run is asked for. */
export type RunOrder = Pick<RetentionRun, 'runId' | 'tenant' | 'actor'>;

/**
 * Carries a tenant's policy out: the values of each trace that is past its time go as an erasure takes them, redaction leaves first, keys before rows. A
 * run that a crash broke off goes on where it was. `settle` is committed with the leaf that tells of the run.
 */
export async function runRetention(
  parts: RoundParts,
  order: RunOrder,
  settle: Parameters<Owner['commit']>[0]['positions'],
): Promise<void> {
  const { owner, clock } = parts;
  const { runId, tenant, actor } = order;
  const declared = readDeclared(owner).get(tenant);
  const nowMs = clock();
  const under = readRun(owner);
  const isResumed = under?.runId === runId;
  const run = isResumed ? under : { runId, tenant, actor, nowMs, version: declared?.version ?? 0 };
  const tell = async (facts: object): Promise<void> => {
    parts.onStep?.('applied');
    // Commit point: that it was applied is told, once; if we die before, the run goes on and finds nothing left.
    await owner.commit({
      positions: settle,
      appends: [applied(run, facts)],
      state: [runChange(null), workChange(null), lastRunChange(run)] satisfies StateChange[],
    });
  };
  if (declared === undefined) return tell({ reason: 'no_policy' });
  const holds = followedHolds(parts, tenant);
  const stopped = await stoppedBy(holds);
  if (stopped && !isResumed) return tell(stopped);
  if (!isResumed) {
    await owner.commit({ positions: [], appends: [], state: [runChange(run)] });
    await untilSealed(parts);
  }
  const done = await takeDue(parts, run, { ...declared, holds });
  await tell({ ...done, ...(await stoppedBy(holds)), ...told(declared, run) });
}

/** All holds of the tenant as of now. */
type Holds = () => Promise<readonly Hold[]>;

function followedHolds({ owner, log }: RoundParts, tenant: string): Holds {
  const holds = [...readHolds(owner, tenant)];
  const placed = followHolds(log, tenant, owner.position(topics.registry, 0));
  return async () => {
    holds.push(...(await placed()));
    return holds;
  };
}

/** What the leaf says where the whole tenant is on hold. */
async function stoppedBy(
  holds: Holds,
): Promise<{ readonly reason: 'legal_hold'; readonly matters: readonly string[] } | undefined> {
  const whole = (await holds()).filter(({ principals }) => principals.length === 0);
  if (whole.length === 0) return undefined;
  return { reason: 'legal_hold', matters: [...new Set(whole.map(({ matter }) => matter))] };
}

/** Round after round until no trace is due; under a hold on all, what was promised before it and no more. */
async function takeDue(
  parts: RoundParts,
  run: RetentionRun,
  { policy, version, holds }: DeclaredRetention & { readonly holds: Holds },
): Promise<object> {
  const { runId, tenant, actor, nowMs } = run;
  const facts = { tenant, actor, requestId: runId, legalBasis: `retention policy ${version}` };
  let work = readWork(parts.owner, runId);
  let heldTraces = 0;
  let after: string | undefined = work.after;
  for (;;) {
    if (work.traces.length === 0) {
      if (after === undefined || (await stoppedBy(holds))) break;
      const held = (await holds()).flatMap(({ principals }) => principals);
      const found = await dueTraces(parts.store, { tenant, policy, nowMs, held }, after);
      heldTraces += found.held;
      after = found.next;
      if (found.due.length === 0) continue;
      work = { ...work, traces: found.due, told: {} };
    }
    work = await eraseRound(parts, { facts, work });
  }
  return { ...work.sums, heldTraces };
}

/** What the leaf says of the policy: its version, and up to when each class was applied. */
function told({ policy, version }: DeclaredRetention, { nowMs }: RetentionRun): object {
  const classes = policy.classes.map(({ id }) => {
    const ceiling = ceilingOf(policy, 'payload', [id]);
    const until = ceiling === null ? null : new Date(before(nowMs, ceiling)).toISOString();
    return { id, until };
  });
  return { policyVersion: version, classes };
}

function applied({ runId, tenant, actor, nowMs }: RetentionRun, facts: object): NewMessage {
  const body = JSON.stringify({ runId, part: 'payload', ...facts });
  const eventId = `${runId}/retention_applied`;
  const type = 'retention_applied';
  return eventMessage({ eventId, tenant, type, timeUs: nowMs * 1000, actor, digest: null, body });
}
