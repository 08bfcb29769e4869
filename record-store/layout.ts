import assert from 'node:assert';
import { z } from 'zod';

/** How tables lie: all on one server, or spread over the shards of a cluster. */
export type StoreLayout =
  | { readonly kind: 'single' }
  | {
      readonly kind: 'cluster';
      /** Its name in `remote_servers` of each server. */
      readonly cluster: string;
      /** Shards have replicas: `ReplicatedMergeTree`, by the macros `shard` and `replica` of each server. */
      readonly replicated: boolean;
    };

export const clusterSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z_][\w-]{0,63}$/)
      .describe('name of the cluster in `remote_servers`'),
    replicated: z.boolean().default(false).describe('shards have replicas'),
  })
  .describe('null: one server');

export function layoutOf(cluster: z.infer<typeof clusterSchema> | null): StoreLayout {
  if (cluster === null) return { kind: 'single' };
  return { kind: 'cluster', cluster: cluster.name, replicated: cluster.replicated };
}

/** What is recorded in the store, so that another layout is refused there. */
export function layoutName(layout: StoreLayout): string {
  if (layout.kind === 'single') return 'single';
  return `cluster ${layout.cluster}${layout.replicated ? ' replicated' : ''}`;
}

/** The databases: what is asked, and on a cluster what each shard holds under the same table names. */
export const FRONT = 'waybill';
export const SHARD = 'waybill_shard';

/** Where the rows are that a server holds itself. */
export function rowsDatabase(layout: StoreLayout): string {
  return layout.kind === 'single' ? FRONT : SHARD;
}

/**
 * A statement of a migration, written for one server, as the statements that do the same to every server of a layout: a table becomes the
 * shard's own one and a `Distributed` one in front of it, under the name that everybody asks. Pure.
 */
export function layOut(statement: string, layout: StoreLayout): readonly string[] {
  if (layout.kind === 'single') return [statement];
  const [, verb = '', name = ''] = VERB.exec(statement) ?? [];
  assert(verb !== '', `a migration creates or alters a table or a view: ${statement}`);
  if (verb.endsWith('VIEW')) return [acrossShards(statement)];
  const own = statement.replaceAll(`${FRONT}.${name}`, `${SHARD}.${name}`);
  return [layout.replicated ? replicated(own, name) : own, distributed(name, layout.cluster)];
}

const VERB =
  /^(CREATE TABLE|ALTER TABLE|CREATE (?:OR REPLACE )?VIEW)(?: IF NOT EXISTS)? waybill\.(\w+)/m;

/**
 * The table that is asked. It holds no rows of its own: an insert is answered when the shards have it (`distributed_foreground_insert`).
 * Columns are those of the shard's table, so that it is made anew whenever those change.
 */
function distributed(name: string, cluster: string): string {
  return `CREATE OR REPLACE TABLE ${FRONT}.${name} AS ${SHARD}.${name}
ENGINE = Distributed('${cluster}', '${SHARD}', '${name}', ${shardingKey(name)})`;
}

/**
 * By the number of the log's partition. All rows of a log, and so every block of the ledger, lie on one shard: a token is looked for where it was seen, and
 * a −1 row lies beside the row it takes back. Numbers are dense, so shards fill alike, which a hash of a few names would not do.
 */
function shardingKey(name: string): string {
  if (name === 'registry') return '0';
  return "toUInt32OrZero(extract(CAST(log_id, 'String'), '/p([0-9]+)/'))";
}

/** A subquery over all shards is answered once and sent to each. */
function acrossShards(statement: string): string {
  return statement.replaceAll(/(?<!GLOBAL )\bNOT IN\b/g, 'GLOBAL NOT IN');
}

/** Tokens are remembered by the replicas together, for as many blocks as one server would, and for a week. */
function replicated(statement: string, name: string): string {
  return statement
    .replace(
      'ENGINE = MergeTree',
      `ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/${SHARD}/${name}', '{replica}')`,
    )
    .replace(
      'non_replicated_deduplication_window = 10000',
      'replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800',
    );
}
