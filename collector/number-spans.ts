import { randomBytes } from 'node:crypto';
import type { NewMessage } from '../event-log/event-log.ts';
import type { ProducerCredential } from '../registry/credentials.ts';
import { headerNames, spanMessageKinds, topics } from '../schemas/topics.ts';

/** Numbers one group's spans: gives the `run` header of the next message of a producer and partition. */
export type GroupNumbers = {
  readonly next: (producer: ProducerCredential, partition: number, spans: number) => string;
  /** The group is durable: its numbers are used up. Without it the next group is given the same ones. */
  readonly committed: () => void;
};

/**
 * Dense numbers for what one lane of this process appends, a tenant, producer and partition. A lane MUST have one append on its way at a
 * time: then a hole in its numbers is a message that is gone, and nothing else is.
 */
export type SpanNumbering = {
  readonly startGroup: () => GroupNumbers;
  /** A heartbeat for each producer and partition of which more was appended since the last one that was. */
  readonly heartbeats: () => Heartbeats;
};

export type Heartbeats = {
  readonly messages: readonly NewMessage[];
  /** They are durable. Without it the next ones say the same again. */
  readonly committed: () => void;
};

type Counted = { readonly tenant: string; readonly producer: string; readonly partition: number };
type Cell = Counted & { appended: number; told: number };

export function createSpanNumbering(run: string = randomBytes(8).toString('hex')): SpanNumbering {
  // As many as producers and partitions exist: operators make those, requests do not.
  const cells = new Map<string, Cell>();
  return {
    startGroup: () => {
      const pending = new Map<string, Cell>();
      return {
        next: ({ tenant, producer }, partition, spans) => {
          const key = `${partition}/${tenant}/${producer}`;
          let cell = pending.get(key);
          if (!cell) {
            cell = { ...(cells.get(key) ?? { tenant, producer, partition, appended: 0, told: 0 }) };
            pending.set(key, cell);
          }
          const from = cell.appended;
          cell.appended += spans;
          return `${run}/${from}`;
        },
        committed: () => {
          for (const [key, cell] of pending) {
            cells.set(key, { ...cell, told: cells.get(key)?.told ?? cell.told });
          }
        },
      };
    },
    heartbeats: () => {
      const due = [...cells].filter(([, { told, appended }]) => told !== appended);
      return {
        messages: due.map(([, cell]) => heartbeatOf(cell, `${run}/${cell.appended}`)),
        committed: () => {
          for (const [key, { appended }] of due) {
            const cell = cells.get(key);
            if (cell) cell.told = appended;
          }
        },
      };
    },
  };
}

function heartbeatOf({ tenant, producer, partition }: Counted, run: string): NewMessage {
  return {
    topic: topics.spans,
    partition,
    key: null,
    headers: {
      [headerNames.kind]: spanMessageKinds.heartbeat,
      [headerNames.tenant]: tenant,
      [headerNames.producer]: producer,
      [headerNames.run]: run,
    },
    value: new Uint8Array(0),
  };
}
