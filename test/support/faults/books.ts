import type { EventLog } from '../../../event-log/event-log.ts';
import { openTraceKeyMaker } from '../../../key-store/trace-key-maker.ts';
import { auditStore } from '../../../ledger/audit/audit-store.ts';
import { storedForAudit } from '../../../ledger/audit/stored.ts';
import { countPrefix, enricherRole, ledgerRole } from '../../../schemas/state-keys.ts';
import { headerNames, topics } from '../../../schemas/topics.ts';
import { unsigned } from '../kafka/progress.ts';
import type { BucketCheck, Sent } from '../killed/check-buckets.ts';
import { openBucketCheck } from '../killed/check-buckets.ts';
import type { StoreCheck } from '../killed/check-store.ts';
import { openStoreCheck } from '../killed/check-store.ts';
import { checkNames, checkPlanned, readCurrent } from '../killed/current-records.ts';
import type { Problems } from '../killed/problems.ts';
import { createProblems } from '../killed/problems.ts';
import { checkReplay } from '../killed/replay.ts';
import { planChunk } from '../killed/requests.ts';
import { eventually } from '../pipeline.ts';
import { FOREIGN_PRODUCER } from './foreign-writer.ts';
import type { World } from './world.ts';

/** What was acknowledged under one fault of one seed. */
export type Round = Sent & { readonly seed: number };

export type Checked = {
  readonly problems: readonly string[];
  /** When all foreign spans were taken, and when it had come to rest, on the clock of `performance.now`. */
  readonly takenAtMs: number;
  readonly restedAtMs: number;
};

/** What the world has, against what it was given. Each check goes on where the last one ended. */
export type Books = {
  /** Waits until the world has come to rest by itself. Gives a sentence for each thing that is wrong and that no earlier check told. */
  check(rounds: readonly Round[]): Promise<Checked>;
  /** Ends the world, and holds all that ever was against a replay of the log, the plan, and an audit of the store. */
  settle(): Promise<readonly string[]>;
  close(): Promise<void>;
};

const REST_WAIT_MS_MAX = 120_000;
const EXPORT_WAIT_MS_MAX = 60_000;
/** A role that holds more has no bound: at rest each has some 200. */
const MEMORY_MIB_MAX = 700;

export async function openBooks(world: World): Promise<Books> {
  const { deployment, hec } = world;
  const closing = new AbortController();
  const log = await deployment.openLog();
  const keys = await deployment.keptKeys(closing.signal);
  const seeds = new Map<string, number>();
  const told = new Set<string>();
  const records = new Set<string>();
  const exported = new Set<string>();
  let events = 0;
  let now = createProblems();
  const problems: Problems = {
    add: (kind, detail) => {
      if (told.has(`${kind} ${detail}`)) return;
      told.add(`${kind} ${detail}`);
      const seed = seedIn(detail, seeds);
      now.add(kind, seed === undefined ? detail : `${detail} (seed ${seed})`);
    },
    list: () => now.list(),
  };
  const reader = await deployment.store.as('reader');
  const buckets: BucketCheck = openBucketCheck(log, problems, (message) => {
    if (message.headers[headerNames.producer] === FOREIGN_PRODUCER) world.foreign.taken(message);
  });
  const stored: StoreCheck = openStoreCheck(log, {
    store: reader,
    problems,
    keyOf: (home) => keys.find(home),
    onRecord: ({ recordId, callId, facts }) => {
      records.add(recordId);
      const seed = seeds.get(facts.traceId);
      if (seed !== undefined) seeds.set(callId, seed);
    },
  });

  const unexported = (): readonly string[] => {
    for (; events < hec.indexed.length; events += 1) {
      exported.add(hec.indexed[events]?.event.metadata?.uid ?? '');
    }
    return [...records].filter((id) => !exported.has(id));
  };

  const all: Round[] = [];

  return {
    async check(rounds) {
      all.push(...rounds);
      now = createProblems();
      for (const { seed, ...sent } of rounds) noteTraces(seeds, seed, sent);
      buckets.plan(rounds);
      const untaken = await eventually(
        async () => {
          await buckets.readOn();
          return world.foreign.waiting();
        },
        (spans) => spans === 0,
        REST_WAIT_MS_MAX,
      ).catch(lastOf);
      if (untaken instanceof Error) problems.add('The foreign topic waits', untaken.message);
      const takenAtMs = performance.now();
      const rest = await eventually(() => underWay(log), isAtRest, REST_WAIT_MS_MAX).catch(lastOf);
      if (rest instanceof Error) problems.add('It does not come to rest', rest.message);
      const restedAtMs = performance.now();
      await buckets.check();
      world.foreign.check(problems);
      await stored.check();
      const missed = await eventually(
        async () => unexported(),
        (left) => left.length === 0,
        EXPORT_WAIT_MS_MAX,
      ).catch(lastOf);
      if (missed instanceof Error) {
        for (const id of unexported()) problems.add('A record is not exported', id);
      }
      for (const sentence of await reconciled(world)) problems.add('It is not balanced', sentence);
      for (const last of world.fallen) problems.add('A process ended', last);
      for (const [name, mib] of world.memoryMiB()) {
        if (mib > MEMORY_MIB_MAX)
          problems.add('Memory has no bound', `${name} over ${MEMORY_MIB_MAX} MiB`);
      }
      return { problems: problems.list(), takenAtMs, restedAtMs };
    },
    async settle() {
      now = createProblems();
      const unsignedLeft = await eventually(
        () => unsigned(reader),
        (leaves) => leaves === 0,
        REST_WAIT_MS_MAX,
      ).catch(lastOf);
      if (unsignedLeft instanceof Error) problems.add('Heads are not signed', unsignedLeft.message);
      const policy = await deployment.policy();
      const report = await auditStore({ store: storedForAudit(reader), policy, heldHeads: [] });
      for (const { code, logId, at, detail } of report.findings) {
        problems.add('An audit finds', `${code} ${logId} ${at ?? ''} ${detail}`);
      }
      const current = await readCurrent(reader, problems);
      const planned = current.filter(({ trace }) => seeds.has(trace));
      checkPlanned(planned, all, problems);
      await checkNames(log, planned, problems);
      await Promise.all([...world.running.keys()].map((name) => world.end(name)));
      const maker = await openTraceKeyMaker(await deployment.traceKeyFolder());
      await checkReplay(log, all[0]?.seed ?? 1, problems, maker);
      await maker.close();
      return problems.list();
    },
    close: async () => {
      closing.abort();
      await keys.close();
      await log.close();
    },
  };
}

