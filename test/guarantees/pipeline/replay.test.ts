import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FIRST_TENANT, keyFilesOf, makeFirstKeys } from '../../../cli/first-start.ts';
import { startRole } from '../../../cli/start-role.ts';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { EventLog } from '../../../event-log/event-log.ts';
import { applyBuiltInPriceBook, applyRegistry } from '../../../registry/apply.ts';
import { parseRegistry } from '../../../registry/document.ts';
import { openTraceKeyMaker } from '../../../key-store/trace-key-maker.ts';
import { readSecretKey } from '../../../registry/master-key.ts';
import { tenantKey } from '../../../registry/tenant-keys.ts';
import { readKeyRing } from '../../../registry/key-ring.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import { countPrefix, enricherRole } from '../../../schemas/state-keys.ts';
import { topics } from '../../../schemas/topics.ts';
import { checkBuckets } from '../../support/killed/check-buckets.ts';
import type { Target } from '../../support/killed/client.ts';
import { runClient } from '../../support/killed/client.ts';
import { createProblems } from '../../support/killed/problems.ts';
import { checkReplay } from '../../support/killed/replay.ts';
import { eventually } from '../../support/pipeline.ts';

const SEED = 4711;
const CHUNKS = 24;

/** Each life of the enricher reads, commits and remembers otherwise; none of it may show in a record. */
const LIVES = [
  { batchMessagesMax: 1 },
  { batchMessagesMax: 3, cachedSpansMax: 1, expiredPerCommitMax: 1 },
  { batchMessagesMax: 1000, cachedSpansMax: 100, registryPollMs: 50 },
  { tickMs: 20, registryPollMs: 50 },
];
const LIFE_MS = 2000;

let dataDir: string;
let log: EventLog;
const roles: RunningRole[] = [];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'waybill-replay-'));
  await makeFirstKeys(dataDir);
  log = await openEmbeddedLog({ folder: join(dataDir, 'log'), partitions: 2 });
});
afterAll(async () => {
  for (const role of roles) await role.stop();
  await log.close();
  await rm(dataDir, { recursive: true, force: true });
});

test(`replaying the log gives the same records, byte for byte, whatever the batches, restarts and changes of the registry were (seed ${SEED})`, async () => {
  const target = await startCollector();
  const traffic = { seed: SEED, baseMs: Date.now() };
  const more = (chunks: number): boolean => chunks < CHUNKS;
  const sent = runClient({ traffic, spansPerSecond: 1000, target: async () => target, more });
  await liveOften();
  await startEnricher({});
  const { chunks, spans } = await sent;
  await eventually(
    () => openSpans(spans),
    (open) => open === 0,
  );
  await roles.pop()?.stop();

  const problems = createProblems();
  const buckets = await checkBuckets(log, { traffic, chunks }, problems);
  const masterKey = await readSecretKey(keyFilesOf(dataDir).masterKeyFile);
  const maker = await openTraceKeyMaker({
    folder: traceKeysFolder(),
    wrappingKey: (tenant) => tenantKey(masterKey, tenant, 'trace'),
  });
  const records = await checkReplay(log, SEED, problems, maker);
  await maker.close();
  expect(problems.list()).toEqual([]);
  expect(buckets.distinct).toBe(spans);
  expect(records).toBeGreaterThan(500);
  // Teams and prices came while calls were made: some records know them, others do not.
  expect((await log.range(topics.registry, 0)).end).toBe(2);
});

/** One enricher after the other, with the registry changing between them. */
async function liveOften(): Promise<void> {
  for (const [at, config] of LIVES.entries()) {
    await startEnricher(config);
    await new Promise((resolve) => setTimeout(resolve, LIFE_MS));
    if (at === 1) await declareTeams();
    if (at === 2) await applyBuiltInPriceBook(await registryChange());
    await roles.pop()?.stop();
  }
}

async function startCollector(): Promise<Target> {
  const { masterKeyFile, credentialsFile, producerKeyFile, gatewayKeyFile } = keyFilesOf(dataDir);
  const logDirectory = join(dataDir, 'log');
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0 };
  const config = { ...ports, logDirectory, masterKeyFile, credentialsFile };
  const collector = await startRole({ role: 'collector', config });
  roles.push(collector);
  return {
    otlpHttp: collector.addresses['otlpHttp'] ?? '',
    producerKey: (await readFile(producerKeyFile, 'utf8')).trim(),
    gatewayKey: (await readFile(gatewayKeyFile, 'utf8')).trim(),
  };
}

function traceKeysFolder(): string {
  return join(dataDir, 'keys', 'traces');
}

async function startEnricher(config: Readonly<Record<string, number>>): Promise<void> {
  const logDirectory = join(dataDir, 'log');
  const { masterKeyFile } = keyFilesOf(dataDir);
  const own = { logDirectory, masterKeyFile, traceKeysFolder: traceKeysFolder() };
  roles.push(await startRole({ role: 'enricher', config: { ...config, ...own } }));
}

async function declareTeams(): Promise<void> {
  const document = parseRegistry(`
teams: [{ id: care, name: Care, costCenter: '1', members: [person-1@example.com] }]
agents: [{ name: triage, team: care, owner: person-1@example.com }]
`);
  await applyRegistry({ ...(await registryChange()), document });
}

async function registryChange() {
  const keys = await readKeyRing(keyFilesOf(dataDir).masterKeyFile);
  return { log, tenant: FIRST_TENANT, keys, actor: null, clock: Date.now };
}

/** Spans of which the enricher has not said the last word; all of them, until it has seen as many as were sent. */
async function openSpans(sent: number): Promise<number> {
  const sums = new Map<string, number>();
  for (let partition = 0; partition < log.partitions; partition += 1) {
    const view = await log.inspect(enricherRole, partition);
    for (const [key, value] of view.scanState(countPrefix)) {
      const count = key.slice(key.lastIndexOf('/') + 1);
      sums.set(count, (sums.get(count) ?? 0) + Number(Buffer.from(value).toString()));
    }
  }
  return (sums.get('accepted') ?? 0) < sent ? sent : (sums.get('open') ?? 0);
}
