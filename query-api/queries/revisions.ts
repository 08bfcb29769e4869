import { timeCondition } from './filters.ts';
import type { LeafPlace } from './leaves.ts';
import type { SealedPosition } from '../sealed-position.ts';
import { asOfCondition } from '../sealed-position.ts';
import type { Statement } from './statement.ts';
import { tenantStatement } from './statement.ts';
import type { SignedRow } from './supersede.ts';

/** A row of one call, and the leaf that brought it: for −1, that of the revision which takes the row back. */
export type RevisionRow = SignedRow & LeafPlace;

/**
 * Every row of one call, newest revision first. Fast although the sort key is (tenant, time): a call id begins with the append time of its first span,
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
      'lower(hex(call_id)) AS callId, revision, sign, log_id AS logId, leaf_index AS leafIndex',
    table: 'records',
    where: conditionsOfCall(ask.callId, ask.position),
    rest: {
      sql: `ORDER BY revision DESC, sign DESC\nLIMIT ${ROWS_MAX}`,
      params: {},
    },
  });
}

/** Two rows a revision: a call with more than half as many revisions shows the newest. */
const ROWS_MAX = 2000;

/** What picks the rows of one call as of a position, out of the little of the table where they can stand. */
export function conditionsOfCall(callId: string, position: SealedPosition): Statement[] {
  return [
    timeCondition(windowOfCall(callId)),
    asOfCondition(position),
    { sql: 'call_id = toFixedString(unhex({callId:String}), 16)', params: { callId } },
  ];
}

/** Where in time the records of a call can stand. Spans are kept three days, so a revision comes at most that much later. */
export function windowOfCall(callId: string): { fromUs: number; toUs: number } {
  const appendedUs = Number.parseInt(callId.slice(0, 12), 16) * 1000;
  const atUs = Math.min(appendedUs, TIME_US_MAX);
  return { fromUs: Math.max(0, atUs - 8 * DAY_US), toUs: atUs + 8 * DAY_US };
}

const DAY_US = 86_400_000_000;
/** Beyond it, ClickHouse's DateTime64 ends: such an id was never made. */
const TIME_US_MAX = 9_000_000_000_000_000;
