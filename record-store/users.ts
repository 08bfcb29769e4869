import type { StoreLayout } from './layout.ts';
import { FRONT, SHARD } from './layout.ts';

/** The store's users, by what they may do. */
export const storeUsers = [
  'writer',
  'reader',
  'eraser',
  'auditor',
  'dashboard',
  'migrator',
] as const;
export type StoreUser = (typeof storeUsers)[number];

export type UserPasswords = Readonly<Record<StoreUser, string>>;

/**
 * The grants of each user, here and in a deployment of one's own. Nobody may ALTER … UPDATE or DELETE, TRUNCATE or drop a part of
 * a table of evidence but the migrator, whose password no running role holds.
 */
const grants: Readonly<Record<StoreUser, readonly string[]>> = {
  writer: ['SELECT, INSERT ON waybill.*'],
  reader: ['SELECT ON waybill.*'],
  eraser: ['SELECT ON waybill.*', 'ALTER DELETE ON waybill.payloads', 'SELECT ON system.parts'],
  auditor: [
    'SELECT ON waybill.*',
    'SELECT ON system.mutations',
    'SELECT ON system.grants',
    'SHOW ACCESS ON *.*',
  ],
  dashboard: ['records', 'charges', 'registry', 'current_records', 'charges_by_day'].map(
    (table) => `SELECT ON waybill.${table}`,
  ),
  migrator: [
    'SELECT, INSERT, CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, ALTER, OPTIMIZE ON waybill.*',
    'TABLE ENGINE ON MergeTree',
    'SELECT ON system.*',
    'SYSTEM MERGES, SYSTEM FLUSH ON *.*',
  ],
};

/** What follows GRANT, one statement each. On a cluster the same is granted on what each shard holds, since a shard checks the user who asks. */
export function grantsOf(user: StoreUser, layout: StoreLayout): readonly string[] {
  if (layout.kind === 'single') return grants[user];
  const both = grants[user].flatMap((grant) =>
    grant.includes(` ON ${FRONT}.`)
      ? [grant, grant.replace(` ON ${FRONT}.`, ` ON ${SHARD}.`)]
      : [grant],
  );
  if (user !== 'migrator') return both;
  const engine = 'TABLE ENGINE ON ReplicatedMergeTree';
  return [...both, 'TABLE ENGINE ON Distributed', ...(layout.replicated ? [engine] : [])];
}

export type UserLimits = {
  /** Of one query, bytes. */
  readonly queryMemoryBytesMax: number;
  /** Seconds a reader's query may take; it may ask for up to twice as much. */
  readonly querySecondsMax: number;
  readonly threadsMax: number;
};

/** A user's settings: who only reads is held to limits that it cannot lift. */
export type Profile = {
  readonly name: 'default' | 'reader';
  readonly settings: Readonly<Record<string, string | number>>;
  /** Seconds that a query may ask for, though the user may set nothing else. */
  readonly secondsMax: number | null;
};

export function profileOf(user: StoreUser): Profile['name'] {
  return user === 'reader' || user === 'auditor' || user === 'dashboard' ? 'reader' : 'default';
}

export function profiles(limits: UserLimits, layout: StoreLayout): readonly Profile[] {
  const settings = { ...commonSettings(limits), ...clusterSettings(layout) };
  const { querySecondsMax } = limits;
  return [
    { name: 'default', settings, secondsMax: null },
    {
      name: 'reader',
      settings: {
        ...settings,
        readonly: 1,
        max_execution_time: querySecondsMax,
        cancel_http_readonly_queries_on_client_close: 1,
      },
      secondsMax: 2 * querySecondsMax,
    },
  ];
}

// `optimize_use_implicit_projections`: with it, count() over a window is silently wrong in this engine on a table with a projection.
function commonSettings({ threadsMax, queryMemoryBytesMax }: UserLimits): Profile['settings'] {
  return {
    optimize_use_implicit_projections: 0,
    max_threads: threadsMax,
    max_insert_threads: 1,
    max_memory_usage: queryMemoryBytesMax,
    log_queries: 0,
  };
}

/**
 * A subquery over all shards is answered once and sent to each. With replicas, an insert is answered when most of them have it, one insert after
 * the other, and a read waits until its replica has all of those: the ledger asks for what it wrote.
 */
function clusterSettings(layout: StoreLayout): Profile['settings'] {
  if (layout.kind === 'single') return {};
  const global = { distributed_product_mode: 'global' };
  if (!layout.replicated) return global;
  return {
    ...global,
    insert_quorum: 'auto',
    insert_quorum_parallel: 0,
    select_sequential_consistency: 1,
  };
}
