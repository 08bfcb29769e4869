import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { EventLog, OwnerView } from '../../../event-log/event-log.ts';
import type { TraceKeys } from '../../../key-store/trace-keys.ts';
import { redactionEvents } from '../../../ledger/erase/erasure-events.ts';
import { targetsOf } from '../../../ledger/erase/find-targets.ts';
import { eraserRole, runEraser } from '../../../ledger/erase/run-eraser.ts';
import { createLedgerMetrics } from '../../../ledger/metrics.ts';
import type { RecordStore, Statement } from '../../../record-store/clickhouse.ts';
import { eventMessage } from '../../../registry/event-message.ts';
import { parseRetention, policyOf } from '../../../registry/retention-document.ts';
import { decodeRegistryEvent } from '../../../schemas/avro-codec.ts';
import { limits } from '../../../schemas/limits.ts';
import type { RegistryEventType } from '../../../schemas/record-types.ts';
import { topics } from '../../../schemas/topics.ts';
import { memoryEventLog } from '../../support/memory-event-log.ts';

/** A home trace, and whom its records name. */
type Trace = { readonly id: string; readonly people: readonly string[] };
type Told = { readonly type: string; readonly body: Readonly<Record<string, unknown>> };

const NOW_MS = 1_800_000_000_000;
const person = (n: number): string => `p_${String(n).padStart(32, '0')}`;
const trace = (n: number, ...people: readonly number[]): Trace => ({
  id: String(n).padStart(32, '0'),
  people: people.map(person),
});

/** Answers what an eraser asks of a store, out of these traces; none of them has a record that commits to a value. */
function storeOf(traces: readonly Trace[]): Pick<RecordStore, 'query' | 'command'> {
  const answer = ({ sql, params = {} }: Statement): readonly unknown[] => {
    const {
      people = [],
      held = [],
      after = '',
    } = params as {
      readonly people?: readonly string[];
      readonly held?: readonly string[];
      readonly after?: string;
    };
    const named = (one: Trace, of: readonly string[]): boolean =>
      one.people.some((id) => of.includes(id));
    const behind = traces.filter(({ id }) => id > after);
    if (sql.includes('AS youngestMs')) {
      return behind.map((one) => {
        const isHeld = named(one, held) ? 1 : 0;
        return { trace: one.id, youngestMs: 0, classes: ['short'], isHeld };
      });
    }
    if (sql.includes('AS trace')) {
      return behind.filter((one) => named(one, people)).map(({ id }) => ({ trace: id }));
    }
    if (sql.includes('AS id')) {
      const shared = traces.filter((one) => named(one, people)).flatMap((one) => one.people);
      return shared.map((id) => ({ id }));
    }
    return [];
  };
  return {
    query: async <Row>(statement: Statement) => answer(statement) as readonly Row[],
    command: async () => undefined,
  };
}

/** An eraser over these traces, in memory; all that is appended counts as sealed at once. */
function eraserOf(traces: readonly Trace[]) {
  const log = memoryEventLog(() => NOW_MS);
  const sealedAtOnce: EventLog = {
    ...log,
    inspect: async () =>
      ({ position: () => Infinity, getState: () => undefined }) as unknown as OwnerView,
    read: async (from, limit) => {
      await wait(1);
      return log.read(from, limit);
    },
  };
  const destroyed: string[] = [];
  const traceKeys = {
    destroy: async (homes: readonly { readonly traceId: string }[]) => {
      destroyed.push(...homes.map(({ traceId }) => traceId));
      return homes.length;
    },
  } as unknown as TraceKeys;
  const store = storeOf(traces) as RecordStore;
  const told = (): readonly Told[] =>
    log.messages(topics.registry).map(({ value }) => {
      const event = decodeRegistryEvent(value ?? new Uint8Array(0));
      return { type: event.type, body: JSON.parse(event.body) as Told['body'] };
    });
  return {
    destroyed,
    told,
    ask: async (type: RegistryEventType, body: object) => {
      const event = { eventId: `e${log.messages(topics.registry).length}`, tenant: 'acme', type };
      const rest = { timeUs: 1, actor: 'k', digest: null, body: JSON.stringify(body) };
      await log.append([eventMessage({ ...event, ...rest })]);
    },
    /** Runs until an event of this type was told last, or a step is reached. */
    run: async (until: { readonly told: string } | { readonly crashAt: string }) => {
      const end = new AbortController();
      const onStep = (step: string): void => {
        if ('crashAt' in until && step === until.crashAt) throw new TypeError(`crash at ${step}`);
      };
      const parts = { log: sealedAtOnce, store, traceKeys, metrics: createLedgerMetrics(), onStep };
      const running = runEraser(
        {
          ...parts,
          values: { servers: [store], database: 'waybill' },
          retryMs: 1,
          retentionEveryMs: 1e9,
          clock: () => NOW_MS,
        },
        await log.openOwner(eraserRole, 0),
        end.signal,
      );
      if ('crashAt' in until) return expect(running).rejects.toThrow('crash at');
      const last = (): string | undefined => told().at(-1)?.type;
      await Promise.race([running, expect.poll(last).toBe(until.told)]);
      end.abort();
      return running;
    },
  };
}

const request = (id: string, ...people: readonly number[]): object => {
  return { requestId: id, principals: people.map(person), legalBasis: 'test' };
};
const hold = (matter: string, ...people: readonly number[]): object => {
  return { matter, principals: people.map(person) };
};

