import { createHash } from 'node:crypto';
import type { NewMessage, Owner } from '../event-log/event-log.ts';
import { siemExporterRole } from '../schemas/state-keys.ts';
import { headerNames, topics } from '../schemas/topics.ts';
import { ANY_PRODUCER, createWindowTally } from '../schemas/window-counts.ts';
import { SiemExporterError } from './errors.ts';

/** An event that the destination refused for good: where it is sealed and why it was refused, never what it says. */
export type DeadLetter = {
  readonly logId: string;
  readonly leafIndex: number;
  readonly tenant: string;
  readonly recordId: string | null;
  readonly reason: string;
  readonly bytes: number;
  readonly sha256: string;
};

/** How far the destination has been fed. */
export interface Cursor {
  /** The next leaf to deliver. */
  position(): number;
  /**
   * Moves the cursor, and lays down the dead letters of what lies before it, durably and at once. MUST be called only when every leaf
   * before `next` has been accepted, or is among the dead letters, or is not for this destination.
   */
  advance(
    next: number,
    deadLetters: readonly DeadLetter[],
    passed?: readonly PassedLeaf[],
  ): Promise<void>;
}

/** A leaf that the cursor passes, and what became of it. */
export type PassedLeaf = {
  readonly tenant: string;
  readonly timeMs: number;
  readonly what: 'sent' | 'filtered' | 'refused';
};

export const exporterRole = siemExporterRole;
/** The role that sends signed heads: apart, so that neither's commit waits for the other. */
export const headsRole = 'siem-exporter-heads';
/** The role that sends what was erased and held, for the same reason. */
export const controlRole = 'siem-exporter-control';

/** The state key of a cursor: also what others may `inspect`. The value is the next leaf's index in decimal. */
export function cursorKey(destination: string, logId: string): string {
  return `cursor/${destination}/${logId}`;
}

/** A cursor in the event log's state, fenced by its owner. */
export function ownedCursor(owner: Owner, destination: string, logId: string): Cursor {
  const key = cursorKey(destination, logId);
  let next = readCursor(owner.getState(key), key);
  const windows = createWindowTally(owner);
  return {
    position: () => next,
    async advance(to, deadLetters, passed = []) {
      for (const { tenant, timeMs, what } of passed) {
        windows.add(tenant, ANY_PRODUCER, timeMs, what, 1);
      }
      const value = Buffer.from(String(to));
      // Commit point: before it, a crash delivers these leaves again, with the same record ids; after it, never.
      await owner.commit({
        positions: [],
        appends: deadLetters.map((letter) => deadLetterMessage(letter, destination)),
        state: [{ key, value }, ...windows.drain(passed.at(-1)?.timeMs ?? 0)],
      });
      next = to;
    },
  };
}

export function deadLetterOf(
  leaf: Pick<DeadLetter, 'logId' | 'leafIndex' | 'tenant' | 'recordId'>,
  body: string,
  reason: string,
): DeadLetter {
  const { logId, leafIndex, tenant, recordId } = leaf;
  const sha256 = createHash('sha256').update(body).digest('hex');
  const bytes = Buffer.byteLength(body);
  return { logId, leafIndex, tenant, recordId, reason, bytes, sha256 };
}

function deadLetterMessage(letter: DeadLetter, destination: string): NewMessage {
  return {
    topic: topics.deadLetters,
    partition: 0,
    key: null,
    headers: { [headerNames.tenant]: letter.tenant, [headerNames.kind]: exporterRole },
    value: Buffer.from(JSON.stringify({ from: exporterRole, destination, ...letter })),
  };
}

function readCursor(value: Uint8Array | undefined, key: string): number {
  if (value === undefined) return 0;
  const text = Buffer.from(value).toString('latin1');
  if (!/^\d{1,15}$/.test(text)) throw new SiemExporterError('SIEM_CURSOR_UNREADABLE', key);
  return Number(text);
}
