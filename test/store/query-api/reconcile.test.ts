import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reconcileCommand } from '../../../cli/commands/reconcile.ts';
import { statusCommand } from '../../../cli/commands/status.ts';
import type { Command } from '../../../cli/command.ts';
import { paintFor } from '../../../cli/render/paint.ts';
import { parseArguments } from '../../../cli/parse-arguments.ts';
import type { ReconcileAnswer } from '../../../cli/render/reconcile.ts';
import { parseCollectorConfig } from '../../../collector/config.ts';
import { startCollector } from '../../../collector/main.ts';
import { parseEnricherConfig } from '../../../enricher/config.ts';
import { startEnricher } from '../../../enricher/main.ts';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { LogMessage } from '../../../event-log/event-log.ts';
import { openEnvironment, openJournal } from '../../../event-log/journal.ts';
import { idsOf } from '../../../event-log/partition-ids.ts';
import { startLedger } from '../../../ledger/main.ts';
import { startQueryApi } from '../../../query-api/main.ts';
import { saveCredentials } from '../../../registry/credential-file.ts';
import { createKey } from '../../../registry/credentials.ts';
import { parseSpanNumbers } from '../../../schemas/span-numbers.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import { enricherRole, ledgerRole } from '../../../schemas/state-keys.ts';
import type { Topic } from '../../../schemas/topics.ts';
import { headerNames, topics } from '../../../schemas/topics.ts';
import { otlpJson, postTraces } from '../../support/otlp-json.ts';
import type { TestSpan } from '../../support/otlp-json.ts';
import { eventually } from '../../support/pipeline.ts';
import type { TestStore } from '../../support/test-store.ts';
import { startTestStore } from '../../support/test-store.ts';

const PARTITIONS = 2;
const producer = createKey('app');
const operator = createKey('ops');
const auditorOfAnother = createKey('other');

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
  await writeFile(path('master.key'), '5a'.repeat(32), { mode: 0o600 });
  await writeFile(path('operator.key'), operator.key, { mode: 0o600 });
  await writeFile(path('other.key'), auditorOfAnother.key, { mode: 0o600 });
  await saveCredentials(path('credentials.json'), [
    { ...producer.credential, use: 'producer', tenant: 'acme', producer: 'app', trust: 'gateway' },
    { ...operator.credential, use: 'reader', tenant: 'acme', role: 'operator' },
    { ...auditorOfAnother.credential, use: 'reader', tenant: 'umbra', role: 'auditor' },
  ]);
});
afterAll(async () => store.stop());

