import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { untilReady } from './broker-ready.ts';
import { runContainer } from './run-container.ts';
import { formatLocal, runLocal } from './run-local.ts';
import type { RunningNode } from './running-node.ts';

/** A real Apache Kafka in KRaft mode: one node, or several that are one cluster. */
export interface Brokers {
  /** `host:port` of each node, as clients connect. */
  readonly addresses: readonly string[];
  /** The same of the listener by SASL over TLS, where there is one. */
  readonly secureAddresses: readonly string[];
  /** Behind the ports of `proxyPorts`: where what stands in between is to connect to. */
  readonly proxiedAddresses: readonly string[];
  /** SIGKILL: nothing of it is flushed or said. */
  kill(node: number): Promise<void>;
  /** SIGSTOP and SIGCONT: it hangs, and comes back as if no time had passed. */
  pause(node: number): void;
  resume(node: number): void;
  /** Starts a node that was killed, on its data. */
  start(node: number): Promise<void>;
  /** Ends all and deletes their data. Safe twice. */
  stop(): Promise<void>;
}

export type BrokerOptions = {
  /** 1 or 3. */
  readonly nodes: number;
  /** Lines of `server.properties` of one more listener, by SASL over TLS. */
  readonly secure?: Readonly<Record<string, string>>;
  /** One a node: clients of one more listener are told this port, where something of ours stands in between. */
  readonly proxyPorts?: readonly number[];
  /** Further arguments of the storage tool, e.g. SCRAM users. */
  readonly format?: readonly string[];
};

type Node = {
  readonly folder: string;
  readonly clientPort: number;
  readonly controllerPort: number;
  /** Of the second listener, where there is one. */
  readonly securePort: number;
};

export async function startBrokers(options: BrokerOptions): Promise<Brokers> {
  const root = mkdtempSync(join(tmpdir(), 'waybill-broker-'));
  const ports = await freePorts(3 * options.nodes);
  const nodes = Array.from({ length: options.nodes }, (_, at): Node => ({
    folder: join(root, `node-${at}`),
    clientPort: ports[3 * at] ?? 0,
    controllerPort: ports[3 * at + 1] ?? 0,
    securePort: ports[3 * at + 2] ?? 0,
  }));
  const uuid = Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
  // An id that begins with a hyphen would be taken for an option.
  const clusterId = Buffer.concat([Buffer.of(0), uuid.subarray(1)]).toString('base64url');
  const running = new Map<number, RunningNode>();
  const addresses = nodes.map(({ clientPort }) => `127.0.0.1:${clientPort}`);
  const second = nodes.map(({ securePort }) => `127.0.0.1:${securePort}`);
  const start = async (at: number): Promise<void> => {
    const node = nodes[at];
    if (node === undefined) throw new Error(`There is no broker ${at}.`);
    const files = { folder: node.folder, properties: `${node.folder}.properties` };
    const format = ['-t', clusterId, ...(options.format ?? [])];
    const isNew = !existsSync(files.properties);
    if (isNew) writeProperties(node, at, nodes, options);
    if (inContainers()) {
      running.set(at, await runContainer(files, format));
      return;
    }
    if (isNew) formatLocal(files, format);
    running.set(at, await runLocal(files));
  };
  const kill = async (at: number): Promise<void> => {
    const found = running.get(at);
    running.delete(at);
    await found?.kill();
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...running.keys()].map(kill));
    rmSync(root, { recursive: true, force: true });
  };
  try {
    await Promise.all(nodes.map((_, at) => start(at)));
    await untilReady(addresses);
  } catch (error) {
    const tail = nodes.map((node) => tailOf(node)).join('\n');
    await stop();
    throw new Error(`The broker did not come up. Its last words:\n${tail}`, { cause: error });
  }
  return {
    addresses,
    secureAddresses: second,
    proxiedAddresses: second,
    kill,
    start,
    stop,
    pause: (at) => running.get(at)?.pause(),
    resume: (at) => running.get(at)?.resume(),
  };
}

/** `WAYBILL_TEST_BROKER`: `local` (the default) runs the broker's jars on this machine's Java, `testcontainers` an image in Docker. */
function inContainers(): boolean {
  const where = process.env['WAYBILL_TEST_BROKER'] ?? 'local';
  if (where === 'local' || where === 'testcontainers') return where === 'testcontainers';
  throw new Error(`WAYBILL_TEST_BROKER is local or testcontainers, and not ${where}.`);
}

function writeProperties(
  node: Node,
  at: number,
  nodes: readonly Node[],
  options: BrokerOptions,
): void {
  const replicas = String(Math.min(3, nodes.length));
  const inSync = String(Math.min(2, nodes.length));
  const voters = nodes.map(({ controllerPort }, id) => `${id}@127.0.0.1:${controllerPort}`);
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(at),
    'controller.quorum.voters': voters.join(','),
    listeners: `PLAINTEXT://127.0.0.1:${node.clientPort},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${node.clientPort}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': join(node.folder, 'data'),
    'auto.create.topics.enable': 'false',
    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': '4',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'broker.session.timeout.ms': '6000',
    ...(options.secure && secureListener(node, options.secure)),
    ...(options.proxyPorts && proxiedListener(node, options.proxyPorts[at])),
  };
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}`);
  writeFileSync(`${node.folder}.properties`, lines.join('\n'));
}

function secureListener(
  { clientPort, controllerPort, securePort }: Node,
  properties: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [plain, secure] = [clientPort, securePort].map((port) => `://127.0.0.1:${port}`);
  return {
    listeners: `PLAINTEXT${plain},SASL_SSL${secure},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT${plain},SASL_SSL${secure}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL',
    ...properties,
  };
}

function proxiedListener(
  { clientPort, controllerPort, securePort }: Node,
  proxyPort = 0,
): Readonly<Record<string, string>> {
  const plain = `PLAINTEXT://127.0.0.1:${clientPort}`;
  return {
    listeners: `${plain},PROXIED://127.0.0.1:${securePort},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `${plain},PROXIED://127.0.0.1:${proxyPort}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT',
  };
}

function tailOf(node: Node): string {
  const log = `${node.folder}.log`;
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(-20).join('\n') : '';
}

/** All at once, so that none is given out twice. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
