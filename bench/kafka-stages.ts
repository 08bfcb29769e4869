import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { EventLog, NewMessage } from '../event-log/event-log.ts';
import { headerNames, topics } from '../schemas/topics.ts';
import type { Deployment } from '../test/support/kafka/deployment.ts';
import { startDeployment } from '../test/support/kafka/deployment.ts';
import type { RoleProcess } from '../test/support/kafka/roles.ts';
import { startBrokers } from '../test/support/kafka/start-brokers.ts';
import { cpuSecondsOf } from './collector-process.ts';
import { sharesOf } from './load/cpu-profile.ts';
import { createRequestTemplate } from './load/mcp-request.ts';

/**
 * Enrichers and ledgers as processes on a real broker: calls a second and process, and CPU seconds of the processes per million calls, with 1, 2 and 4 of them. The
 * topic is filled before, with as many calls a process; CPU is counted from when they run, time from when each owns something. Ledgers seal what the enrichers
 * published, with one signer, into one embedded engine. `--profile` says, instead, where their main threads are busy.
 */
const { values } = parseArgs({
  options: {
    processes: { type: 'string', default: '1,2,4' },
    calls: { type: 'string', default: '20000' },
    profile: { type: 'boolean', default: false },
  },
});

const PARTITIONS = 4;
const CALLS_PER_MESSAGE = 40;
const SAMPLE_MS = 100;
const WAIT_MS_MAX = 100_000;

type Stage = 'enricher' | 'ledger';
type Figures = {
  readonly stage: Stage;
  readonly processes: number;
  readonly callsPerSecond: number;
  readonly cpuPerMillion: number;
};

const brokers = await startBrokers({ nodes: 1 });
try {
  const figures: Figures[] = [];
  for (const processes of values.profile ? [1] : values.processes.split(',').map(Number)) {
    figures.push(...(await measureBoth(brokers.addresses, processes)));
  }
  if (!values.profile) print(figures);
} finally {
  await brokers.stop();
}

async function measureBoth(
  addresses: readonly string[],
  processes: number,
): Promise<readonly Figures[]> {
  const deployment = await startDeployment(addresses, PARTITIONS);
  const log = await deployment.openLog();
  try {
    await deployment.start('key-keeper', 'keys');
    await deployment.start('signer', 'signer');
    const calls =
      Math.ceil((Number(values.calls) * processes) / (PARTITIONS * 40)) * PARTITIONS * 40;
    await fill(log, calls);
    const asked = { deployment, processes, calls };
    const figures = [await measureStage('enricher', asked), await measureStage('ledger', asked)];
    for (const { stage, callsPerSecond, cpuPerMillion } of figures) {
      const [rate, cpu] = [callsPerSecond, cpuPerMillion].map((value) => Math.round(value));
      console.error(`${stage} × ${processes}: ${rate} calls/s each, ${cpu} CPU s per million`);
    }
    return figures;
  } finally {
    await log.close();
    await deployment.stop();
  }
}

/** Calls of three spans, forty a message, as a busy collector packs them. */
async function fill(log: EventLog, calls: number): Promise<void> {
  const template = createRequestTemplate(CALLS_PER_MESSAGE * 3, 11);
  const headers = Object.freeze({
    [headerNames.tenant]: 'default',
    [headerNames.producer]: 'bench',
    [headerNames.trust]: 'gateway',
    [headerNames.spans]: String(CALLS_PER_MESSAGE * 3),
  });
  for (let at = 0; at < calls / CALLS_PER_MESSAGE; at += PARTITIONS) {
    const messages = Array.from({ length: PARTITIONS }, (_, partition): NewMessage => {
      template.refresh(Date.now());
      return {
        topic: topics.spans,
        partition,
        key: null,
        headers,
        value: Buffer.from(template.bytes),
      };
    });
    await log.append(messages);
  }
}

type Asked = {
  readonly deployment: Deployment;
  readonly processes: number;
  readonly calls: number;
};