// One deployment, stage by stage: what each test takes away stays away, and is told by all that follow.
describe('waybill reconcile', () => {
  const stream = randomBytes(8).toString('hex');

  it('finds no gap where nothing is missing, and says so', async () => {
    await collect(stream, upTo(0, 120));
    await enrich();
    await seal();
    const { code, text } = await ask(reconcileCommand);
    expect(text).toContain('No gap between');
    expect(code).toBe(0);
    const { windows, behind } = await reconciled();
    expect(behind).toEqual([]);
    const sums = windows.reduce(
      (sum, { accepted, read, placed, recorded, sealed }) => {
        return sum.map((each, at) => each + ([accepted, read, placed, recorded, sealed][at] ?? 0));
      },
      [0, 0, 0, 0, 0],
    );
    expect(sums).toEqual([120, 120, 120, 120, 120]);
    expect(windows.reduce((sum, { stored }) => sum + (stored ?? 0), 0)).toBe(120);
  });

  it('names a span that its sender lost', async () => {
    await collect(
      stream,
      upTo(120, 160).filter((number) => number !== 133),
    );
    await enrich();
    await seal();
    const [gap, ...more] = (await reconciled()).gaps;
    expect(more).toEqual([]);
    const named = { producer: 'app', of: stream, first: 133, last: 133, count: 1, open: false };
    expect(gap).toMatchObject({ stage: 'sender', unit: 'numbered span', ...named });
    const { code, text } = await ask(reconcileCommand);
    expect(text).toContain(`GAP  sender: 1 numbered span (133), producer app, stream ${stream}`);
    expect(code).toBe(1);
  });

  it('names what is taken out of the event log before it is read', async () => {
    await collect(stream, upTo(160, 200));
    const taken = await takeOut(topics.spans, 1);
    await enrich();
    await seal();
    const { gaps } = await reconciled();
    const lost = gaps.filter(({ stage }) => stage === 'log');
    const held = Number(taken.headers[headerNames.spans]);
    const [run, from] = taken.headers[headerNames.run]?.split('/') ?? [];
    expect(lost.find(({ unit }) => unit === 'span')).toMatchObject({
      producer: 'app',
      partition: taken.partition,
      of: run,
      first: Number(from),
      last: Number(from) + held - 1,
      count: held,
      open: false,
    });
    // The one that the sender lost a moment before may be either's.
    const numbers = lost.filter(
      ({ unit, first }) => unit === 'numbered span' && (first ?? 0) >= 160,
    );
    expect(numbers.reduce((sum, { count }) => sum + count, 0)).toBe(held);
    expect(numbers.every(({ of }) => of === stream)).toBe(true);
  });

  it('names a record that is taken out before it is sealed', async () => {
    await collect(stream, upTo(200, 240));
    await enrich();
    const taken = await takeOut(topics.records, 0);
    await seal();
    const [{ number } = { number: -1 }] = parseSpanNumbers(taken.headers[headerNames.numbers]);
    const { gaps } = await reconciled();
    const lost = gaps.filter(({ stage }) => stage === 'ledger');
    const { partition } = taken;
    const spans = [{ producer: 'app', stream, number }];
    expect(lost).toMatchObject([
      { unit: 'record', producer: 'app', partition, count: 1, open: false },
      { unit: 'numbered span', producer: 'app', partition, first: number, last: number, spans },
    ]);
  });

  it('names a row that is deleted from the store, and the span that it held', async () => {
    await collect(stream, upTo(240, 280));
    await enrich();
    await seal();
    const { logId, leafIndex, number } = await deleteLeaf();
    const { gaps } = await reconciled();
    expect(gaps.filter(({ stage }) => stage === 'store')).toMatchObject([
      {
        unit: 'leaf',
        of: logId,
        first: leafIndex,
        last: leafIndex,
        count: 1,
        spans: [{ producer: 'app', stream, number }],
        open: false,
      },
    ]);
  });

  it('calls what waits open and no gap, and tells nobody else of it', async () => {
    const before = (await reconciled()).gaps.length;
    await collect(stream, upTo(280, 300));
    const waiting = await reconciled();
    expect(new Set(waiting.behind.map(({ stage }) => stage))).toEqual(new Set(['enricher']));
    expect(waiting.gaps.filter(({ open }) => !open).length).toBeLessThanOrEqual(before);
    await enrich();
    const half = await reconciled();
    expect(new Set(half.behind.map(({ stage }) => stage))).toEqual(new Set(['ledger']));
    expect((await ask(reconcileCommand)).text).toContain('its last counts are not final');
    const other = await reconciled('other.key');
    expect(other).toMatchObject({ windows: [], gaps: [] });
    expect((await ask(reconcileCommand, 'other.key')).code).toBe(0);
  });

  it('knows a producer that lives from one of which nothing is known', async () => {
    expect((await ask(statusCommand)).text).toMatch(/app +sending/);
  });
});

function upTo(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

function spanOf(stream: string, number: number): TestSpan {
  const startMs = Date.now() - 1_000;
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: 'tools/call add',
    kind: 2,
    startMs,
    endMs: startMs + 20,
    attributes: {
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': 'add',
      'telemetry.stream.id': stream,
      'telemetry.stream.number': number,
    },
  };
}

/** Numbered spans, four a request, one request after the other; the collector ends after them. */
async function collect(stream: string, numbers: readonly number[]): Promise<void> {
  const collector = await startCollector(
    parseCollectorConfig({
      logDirectory: path('log'),
      partitions: PARTITIONS,
      otlpHttpPort: 0,
      otlpGrpcPort: 0,
      masterKeyFile: path('master.key'),
      credentialsFile: path('credentials.json'),
    }),
  );
  try {
    const target = { otlpHttp: collector.addresses['otlpHttp'] ?? '', producerKey: producer.key };
    for (let at = 0; at < numbers.length; at += 4) {
      const spans = numbers.slice(at, at + 4).map((number) => spanOf(stream, number));
      const { status } = await postTraces(target, otlpJson({ spans }));
      expect(status).toBe(200);
    }
  } finally {
    await collector.stop();
  }
}

async function enrich(): Promise<void> {
  await untilRead(topics.spans, enricherRole, () =>
    startEnricher(
      parseEnricherConfig({
        logDirectory: path('log'),
        partitions: PARTITIONS,
        metricsPort: 0,
        masterKeyFile: path('master.key'),
        quietMsMax: 100,
        tickMs: 50,
      }),
    ),
  );
}

async function seal(): Promise<void> {
  const { username, passwordFile } = store.engine.credentials.writer;
  await untilRead(topics.records, ledgerRole, () =>
    startLedger({
      logDirectory: path('log'),
      partitions: PARTITIONS,
      masterKeyFile: path('master.key'),
      traceKeysFolder: path('traces'),
      signerFolder: path('signer'),
      store: { url: store.engine.url, username, passwordFile },
      idleWaitMs: 50,
      lingerMs: 20,
    }),
  );
}

