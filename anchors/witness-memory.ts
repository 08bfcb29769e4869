import { createHash } from 'node:crypto';
import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { AnchorError } from './errors.ts';
import type { WitnessedHead } from './judge-checkpoint.ts';

/** The newest checkpoint of a log that a witness cosigned. */
export type Witnessed = WitnessedHead & {
  /** Signed by the log and cosigned. */
  readonly note: string;
};

/** What a witness remembers: one checkpoint a log, in one file, which other processes may use too. */
export interface WitnessMemory {
  latest(origin: string): Witnessed | undefined;
  /** The newest checkpoint of the log whose origin has this SHA-256, in hexadecimal digits. */
  noteOf(originHash: string): string | undefined;
  /**
   * Puts a checkpoint in the place of the one with the old size, durably and at once: false, and nothing is changed, where another size is remembered.
   * The old root needs no comparison: for one size there is one root here.
   */
  replace(origin: string, oldSize: number, next: Witnessed): boolean;
  close(): void;
}

/** Opens or makes the file, mode 0600. WITNESS_STATE_UNREADABLE where it is none of ours. */
export function openWitnessMemory(path: string): WitnessMemory {
  try {
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    const database = new DatabaseSync(path, { timeout: BUSY_WAIT_MS_MAX });
    database.exec(SCHEMA);
    return new FileMemory(database);
  } catch (error) {
    throw new AnchorError('WITNESS_STATE_UNREADABLE', `${path} cannot be used.`, error);
  }
}

/** How long another process's write is waited for. */
const BUSY_WAIT_MS_MAX = 5_000;

// Every commit is synced: what was cosigned and then forgotten could be contradicted by the next cosignature.
const SCHEMA = `
  PRAGMA journal_mode = DELETE;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS heads (
    origin TEXT PRIMARY KEY, origin_hash TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL
  ) STRICT`;

class FileMemory implements WitnessMemory {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  latest(origin: string): Witnessed | undefined {
    const row = this.#database
      .prepare('SELECT size, root, note FROM heads WHERE origin = ?')
      .get(origin);
    if (row === undefined) return undefined;
    const { size, root, note } = row;
    if (typeof size === 'number' && root instanceof Uint8Array && typeof note === 'string') {
      return { size, root, note };
    }
    throw new AnchorError(
      'WITNESS_STATE_UNREADABLE',
      `What is kept of ${origin} is no checkpoint.`,
    );
  }

  noteOf(originHash: string): string | undefined {
    const row = this.#database
      .prepare('SELECT note FROM heads WHERE origin_hash = ?')
      .get(originHash);
    return typeof row?.['note'] === 'string' ? row['note'] : undefined;
  }

  replace(origin: string, oldSize: number, { size, root, note }: Witnessed): boolean {
    // Commit point: one statement is one synced transaction. If we die on the next line, the checkpoint is remembered and not yet cosigned to anybody.
    const { changes } = this.latest(origin)
      ? this.#database
          .prepare('UPDATE heads SET size = ?, root = ?, note = ? WHERE origin = ? AND size = ?')
          .run(size, root, note, origin, oldSize)
      : this.#database
          .prepare(
            'INSERT INTO heads (origin, origin_hash, size, root, note) SELECT ?, ?, ?, ?, ? WHERE ? = 0 ON CONFLICT DO NOTHING',
          )
          .run(origin, sha256(origin), size, root, note, oldSize);
    return changes === 1;
  }

  close(): void {
    this.#database.close();
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