async function measureStage(stage: Stage, asked: Asked): Promise<Figures> {
  const profiles = mkdtempSync(join(tmpdir(), 'waybill-profiles-'));
  const environment = values.profile
    ? { ...process.env, NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profiles}` }
    : process.env;
  const { deployment, processes } = asked;
  const settings = ['metricsPort=0', ...(stage === 'ledger' ? deployment.signedElsewhere : [])];
  const running = await Promise.all(
    Array.from({ length: processes }, (_, at) =>
      deployment.start(stage, `${stage}-${at}`, settings, environment),
    ),
  );
  try {
    const figures = await measure(stage, running, asked);
    await Promise.all(running.map((role) => role.stop()));
    if (values.profile) printShares(stage, profiles);
    return figures;
  } finally {
    rmSync(profiles, { recursive: true, force: true });
  }
}

type Sample = { readonly atMs: number; readonly calls: number; readonly cpuSeconds: number };

async function measure(
  stage: Stage,
  running: readonly RoleProcess[],
  { calls, processes }: Asked,
): Promise<Figures> {
  const deadline = Date.now() + WAIT_MS_MAX;
  const before = await sampleOf(stage, running);
  let beganMs: number | undefined;
  for (;;) {
    const sample = await sampleOf(stage, running);
    // What they do before they own anything is their start, and is measured as CPU only.
    if (sample.calls > before.calls || (await areReady(stage, running))) beganMs ??= sample.atMs;
    if (beganMs !== undefined && sample.calls >= calls) {
      const seconds = (sample.atMs - beganMs) / 1000;
      // What the first did while others still started is in neither figure.
      const done = sample.calls - before.calls;
      if (done < calls / 2) throw new Error('Too few calls to measure: give more by --calls.');
      return {
        stage,
        processes,
        callsPerSecond: done / seconds / processes,
        cpuPerMillion: ((sample.cpuSeconds - before.cpuSeconds) * 1e6) / done,
      };
    }
    if (Date.now() > deadline) {
      throw new Error(`Only ${sample.calls} of ${calls} calls came through the ${stage} in time.`);
    }
    await wait(SAMPLE_MS);
  }
}

async function areReady(stage: Stage, running: readonly RoleProcess[]): Promise<boolean> {
  const said = await Promise.all(running.map((role) => look(stage, role, '/readyz')));
  return said.every((text) => text === 'ready\n');
}

/** Asks on a connection of its own: one that is kept may end while nothing is asked on it. */
async function look(stage: Stage, { addresses }: RoleProcess, path: string): Promise<string> {
  const url = new URL(path, addresses[`${stage}Metrics`]);
  return (await fetch(url, { headers: { connection: 'close' } })).text();
}

async function sampleOf(stage: Stage, running: readonly RoleProcess[]): Promise<Sample> {
  const each = await Promise.all(running.map((role) => doneBy(stage, role)));
  return {
    atMs: performance.now(),
    calls: each.reduce((sum, done) => sum + done, 0),
    cpuSeconds: running.reduce((sum, { pid }) => sum + cpuSecondsOf(pid), 0),
  };
}

/** By what each process counts itself: records published, or leaves of records. */
async function doneBy(stage: Stage, role: RoleProcess): Promise<number> {
  const text = await look(stage, role, '/metrics');
  const series =
    stage === 'enricher'
      ? /^waybill_enricher_records_total\{[^}]*\} (\d+)/gmu
      : /^waybill_ledger_log_leaves\{log="records\/[^}]*\} (\d+)/gmu;
  const counts = [...text.matchAll(series)].map(([, count]) => Number(count));
  return counts.reduce((sum, count) => sum + count, 0);
}

function print(figures: readonly Figures[]): void {
  const one = new Map(
    figures.filter(({ processes }) => processes === 1).map((each) => [each.stage, each]),
  );
  const rows = figures.map(({ stage, processes, callsPerSecond, cpuPerMillion }) => {
    const against = one.get(stage)?.cpuPerMillion;
    const ratio = against === undefined ? '' : `${((cpuPerMillion / against) * 100).toFixed(0)} %`;
    const rate = Math.round(callsPerSecond).toLocaleString('en');
    return `| ${[stage, processes, rate, cpuPerMillion.toFixed(0), ratio].join(' | ')} |`;
  });
  console.log(
    [
      '| stage | processes | calls/s a process | CPU s per million calls | of one process’ |',
      '| --- | --- | --- | --- | --- |',
      ...rows.toSorted(),
    ].join('\n'),
  );
}

function printShares(stage: Stage, folder: string): void {
  const rows = [...sharesOf(folder)]
    .slice(0, 12)
    .map(([owner, share]) => `| ${owner} | ${(100 * share).toFixed(1)} % |`);
  console.log(
    [`\n| ${stage}: where its main thread is busy | share |`, '| --- | --- |', ...rows].join('\n'),
  );
}