/** Runs a role until it has read all of a topic, and nothing more comes of it. */
async function untilRead(
  topic: Topic,
  role: string,
  start: () => Promise<RunningRole>,
): Promise<void> {
  const log = await openEmbeddedLog({ folder: path('log'), partitions: PARTITIONS });
  const running = await start();
  try {
    let quiet = 0;
    await eventually(
      async () => {
        let behind = 0;
        for (let partition = 0; partition < PARTITIONS; partition += 1) {
          const view = await log.inspect(role, partition);
          behind += (await log.range(topic, partition)).end - view.position(topic, partition);
        }
        quiet = behind === 0 ? quiet + 1 : 0;
        return quiet;
      },
      (rounds) => rounds > 6,
    );
  } finally {
    await running.stop();
    await log.close();
  }
}

/** Takes one of the last messages of a topic out of the log's file, as somebody with the disk could. */
async function takeOut(topic: Topic, partition: number): Promise<LogMessage> {
  const log = await openEmbeddedLog({ folder: path('log'), partitions: PARTITIONS });
  const { end } = await log.range(topic, partition);
  const all = { messagesMax: 10_000, bytesMax: 2 ** 26, waitMsMax: 0 };
  const from = Math.max(0, end - 8);
  const messages = await log.read({ topic, partition, offset: from }, all);
  await log.close();
  const wanted = topic === topics.spans ? headerNames.run : headerNames.numbers;
  const chosen = messages.find(
    ({ offset, headers }) => offset < end - 3 && headers[wanted] !== undefined,
  );
  if (!chosen) throw new Error('no message to take out');
  const spans = readdirSync(path('log')).filter((name) => /^spans-.*\.mdb$/.test(name));
  const file = topic === topics.spans ? (spans.toSorted().at(-1) ?? '') : 'main.mdb';
  const env = openEnvironment(join(path('log'), file));
  const id = idsOf(topic, PARTITIONS)[partition] ?? '';
  await openJournal(env, [id]).partitions.get(id)?.remove(chosen.offset);
  await env.close();
  return chosen;
}

async function deleteLeaf(): Promise<{ logId: string; leafIndex: number; number: number }> {
  const reader = await store.as('reader');
  const sql = `SELECT log_id AS logId, leaf_index AS leafIndex, leaf FROM waybill.leaves
    WHERE log_id LIKE 'records/%' ORDER BY leaf_index DESC LIMIT 6`;
  const rows = await reader.query<{ logId: string; leafIndex: number; leaf: string }>({
    sql,
    params: {},
  });
  const { logId, leafIndex, leaf } = rows[5] ?? { logId: '', leafIndex: -1, leaf: '{}' };
  const migrator = await store.as('migrator');
  await migrator.command(
    `ALTER TABLE waybill.leaves DELETE WHERE log_id = '${logId}' AND leaf_index = ${leafIndex} SETTINGS mutations_sync = 1`,
  );
  const { partition, offset } = JSON.parse(leaf) as { partition: number; offset: number };
  const log = await openEmbeddedLog({ folder: path('log'), partitions: PARTITIONS });
  const one = { messagesMax: 1, bytesMax: 2 ** 20, waitMsMax: 0 };
  const [message] = await log.read({ topic: topics.records, partition, offset }, one);
  await log.close();
  const [held] = parseSpanNumbers(message?.headers[headerNames.numbers]);
  return { logId, leafIndex, number: held?.number ?? -1 };
}

async function reconciled(keyFile?: string): Promise<ReconcileAnswer> {
  const { text } = await ask(reconcileCommand, keyFile, '--json');
  return JSON.parse(text) as ReconcileAnswer;
}

async function ask(
  command: Command,
  keyFile = 'operator.key',
  ...more: readonly string[]
): Promise<{ readonly code: number; readonly text: string }> {
  const { username, passwordFile } = store.engine.credentials.reader;
  const api = await startQueryApi({
    port: 0,
    credentialsFile: path('credentials.json'),
    masterKeyFile: path('master.key'),
    logDirectory: path('log'),
    partitions: PARTITIONS,
    store: { url: store.engine.url, username, passwordFile },
    limits: { gapSettleMs: 1 },
  });
  const lines: string[] = [];
  try {
    const url = api.addresses['queryApi'] ?? '';
    const given = ['--url', url, '--key-file', path(keyFile), ...more];
    const code = await command.run(parseArguments(command, given), {
      out: (line) => void lines.push(line),
      note: () => undefined,
      progress: () => undefined,
      paint: paintFor(false),
      environment: {},
    });
    return { code, text: lines.join('\n') };
  } finally {
    await api.stop();
  }
}

function path(name: string): string {
  return join(store.folder, name);
}
