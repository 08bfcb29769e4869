import type { Statement } from './statement.ts';
import { tenantStatement } from './statement.ts';

/** Consecutive leaves of one log, `first` inclusive to `end` exclusive. */
export type LeafSpan = { readonly logId: string; readonly first: number; readonly end: number };

/**
 * The hash of each leaf, whoever's it is: a tenant's proof over a shared log needs them, and they tell nothing of what was hashed. Fast because `leaves` is sorted by
 * (log_id, leaf_index).
 */
export function leafHashesStatement({ logId, first, end }: LeafSpan): Statement {
  const sql = `SELECT leaf_index AS at, base64Encode(leaf_hash) AS hash FROM waybill.leaves
    WHERE log_id = {log:String} AND leaf_index >= {first:UInt64} AND leaf_index < {end:UInt64} ORDER BY leaf_index`;
  return { sql, params: { log: logId, first, end } };
}

export type LeafText = {
  readonly at: number;
  readonly leaf: string;
  /** Microseconds since the epoch. */
  readonly appendTimeUs: number;
};

/** The leaves of one tenant among them. Heads and policies are nobody's: theirs is the empty tenant. */
export function leafTextsStatement(tenant: string, span: LeafSpan): Statement {
  return tenantStatement({
    tenant,
    select: `leaf_index AS at, leaf, toUnixTimestamp64Micro(append_time) AS appendTimeUs`,
    table: 'leaves',
    where: [spanCondition(span)],
    rest: { sql: 'ORDER BY leaf_index', params: {} },
  });
}

export type LeafValue = {
  readonly at: number;
  readonly name: string;
  /** Base64, as is the value. */
  readonly salt: string;
  readonly value: string;
};

/**
 * What is kept of the values that these leaves commit to, and the bodies of control events. Fast although the sort key is (tenant, time): a record lies within eight days of its
 * append.
 */
export function leafValuesStatement(
  tenant: string,
  span: LeafSpan,
  window: { readonly fromUs: number; readonly toUs: number },
): Statement {
  return tenantStatement({
    tenant,
    select: `leaf_index AS at, field AS name, base64Encode(salt) AS salt, base64Encode(value) AS value`,
    table: 'payloads',
    where: [
      {
        sql: `time >= fromUnixTimestamp64Micro({fromUs:Int64}) AND time <= fromUnixTimestamp64Micro({toUs:Int64})`,
        params: { fromUs: window.fromUs, toUs: window.toUs },
      },
      spanCondition(span),
    ],
    rest: { sql: 'ORDER BY leaf_index, field', params: {} },
  });
}

function spanCondition({ logId, first, end }: LeafSpan): Statement {
  return {
    sql: 'log_id = {log:String} AND leaf_index >= {first:UInt64} AND leaf_index < {end:UInt64}',
    params: { log: logId, first, end },
  };
}
