import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateRecords } from '../../../bench/generated-records.ts';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { EventLog, Owner } from '../../../event-log/event-log.ts';
import { openFileTraceKeys } from '../../../key-store/file-trace-keys.ts';
import type { TraceKeys } from '../../../key-store/trace-keys.ts';
import { createLedgerMetrics } from '../../../ledger/metrics.ts';
import { readRecord } from '../../../ledger/read-record.ts';
import { sealLog } from '../../../ledger/seal-log.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { StoreError } from '../../../record-store/errors.ts';
import { encodeAuditRecord } from '../../../schemas/avro-codec.ts';
import { topics } from '../../../schemas/topics.ts';
import type { TestStore } from '../../support/test-store.ts';
import { startTestStore } from '../../support/test-store.ts';

const records = generateRecords({
  count: 60,
  seed: 11,
  startUs: 1_790_000_000_000_000,
  stepUs: 1_000,
  tenants: ['default', 'other'],
  revisedOneIn: 10,
  payloadChars: 200,
});
const BAD_MESSAGES = 2;

let store: TestStore;
let writer: RecordStore;
let reader: RecordStore;
let log: EventLog;
let traceKeys: TraceKeys;
let runs = 0;

beforeAll(async () => {
  store = await startTestStore();
  writer = await store.as('writer');
  reader = await store.as('reader');
  log = await openEmbeddedLog({ folder: join(store.folder, 'log'), partitions: 1 });
  const folder = join(store.folder, 'traces');
  traceKeys = await openFileTraceKeys({ folder, wrappingKey: () => Buffer.alloc(32, 7) });
  const values = records.map((record) => encodeAuditRecord(record));
  values.splice(25, 0, Buffer.from('no record'), Buffer.alloc(0));
  const address = { topic: topics.records, partition: 0, key: null, headers: {} };
  await log.append(values.map((value) => ({ ...address, value })));
});
afterAll(async () => {
  await log.close();
  await traceKeys.close();
  await store.stop();
});

/** A step of the ledger at which a fault can be put: a commit, or the insert of a table. */
type Step = string;
type Fault = (step: Step) => Promise<void>;
type Faults = {
  readonly before?: Fault;
  readonly after?: Fault;
  /** The store remembers no deduplication token. */
  readonly forgetful?: boolean;
};
const noFault: Fault = async () => Promise.resolve();

class Crash extends Error {}

/** One log under a role of its own, so that all runs can share an engine and its messages. */
function newRun() {
  runs += 1;
  return { role: `ledger-${runs}`, logId: `records/p0/run${runs}` };
}
type Run = ReturnType<typeof newRun>;

/** Seals the log until it has nothing more to seal; `before` and `after` are called around every step. */
async function sealAll(run: Run, faults: Faults = {}): Promise<void> {
  await sealAs(run, await log.openOwner(run.role, 0), faults);
}

async function sealAs(run: Run, owner: Owner, faults: Faults): Promise<void> {
  const { before = noFault, after = noFault, forgetful = false } = faults;
  const stop = new AbortController();
  const around = async <T>(step: Step, action: () => Promise<T>): Promise<T> => {
    await before(step);
    const result = await action();
    await after(step);
    return result;
  };
  const watched: Owner = {
    position: (topic, partition) => owner.position(topic, partition),
    getState: (key) => owner.getState(key),
    scanState: (prefix) => owner.scanState(prefix),
    close: async () => owner.close(),
    commit: async (commit) => {
      const intent = commit.state.find(({ key }) => key === 'log/intent');
      await around('commit', async () => owner.commit(commit));
      if (intent?.value === null) stop.abort();
    },
  };
  const watchedStore: RecordStore = {
    ...writer,
    insertRows: async (table, rows, options) =>
      around(table.name, async () =>
        writer.insertRows(table, rows, forgetful ? { token: randomUUID() } : options),
      ),
  };
  await sealLog({
    log,
    owner: watched,
    source: {
      logId: run.logId,
      role: run.role,
      topic: topics.records,
      partition: 0,
      readMessage: readRecord,
    },
    store: watchedStore,
    traceKeys,
    archive: null,
    onSealed: () => undefined,
    metrics: createLedgerMetrics(),
    limits: { messagesMax: 31, bytesMax: 1e6, lingerMs: 1, lingerMsMax: 1, waitMsMax: 1 },
    retryFirstMs: 1,
    retryMsMax: 10,
    stopSignal: stop.signal,
    signal: new AbortController().signal,
    clock: Date.now,
  });
}

/** Seals again until the end of the topic is committed: a recovered run stops when it has committed the batch it repeated. */
async function recover(run: Run): Promise<void> {
  const { end } = await log.range(topics.records, 0);
  const position = async () => (await log.inspect(run.role, 0)).position(topics.records, 0);
  while ((await position()) < end) await sealAll(run);
}

async function rowsOf(table: string, run: Run): Promise<readonly unknown[]> {
  const sql = `SELECT * EXCEPT (log_id) APPLY (x -> toString(x)) FROM waybill.${table}
    WHERE log_id = {log:String} ORDER BY ALL`;
  return reader.query({ sql, params: { log: run.logId } });
}

type LeafRow = { leaf_index: number; tenant: string; seq: number; leaf: string; hash: string };

async function leavesOf(run: Run): Promise<readonly LeafRow[]> {
  const sql = `SELECT leaf_index, tenant, seq, leaf, lower(hex(leaf_hash)) AS hash FROM waybill.leaves
    WHERE log_id = {log:String} ORDER BY leaf_index`;
  return reader.query<LeafRow>({ sql, params: { log: run.logId } });
}

