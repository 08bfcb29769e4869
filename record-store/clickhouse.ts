import { Readable } from 'node:stream';
import type { ClickHouseSettings } from '@clickhouse/client';
import { ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { Table } from '../schemas/tables.ts';
import { StoreError, storeErrorCode } from './errors.ts';

export type StoreConnection = {
  /** `http://host:port`. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Connections held at once; further requests wait. Default 8. */
  readonly connectionsMax?: number;
  /** Longest wait for an answer, milliseconds. Default 60,000. */
  readonly requestTimeoutMsMax?: number;
};

/** A query with bound parameters: `{name:Type}` in the text, the value in `params`; no value is ever put into the text. */
export type Statement = {
  readonly sql: string;
  readonly params?: Readonly<Record<string, unknown>>;
  /** ClickHouse's `max_execution_time`; default and maximum come from the user's profile. */
  readonly timeoutMsMax?: number;
  readonly signal?: AbortSignal;
};

/**
 * The record store: ClickHouse, a server or the embedded engine, by the same protocol.
 *
 * - `query` gives the rows as JSON objects. 64-bit integers come as numbers: select `toString(…)` of what may pass 2^53.
 * - `insertRows` resolves when the block is on disk (`fsync_after_insert`), and a block with the token of an earlier one is
 *   dropped while the table remembers it (`non_replicated_deduplication_window`). After a retryable failure the block may
 *   be there or not, and a repeat with the same token and bytes is safe within that window: read back to be sure.
 * - Failures are `StoreError`s; nothing is tried again here, that is the caller's.
 */
export interface RecordStore {
  query<Row>(statement: Statement): Promise<readonly Row[]>;
  insertRows(table: Table, rows: Uint8Array, options: { readonly token: string }): Promise<void>;
  /** A statement without an answer: migrations and erasures only. */
  command(sql: string): Promise<void>;
  /** Asks a true question; rejects when the store cannot answer it. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export function openStore(connection: StoreConnection): RecordStore {
  const client = createClient({
    url: connection.url,
    username: connection.username,
    password: connection.password,
    max_open_connections: connection.connectionsMax ?? 8,
    request_timeout: connection.requestTimeoutMsMax ?? 60_000,
    application: 'waybill',
    // The client logs the texts of failed queries; errors carry what is needed, and callers decide what to log.
    log: { level: ClickHouseLogLevel.OFF },
  });
  return {
    query: async <Row>(statement: Statement) =>
      translated(async () => {
        const result = await client.query({
          query: statement.sql,
          format: 'JSONEachRow',
          ...(statement.params ? { query_params: statement.params } : {}),
          ...(statement.signal ? { abort_signal: statement.signal } : {}),
          clickhouse_settings: querySettings(statement),
        });
        return result.json<Row>();
      }),
    insertRows: async (table, rows, { token }) =>
      translated(async () => {
        const { stream } = await client.exec({
          query: insertSql(table),
          values: Readable.from([rows], { objectMode: false }),
          clickhouse_settings: { ...INSERT_SETTINGS, insert_deduplication_token: token },
        });
        for await (const chunk of stream) void chunk;
      }),
    command: async (sql) =>
      translated(async () => {
        await client.command({ query: sql });
      }),
    ping: async () =>
      translated(async () => {
        await client.query({ query: 'SELECT 1', format: 'JSONEachRow' }).then((r) => r.text());
      }),
    close: async () => client.close(),
  };
}

const INSERT_SETTINGS: ClickHouseSettings = {
  // The engine's default is 1, which would answer before the block is a part of the table.
  async_insert: 0,
  insert_deduplicate: 1,
  // Over shards the answer comes when the shard has the block, not when it is queued for it.
  distributed_foreground_insert: 1,
  // An exception after the first bytes of the answer would otherwise look like success.
  wait_end_of_query: 1,
  // One insert is one block, so that one token names it.
  max_insert_block_size: '10000000',
  input_format_parallel_parsing: 0,
};

function querySettings(statement: Statement): ClickHouseSettings {
  if (statement.timeoutMsMax === undefined) return {};
  return { max_execution_time: Math.max(1, Math.ceil(statement.timeoutMsMax / 1000)) };
}

function insertSql(table: Table): string {
  const columns = table.columns.map(({ name }) => `\`${name}\``).join(', ');
  return `INSERT INTO waybill.${table.name} (${columns}) FORMAT RowBinary`;
}

async function translated<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw toStoreError(cause);
  }
}

function toStoreError(cause: unknown): StoreError {
  if (cause instanceof ClickHouseError) {
    return new StoreError(
      storeErrorCode(Number(cause.code)),
      `${cause.type}: ${cause.message}`,
      cause,
    );
  }
  const message = cause instanceof Error ? cause.message || cause.name : String(cause);
  const timedOut = /timeout|abort/i.test(message);
  return new StoreError(timedOut ? 'STORE_TIMED_OUT' : 'STORE_UNREACHABLE', message, cause);
}