describe('a run of retention that a crash broke off', () => {
  const broken = async (...traces: readonly Trace[]) => {
    const eraser = eraserOf(traces);
    const document = `
retention:
  classes: [{ id: short, basis: own, header: { ceiling: null }, payload: { ceiling: 30d } }]
  default: [short]
`;
    await eraser.ask('retention_declared', policyOf(parseRetention(document)));
    await eraser.run({ crashAt: 'destroy' });
    return eraser;
  };

  it('passes neither its place nor its freedom from holds on to an erasure that is asked for next', async () => {
    const eraser = await broken(trace(1, 1), trace(2, 2));
    await eraser.ask('hold_placed', hold('case', 2));
    await eraser.ask('erasure_requested', request('r1', 2));
    await eraser.run({ told: 'erasure_refused' });
    expect(eraser.told().map(({ type }) => type)).toEqual([
      'retention_declared',
      'hold_placed',
      'erasure_requested',
      'retention_applied',
      'erasure_refused',
    ]);
  });

  it('is finished first, and an erasure then finds every trace of its person', async () => {
    const eraser = await broken(trace(1, 1), trace(5, 2));
    await eraser.ask('erasure_requested', request('r1', 1));
    await eraser.run({ told: 'redaction_done' });
    expect(eraser.told().at(-1)?.body).toMatchObject({ requestId: 'r1', traces: 1 });
  });

  it('takes no more than it had promised once all of the tenant is on hold', async () => {
    const going = await broken(trace(1, 1));
    await going.ask('hold_placed', hold('all'));
    await going.run({ told: 'retention_applied' });
    expect(going.told().at(-1)?.body).toMatchObject({ reason: 'legal_hold', matters: ['all'] });
  });
});

describe('a hold', () => {
  it('keeps a trace that names its person from going with somebody else', async () => {
    const eraser = eraserOf([trace(1, 1), trace(2, 1, 2)]);
    await eraser.ask('hold_placed', hold('case', 2));
    await eraser.ask('erasure_requested', request('r1', 1));
    await eraser.run({ told: 'erasure_refused' });
    expect(eraser.told().at(-1)?.body).toMatchObject({ reason: 'legal_hold', matter: 'case' });
    expect(eraser.destroyed).toEqual([]);
  });

  it('is not released with another whose matter begins alike', async () => {
    const long = '\u{6848}'.repeat(40);
    const eraser = eraserOf([trace(1, 1)]);
    await eraser.ask('hold_placed', hold(`${long}1`, 1));
    await eraser.ask('hold_placed', hold(`${long}2`, 3));
    await eraser.ask('hold_released', { matter: `${long}2` });
    await eraser.ask('erasure_requested', request('r1', 1));
    await eraser.run({ told: 'erasure_refused' });
    expect(eraser.destroyed).toEqual([]);
  });

  it('may be for any text that the API takes: half a character, or 128 of two halves', async () => {
    for (const matter of ['\ud800', '\u{1f4c1}'.repeat(128)]) {
      const eraser = eraserOf([trace(1, 1)]);
      await eraser.ask('hold_placed', hold(matter, 1));
      await eraser.ask('erasure_requested', request('r1', 1));
      await eraser.run({ told: 'erasure_refused' });
      await eraser.ask('hold_released', { matter });
      await eraser.ask('erasure_requested', request('r2', 1));
      await eraser.run({ told: 'redaction_done' });
    }
  });
});

describe('what is told of a trace', () => {
  it('is found by so many leaves at a time, all of them once, log by log', async () => {
    const sizes = { 'records/p0/e0': 4_100, 'records/p1/e0': 3 };
    const found: string[] = [];
    const query = async ({ params = {} }: Statement): Promise<readonly unknown[]> => {
      const { logs, from, most } = params as {
        readonly logs: readonly string[];
        readonly from: readonly number[];
        readonly most: number;
      };
      const rows = Object.entries(sizes).flatMap(([logId, size]) => {
        const first = from[logs.indexOf(logId)] ?? 0;
        return Array.from({ length: size - first }, (_, at) => ({ logId, at: first + at, leaf }));
      });
      const page = rows.slice(0, most);
      found.push(...page.map(({ logId, at }) => `${logId} ${at}`));
      return page;
    };
    const leaf = JSON.stringify({ v: 2, log: 'x', index: 0, tenant: 'acme' });
    const store = { query } as unknown as RecordStore;
    let told: Readonly<Record<string, number>> = {};
    let pages = 0;
    for (let isCut = true; isCut; pages += 1) {
      ({ told, isCut } = await targetsOf(store, { tenant: 'acme', traces: ['a'] }, told));
    }
    expect(pages).toBe(3);
    expect(told).toEqual(sizes);
    expect(found).toHaveLength(4_103);
    expect(new Set(found).size).toBe(4_103);
  });
});

describe('redaction events', () => {
  it('fit a message however many fields each of their targets has, and tell all of them', () => {
    const fields = Array.from({ length: 34 }, (_, at) => {
      return { name: `prompt.variable.${at}`, commitment: 'c'.repeat(43) };
    });
    const targets = Array.from({ length: 1_200 }, (_, at) => ({ recordId: `${at}.0`, fields }));
    const facts = { id: 'r1', tenant: 'acme', actor: null, timeUs: 1, requestId: 'r1' };
    const messages = redactionEvents({ ...facts, legalBasis: 'test' }, targets);
    for (const { value } of messages) expect(value?.length).toBeLessThan(limits.messageBytesMax);
    const events = messages.map(({ value }) => decodeRegistryEvent(value ?? new Uint8Array(0)));
    const told = events.flatMap(
      ({ body }) => (JSON.parse(body) as { readonly targets: readonly unknown[] }).targets,
    );
    expect(told).toEqual(targets);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
  });
});
