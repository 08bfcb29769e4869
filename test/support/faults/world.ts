import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RoleName } from '../../../cli/role-starts.ts';
import type { FakeHec } from '../fake-hec.ts';
import { startFakeHec } from '../fake-hec.ts';
import type { Deployment } from '../kafka/deployment.ts';
import { startDeployment } from '../kafka/deployment.ts';
import type { RoleProcess } from '../kafka/roles.ts';
import type { Brokers } from '../kafka/start-brokers.ts';
import { freePorts, startBrokers } from '../kafka/start-brokers.ts';
import type { Target } from '../killed/client.ts';
import type { ForeignWriter } from './foreign-writer.ts';
import { FOREIGN_PRODUCER, startForeignWriter } from './foreign-writer.ts';
import type { KafkaProxy } from './kafka-proxy.ts';
import { startKafkaProxy } from './kafka-proxy.ts';
import type { StoreProxy } from './store-proxy.ts';
import { startStoreProxy } from './store-proxy.ts';

/** The whole pipeline as processes on three real brokers and a real engine, with something of ours on every wire. */
export type World = {
  readonly brokers: Brokers;
  readonly kafka: KafkaProxy;
  readonly store: StoreProxy;
  readonly hec: FakeHec;
  readonly deployment: Deployment;
  readonly foreign: ForeignWriter;
  /** For files of a scenario. */
  readonly folder: string;
  /** Processes by name. */
  readonly running: ReadonlyMap<string, RoleProcess>;
  start(name: string): Promise<void>;
  /** SIGKILL; it stays away until it is started again. */
  kill(name: string): Promise<void>;
  /** SIGTERM; rejects where it does not end with 0. */
  end(name: string): Promise<void>;
  /** By so many milliseconds from the true time; 0 sets it right. */
  moveClock(name: string, byMs: number): void;
  /** Full for it, or with room again. */
  fillDisk(name: string, isFull: boolean): void;
  /** A collector that is up, each in turn. */
  target(): Promise<Target>;
  /** Processes that ended and were not told to, with their last words. */
  readonly fallen: readonly string[];
  /** The highest resident memory of each process so far, MiB. */
  memoryMiB(): ReadonlyMap<string, number>;
  stop(): Promise<void>;
};

/** Who there is, and what is set for it. A name keeps its state over its processes. */
export const cast = {
  keys: 'key-keeper',
  signer: 'signer',
  'collector-a': 'collector',
  'collector-b': 'collector',
  'enricher-a': 'enricher',
  'enricher-b': 'enricher',
  'ledger-a': 'ledger',
  'ledger-b': 'ledger',
  'query-api': 'query-api',
  siem: 'siem-exporter',
} as const satisfies Readonly<Record<string, RoleName>>;

const CLOCKED = new URL('clocked-process.ts', import.meta.url).href;
const PARTITIONS = 4;
const REPLICAS = 3;
const HEC_TOKEN = 'token';
const TARGET_LOOK_MS = 100;

