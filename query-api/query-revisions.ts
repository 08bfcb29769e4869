import { timeCondition } from './filters.ts';
import type { SealedPosition } from './sealed-position.ts';
import { asOfCondition } from './sealed-position.ts';
import type { Statement } from './statement.ts';
import { tenantStatement } from './statement.ts';

/** Where the leaf of one revision stands. `current` is false once a later leaf has taken its row back. */
export type RevisionRow = {
  readonly callId: string;
  readonly revision: number;
  readonly logId: string;
  readonly leafIndex: number;
  readonly current: number;
};

/**
 * All revisions of one call. Fast although the sort key is (tenant, time): a call id begins with the append time of its first span,
 * and a record's time lies between seven days before its append and five minutes after it, so the window is known.
 */
export function revisionsStatement(ask: {
  readonly tenant: string;
  readonly callId: string;
  readonly position: SealedPosition;
}): Statement {
  return tenantStatement({
    tenant: ask.tenant,
    select:
      `lower(hex(call_id)) AS callId, revision, argMaxIf(log_id, leaf_index, sign > 0) AS logId, ` +
      `maxIf(leaf_index, sign > 0) AS leafIndex, sum(sign) > 0 AS current`,
    table: 'records',
    where: [
      timeCondition(windowOfCall(ask.callId)),
      asOfCondition(ask.position),
      {
        sql: 'call_id = toFixedString(unhex({callId:String}), 16)',
        params: { callId: ask.callId },
      },
    ],
    rest: {
      sql: `GROUP BY call_id, revision\nORDER BY revision DESC\nLIMIT ${REVISIONS_MAX}`,
      params: {},
    },
  });
}

export const REVISIONS_MAX = 1000;

/** Where in time the records of a call can stand. Spans are kept three days, so a revision comes at most that much later. */
export function windowOfCall(callId: string): { fromUs: number; toUs: number } {
  const appendedUs = Number.parseInt(callId.slice(0, 12), 16) * 1000;
  const atUs = Math.min(appendedUs, TIME_US_MAX);
  return { fromUs: Math.max(0, atUs - 8 * DAY_US), toUs: atUs + 8 * DAY_US };
}

const DAY_US = 86_400_000_000;
/** Beyond it, ClickHouse's DateTime64 ends: such an id was never made. */
const TIME_US_MAX = 9_000_000_000_000_000;