function noteTraces(seeds: Map<string, number>, seed: number, { traffic, chunks }: Sent): void {
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    for (const { span } of planChunk(traffic, chunk).spans) seeds.set(span.traceId, seed);
  }
}

/** By the trace or the call that a sentence names. */
function seedIn(detail: string, seeds: ReadonlyMap<string, number>): number | undefined {
  for (const [id] of detail.matchAll(/[0-9a-f]{32}/gu)) {
    const seed = seeds.get(id);
    if (seed !== undefined) return seed;
  }
  return undefined;
}

type UnderWay = { readonly unread: number; readonly open: number; readonly unsealed: number };

function isAtRest({ unread, open, unsealed }: UnderWay): boolean {
  return unread === 0 && open === 0 && unsealed === 0;
}

/** Messages of spans that no enricher has read, spans of which none has said the last word, records without a leaf. */
async function underWay(log: EventLog): Promise<UnderWay> {
  const sum = { unread: 0, open: 0, unsealed: 0 };
  for (let partition = 0; partition < log.partitions; partition += 1) {
    const [spans, records] = [
      await log.range(topics.spans, partition),
      await log.range(topics.records, partition),
    ];
    const enricher = await log.inspect(enricherRole, partition);
    sum.unread += Math.max(0, spans.end - enricher.position(topics.spans, partition));
    for (const [key, value] of enricher.scanState(countPrefix)) {
      if (key.endsWith('/open')) sum.open += Number(Buffer.from(value).toString());
    }
    const ledger = await log.inspect(ledgerRole, partition);
    sum.unsealed += Math.max(0, records.end - ledger.position(topics.records, partition));
  }
  return sum;
}

type Balance = { readonly producer: string; readonly balanced: boolean };

/** What the query API says of it; it too has to come back by itself. */
async function reconciled({ running, deployment }: World): Promise<readonly string[]> {
  const ask = async (): Promise<readonly Balance[] | string> => {
    const url = running.get('query-api')?.addresses['queryApi'] ?? 'http://nobody.invalid';
    const headers = { authorization: `Bearer ${deployment.auditorKey}` };
    const response = await fetch(`${url}/v1/reconciliation`, { headers });
    const text = await response.text();
    if (response.status !== 200) return `${response.status} ${text}`;
    return (JSON.parse(text) as { readonly producers: readonly Balance[] }).producers;
  };
  const answer = await eventually(
    () => ask().catch(String),
    (given) => typeof given !== 'string' && given.every(({ balanced }) => balanced),
    30_000,
  ).catch(lastOf);
  return answer instanceof Error ? [answer.message] : [];
}

function lastOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