export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-faults-'));
  const proxyPorts = await freePorts(REPLICAS);
  const brokers = await startBrokers({ nodes: REPLICAS, proxyPorts });
  const kafka = await startKafkaProxy(proxyPorts, brokers.proxiedAddresses);
  const deployment = await startDeployment(brokers.addresses, PARTITIONS, REPLICAS);
  const { topicPrefix } = deployment.fresh.settings;
  const foreign = await startForeignWriter(brokers.addresses, topicPrefix);
  const store = await startStoreProxy(deployment.store.engine.url);
  const hec = await startFakeHec({ token: HEC_TOKEN });
  const running = new Map<string, RoleProcess>();
  const fallen: string[] = [];
  const peaks = new Map<string, number>();
  const settingsOf = settingsFor({ proxyPorts, store, hec, deployment, foreign, folder });
  const clockOf = (name: string): string => join(folder, `${name}.clock`);
  const fullOf = (name: string): string => join(folder, `${name}.full`);
  let turn = 0;

  const start = async (name: string): Promise<void> => {
    const role = roleOf(name);
    const started = await deployment.start(role, name, settingsOf(name, role), {
      ...process.env,
      NODE_OPTIONS: `--import=${CLOCKED}`,
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      WAYBILL_CLOCK_FILE: clockOf(name),
      WAYBILL_FULL_FILE: fullOf(name),
    });
    running.set(name, started);
    void noteFall(name, started);
  };
  const noteFall = async (name: string, process: RoleProcess): Promise<void> => {
    await process.ended;
    if (running.get(name) !== process) return;
    running.delete(name);
    fallen.push(`${name} ended by itself: ${process.said()}`);
  };
  const take = (name: string): RoleProcess | undefined => {
    const found = running.get(name);
    if (found) notePeak(peaks, name, found.pid);
    running.delete(name);
    return found;
  };
  return {
    brokers,
    kafka,
    store,
    hec,
    deployment,
    foreign,
    folder,
    running,
    fallen,
    start,
    kill: async (name) => take(name)?.kill(),
    end: async (name) => {
      const process = take(name);
      const code = await process?.stop();
      if (code !== 0) throw new Error(`${name} ended with ${code}: ${process?.said()}`);
    },
    moveClock: (name, byMs) => writeFileSync(clockOf(name), String(byMs)),
    fillDisk: (name, isFull) => {
      if (isFull) writeFileSync(fullOf(name), '');
      else rmSync(fullOf(name), { force: true });
    },
    target: async () => {
      for (;;) {
        const up = [...running.values()].filter(({ role }) => role === 'collector');
        turn += 1;
        const otlpHttp = up[turn % Math.max(1, up.length)]?.addresses['otlpHttp'];
        const { producerKey, gatewayKey } = deployment;
        if (otlpHttp !== undefined) return { otlpHttp, producerKey, gatewayKey };
        await new Promise((resolve) => setTimeout(resolve, TARGET_LOOK_MS));
      }
    },
    memoryMiB: () => {
      for (const [name, { pid }] of running) notePeak(peaks, name, pid);
      return peaks;
    },
    stop: async () => {
      running.clear();
      await foreign.close();
      await deployment.stop();
      await store.stop();
      await hec.close();
      await kafka.stop();
      await brokers.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Names of further members begin with their role's. */
function roleOf(name: string): RoleName {
  const known: Readonly<Record<string, RoleName>> = cast;
  const role = known[name] ?? known[`${name.split('-')[0]}-a`];
  if (role === undefined) throw new Error(`There is no ${name}.`);
  return role;
}

type Wires = Pick<World, 'store' | 'hec' | 'deployment' | 'foreign' | 'folder'> & {
  readonly proxyPorts: readonly number[];
};

function settingsFor({ proxyPorts, store, hec, deployment, foreign, folder }: Wires) {
  const brokers = JSON.stringify(proxyPorts.map((port) => `127.0.0.1:${port}`));
  const tokenFile = join(folder, 'hec.token');
  writeFileSync(tokenFile, HEC_TOKEN, { mode: 0o600 });
  const { username, passwordFile } = deployment.store.engine.credentials.reader;
  const { topic } = foreign;
  const owner = { tenant: 'default', producer: FOREIGN_PRODUCER, trust: 'gateway' };
  const taken = [{ ...owner, topic, encoding: 'otlp_proto' }];
  const own: Partial<Record<RoleName, readonly string[]>> = {
    collector: [`foreignTopics=${JSON.stringify(taken)}`],
    ledger: [`store.url=${store.url}`, ...deployment.signedElsewhere],
    signer: [`store.url=${store.url}`],
    'query-api': [`store.url=${store.url}`, `readSpool.folder=${join(folder, 'reads')}`],
    'siem-exporter': [
      `storeUrl=${store.url}`,
      `storeUser=${username}`,
      `storePasswordFile=${passwordFile}`,
      `hecUrl=${hec.url}`,
      `hecTokenFile=${tokenFile}`,
      'tenants=[default]',
      // Waits that suit a day's outage would keep a test waiting after a second's.
      'retryMsMax=2000',
    ],
  };
  mkdirSync(join(folder, 'reads'), { recursive: true });
  return (name: string, role: RoleName): readonly string[] => {
    const common =
      role === 'key-keeper' || role === 'signer'
        ? []
        : [`kafka.brokers=${brokers}`, `kafka.clientId=${name}`, 'kafka.sessionWaitMsMax=3000'];
    return [...common, ...(own[role] ?? [])];
  };
}

function notePeak(peaks: Map<string, number>, name: string, pid: number): void {
  const peak = peakMiB(pid);
  peaks.set(name, Math.max(peak, peaks.get(name) ?? 0));
}

/** Linux only; 0 for a process that has ended. */
function peakMiB(pid: number): number {
  try {
    const kib = /VmHWM:\s+(\d+) kB/u.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Number(kib ?? 0) / 1024;
  } catch {
    return 0;
  }
}
