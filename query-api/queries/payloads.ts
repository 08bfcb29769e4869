import type { LeafPlace } from './leaves.ts';
import { conditionsOfCall } from './revisions.ts';
import type { SealedPosition } from '../sealed-position.ts';
import type { Statement } from './statement.ts';
import { tenantStatement } from './statement.ts';

/** One redacted payload value of one revision. */
export type PayloadRow = {
  readonly revision: number;
  readonly field: string;
  readonly mediaType: string;
  readonly value: string;
  /** Size as sent, before any cut. */
  readonly bytes: number;
  /** Opens the commitment in the leaf: 64 hex digits. */
  readonly salt: string;
  readonly truncated: number;
};

/** Payload values of one call. Fast because `payloads` lies in the same (tenant, time) order as the records. */
export function payloadsStatement(ask: {
  readonly tenant: string;
  readonly callId: string;
  readonly position: SealedPosition;
}): Statement {
  return tenantStatement({
    tenant: ask.tenant,
    select:
      `revision, field, media_type AS mediaType, value, bytes, ` +
      `lower(hex(salt)) AS salt, truncated`,
    table: 'payloads',
    where: conditionsOfCall(ask.callId, ask.position),
    rest: {
      sql: `ORDER BY revision DESC, field ASC\nLIMIT ${PAYLOADS_MAX}`,
      params: {},
    },
  });
}

const PAYLOADS_MAX = 1000;

/** A value with what opens its commitment, bytes in base64. */
export type DisclosureRow = {
  readonly name: string;
  readonly salt: string;
  readonly value: string;
};

/** The values that one leaf commits to. Fast by the call's window in time, as above. */
export function disclosuresStatement(ask: {
  readonly tenant: string;
  readonly place: LeafPlace & { readonly callId: string };
}): Statement {
  const { logId, leafIndex, callId } = ask.place;
  return tenantStatement({
    tenant: ask.tenant,
    select: `field AS name, base64Encode(salt) AS salt, base64Encode(value) AS value`,
    table: 'payloads',
    where: conditionsOfCall(callId, { [logId]: leafIndex + 1 }).concat({
      sql: 'leaf_index = {leafIndex:UInt64}',
      params: { leafIndex },
    }),
    rest: { sql: `ORDER BY field ASC\nLIMIT ${PAYLOADS_MAX}`, params: {} },
  });
}