/** Each record is one leaf, in order, densely numbered, and chained to the leaf before of its tenant. */
async function expectWholeLog(run: Run): Promise<void> {
  const leaves = await leavesOf(run);
  expect(leaves.map(({ leaf_index }) => leaf_index)).toEqual(records.map((_, index) => index));
  const last = new Map<string, { seq: number; prev: string | null }>();
  for (const [index, { leaf, hash, tenant, seq }] of leaves.entries()) {
    const told = JSON.parse(leaf) as Record<string, unknown>;
    const before = last.get(tenant) ?? { seq: -1, prev: null };
    const { callId, revision } = records[index] ?? {};
    expect(told).toMatchObject({ index, log: run.logId, callId, revision, tenant });
    expect(told['seq']).toBe(before.seq + 1);
    expect(told['prev'] ?? null).toBe(before.prev);
    expect(seq).toBe(before.seq + 1);
    expect(createHash('sha256').update('\0').update(leaf).digest('hex')).toBe(hash);
    last.set(tenant, { seq, prev: hash });
  }
}

async function deadLetters(): Promise<number> {
  return (await log.range(topics.deadLetters, 0)).end;
}

async function expectAsUndisturbed(run: Run, undisturbed: Run): Promise<void> {
  await expectWholeLog(run);
  for (const table of ['records', 'charges', 'payloads']) {
    expect(await rowsOf(table, run)).toEqual(await rowsOf(table, undisturbed));
  }
}

describe('ledger', () => {
  let undisturbed: Run;
  const steps: Step[] = [];

  beforeAll(async () => {
    undisturbed = newRun();
    const note: Fault = async (step) => Promise.resolve(void steps.push(step));
    await sealAll(undisturbed, { before: note });
  });

  it('writes each record once, dense and chained, and tells of what it cannot read', async () => {
    await expectWholeLog(undisturbed);
    const rows = await rowsOf('records', undisturbed);
    const superseding = records.filter(({ supersedes }) => supersedes).length;
    expect(superseding).toBeGreaterThan(0);
    expect(rows.length).toBe(records.length + superseding);
    expect(await deadLetters()).toBe(BAD_MESSAGES);
    // The owner's number; two batches, an intent each; then the end of the last.
    expect(steps.filter((step) => step === 'commit').length).toBe(4);
  });

  it('is the same after a crash before or after any step', async () => {
    for (const side of ['before', 'after'] as const) {
      for (let at = 0; at < steps.length; at += 1) {
        const run = newRun();
        const letters = await deadLetters();
        let step = -1;
        const crash: Fault = async () => {
          step += 1;
          if (step >= at) throw new Crash();
          return Promise.resolve();
        };
        await expect(sealAll(run, { [side]: crash }), `${side} step ${at}`).rejects.toThrow(Crash);
        await recover(run);
        await expectAsUndisturbed(run, undisturbed);
        expect(await deadLetters()).toBe(letters + BAD_MESSAGES);
      }
    }
  });

  it('is the same when inserts are lost, and when they are done but reported failed', async () => {
    for (const side of ['before', 'after'] as const) {
      const run = newRun();
      let call = 0;
      const fail: Fault = async (step) => {
        call += 1;
        if (step === 'commit' || call % 3 === 0) return Promise.resolve();
        throw new StoreError('STORE_UNREACHABLE', 'injected');
      };
      await sealAll(run, { [side]: fail });
      await expectAsUndisturbed(run, undisturbed);
    }
  });

  it('asks the store before it repeats an insert, so that a store that forgot the batch takes nothing twice', async () => {
    const run = newRun();
    const failed = new Set<Step>();
    const failOnce: Fault = async (step) => {
      if (step === 'commit' || failed.has(step)) return Promise.resolve();
      failed.add(step);
      throw new StoreError('STORE_TIMED_OUT', 'injected');
    };
    await sealAll(run, { after: failOnce, forgetful: true });
    expect(failed).toEqual(new Set(['records', 'charges', 'payloads', 'leaves']));
    await expectAsUndisturbed(run, undisturbed);
  });

  it('repeats nothing that is there when it crashed before the end was committed', async () => {
    const run = newRun();
    const crash: Fault = async (step) => {
      if (step === 'leaves') throw new Crash();
      return Promise.resolve();
    };
    await expect(sealAll(run, { after: crash })).rejects.toThrow(Crash);
    await sealAll(run, { forgetful: true });
    await recover(run);
    await expectAsUndisturbed(run, undisturbed);
  });

  it('lets an owner that was replaced only repeat what it had promised', async () => {
    const run = newRun();
    const held = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const hold: Fault = async (step) => {
      if (step !== 'leaves') return;
      reached.resolve();
      await held.promise;
    };
    const zombie = sealAs(run, await log.openOwner(run.role, 0), { before: hold });
    zombie.catch(() => undefined);
    await reached.promise;
    await recover(run);
    held.resolve();
    await expect(zombie).rejects.toThrow(/EVENT_LOG_FENCED/);
    await expectAsUndisturbed(run, undisturbed);
  });

  it('goes on by itself when the engine was killed and comes back', async () => {
    const run = newRun();
    let killed = false;
    const kill: Fault = async (step) => {
      if (step !== 'records' || killed) return Promise.resolve();
      killed = true;
      process.kill(store.engine.pid() ?? Number.NaN, 'SIGKILL');
      return Promise.resolve();
    };
    await sealAll(run, { before: kill });
    await expectAsUndisturbed(run, undisturbed);
    expect(store.engine.restarts()).toBe(1);
  });
});
