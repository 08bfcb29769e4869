import type { LogMessage } from '../../../event-log/event-log.ts';
import { leafHash } from '../../../integrity/merkle.ts';
import { leafOf } from '../../../ledger/leaf.ts';
import { recordSecrets } from '../../../ledger/record-secrets.ts';
import type { HomeTrace } from '../../../key-store/trace-keys.ts';
import { decodeAuditRecord } from '../../../schemas/avro-codec.ts';
import { headerNames } from '../../../schemas/topics.ts';
import type { AuditRecord, Charge, Facts } from '../../../schemas/record-types.ts';

/** What the store is to hold of one record of the log. */
export type ExpectedLeaf = {
  readonly record: AuditRecord;
  readonly index: number;
  readonly seq: number;
  readonly leaf: string;
  /** 64 hex digits. */
  readonly hash: string;
  /** How many payloads are kept of it. */
  readonly payloads: number;
  /** As `rowText` writes them, −1 before +1. */
  readonly rows: readonly string[];
};

/** The key of a record's home trace. */
export type KeyOf = (home: HomeTrace) => Promise<Uint8Array | null | undefined>;

/** Makes leaves of a log's records in order: each knows its place and the one before it. */
export function leafMaker(
  logId: string,
  keyOf: KeyOf,
): (message: LogMessage) => Promise<ExpectedLeaf> {
  const streams = new Map<string, { readonly seq: number; readonly prev: string | null }>();
  let size = 0;
  return async (message) => {
    const record = decodeAuditRecord(message.value ?? new Uint8Array(0));
    const { seq, prev } = streams.get(record.tenant) ?? { seq: 0, prev: null };
    const index = size;
    const { topic, partition, offset } = message;
    const place = { log: logId, topic, partition, index, offset, seq, prev };
    const key = await keyOf({ tenant: record.tenant, traceId: record.facts.traceId });
    const { blind } = headerNames;
    const secrets = recordSecrets(key ?? null, record, message.headers[blind]);
    const { bytes, annex } = leafOf(record, place, secrets);
    const leaf = Buffer.from(bytes).toString();
    // The whole of a leaf that was trimmed is kept as one more.
    const payloads = record.payload.length + (annex === undefined ? 0 : 1);
    const hash = Buffer.from(leafHash(bytes)).toString('hex');
    streams.set(record.tenant, { seq: seq + 1, prev: hash });
    size += 1;
    return { record, index, seq, leaf, hash, payloads, rows: rowsOf(record, index) };
  };
}

/** A row of `records`, with what its charges sum up to. */
export type Row = {
  readonly index: number;
  readonly sign: number;
  readonly kind: string;
  readonly callId: string;
  readonly revision: number;
  readonly user: string;
  readonly agent: string;
  readonly server: string;
  readonly tool: string;
  readonly outcome: string;
  readonly grade: string;
  readonly hops: number;
  readonly charges: number;
  /** Decimal. */
  readonly amountNano: string;
};

export function rowText(row: Row): string {
  const { index, sign, kind, callId, revision, user, agent, server } = row;
  const { tool, outcome, grade, hops, charges, amountNano } = row;
  const place = `${index} ${sign} ${kind} ${callId}.${revision}`;
  return `${place} ${user}|${agent}|${server}|${tool}|${outcome}|${grade}|${hops}|${charges}|${amountNano}`;
}

function rowsOf(record: AuditRecord, index: number): readonly string[] {
  const { supersedes, revision, facts, charges, mergedInto } = record;
  const rows: string[] = [];
  if (supersedes) {
    const signed = { sign: -1, revision: revision - 1 };
    rows.push(
      rowText({ ...rowOf(record, supersedes.facts, supersedes.charges), ...signed, index }),
    );
  }
  if (mergedInto === null) {
    rows.push(rowText({ ...rowOf(record, facts, charges), sign: 1, revision, index }));
  }
  return rows;
}

function rowOf(record: AuditRecord, facts: Facts, charges: readonly Charge[]) {
  const { user, agent, server, tool, outcome, grade, hops } = facts;
  return {
    kind: record.kind,
    callId: record.callId,
    user: user ?? '',
    agent: agent ?? '',
    server: server ?? '',
    tool: tool ?? '',
    outcome,
    grade,
    hops,
    charges: charges.length,
    amountNano: String(charges.reduce((sum, charge) => sum + BigInt(charge.amountNano ?? 0), 0n)),
  };
}
