import type { Arguments, Command } from '../command.ts';
import type { Embedded, EmbeddedOptions } from '../embedded.ts';
import { endOnSignal } from '../end-on-signal.ts';
import { PARTITIONS_MAX } from '../../event-log/check-message.ts';
import { CommandFailure } from '../failure.ts';
import { checkPort } from '../free-port.ts';
import { readRoleConfig } from '../role-config.ts';
import type { Terminal } from '../terminal.ts';
import { untilEnd } from '../until-end.ts';

/** Starts the embedded pipeline and keeps it up until it is told to end. */
export const upCommand: Command = {
  name: 'up',
  summary: 'start the pipeline on this machine and keep it running',
  positionals: [],
  options: {
    'data-dir': { type: 'string', value: 'DIR', means: 'everything durable (./waybill-data)' },
    'otlp-http-port': { type: 'string', value: 'N', means: 'OTLP/HTTP (4318; 0: a free one)' },
    'otlp-grpc-port': { type: 'string', value: 'N', means: 'OTLP/gRPC (4317; 0: a free one)' },
    'query-port': { type: 'string', value: 'N', means: 'query API (4319; 0: a free one)' },
    partitions: {
      type: 'string',
      value: 'N',
      means: 'partitions of a new event log (1); fixed at birth',
    },
    host: { type: 'string', value: 'ADDRESS', means: 'address to listen on (127.0.0.1)' },
    registry: {
      type: 'string',
      value: 'FILE',
      means: 'YAML with teams, agents, servers and prices; applied when it changed',
    },
    anchors: {
      type: 'string',
      value: 'FILE',
      means: 'YAML: anchors under ledger, who keeps signed heads',
    },
    archive: {
      type: 'string',
      value: 'FILE',
      means: 'YAML: archive under ledger, where sealed records are kept apart',
    },
    'splunk-hec-url': { type: 'string', value: 'URL', means: 'send sealed records to Splunk' },
    'splunk-hec-token-file': { type: 'string', value: 'FILE', means: 'file with its token' },
    json: { type: 'boolean', means: 'one JSON line with addresses and key files when ready' },
  },
  examples: [
    'waybill up',
    'waybill up --data-dir /var/lib/waybill --registry registry.yaml',
    'waybill up --json --otlp-http-port 0 --otlp-grpc-port 0 --query-port 0',
  ],
  async run(given, terminal) {
    const options = await readOptions(given, terminal);
    const { host } = options;
    await checkPort(host, options.otlpHttpPort, '--otlp-http-port');
    await checkPort(host, options.otlpGrpcPort, '--otlp-grpc-port');
    await checkPort(host, options.queryPort, '--query-port');
    const ending = endOnSignal(terminal);
    // Loaded here, so that `waybill calls` does not wait for an engine it never starts.
    const { startEmbedded } = await import('../embedded.ts');
    const embedded = await startEmbedded(options).catch((cause: unknown) => {
      throw cause instanceof CommandFailure ? cause : startFailure(cause);
    });
    terminal.progress('');
    terminal.out(
      given.flag('json') ? JSON.stringify(embedded.addresses) : ready(embedded, terminal),
    );
    return untilEnd('up', embedded, ending, terminal);
  },
};

async function readOptions(given: Arguments, terminal: Terminal): Promise<EmbeddedOptions> {
  const registryFile = given.text('registry');
  const hecUrl = given.text('splunk-hec-url');
  const hecTokenFile = given.text('splunk-hec-token-file');
  if ((hecUrl === undefined) !== (hecTokenFile === undefined)) {
    throw new CommandFailure(
      'usage',
      'waybill up: --splunk-hec-url and --splunk-hec-token-file go together.',
    );
  }
  const anchorsFile = given.text('anchors');
  const archiveFile = given.text('archive');
  return {
    dataDirectory: given.text('data-dir') ?? 'waybill-data',
    host: given.text('host') ?? '127.0.0.1',
    otlpHttpPort: readPort(given, 'otlp-http-port', 4318),
    otlpGrpcPort: readPort(given, 'otlp-grpc-port', 4317),
    queryPort: readPort(given, 'query-port', 4319),
    ...readPartitions(given),
    ...(registryFile === undefined ? {} : { registryFile }),
    ...(hecUrl !== undefined && hecTokenFile !== undefined
      ? { siem: { hecUrl, hecTokenFile } }
      : {}),
    ...(anchorsFile === undefined ? {} : { anchors: await readAnchors(anchorsFile, terminal) }),
    ...(archiveFile === undefined ? {} : { archive: await readArchive(archiveFile, terminal) }),
    onProgress: (step) => terminal.progress(`${step} …`),
  };
}

/** The ledger checks what each is. */
async function readAnchors(file: string, { environment }: Terminal): Promise<readonly unknown[]> {
  const source = { command: 'up', file, settings: [], environment };
  const { anchors } = await readRoleConfig(source, 'ledger');
  if (Array.isArray(anchors)) return anchors;
  throw new CommandFailure(
    'usage',
    `waybill up: ${file} has no list \`anchors\` under \`ledger\`.`,
  );
}

async function readArchive(file: string, { environment }: Terminal): Promise<unknown> {
  const source = { command: 'up', file, settings: [], environment };
  const { archive } = await readRoleConfig(source, 'ledger');
  if (archive !== undefined) return archive;
  throw new CommandFailure('usage', `waybill up: ${file} has no \`archive\` under \`ledger\`.`);
}

function readPort(given: Arguments, option: string, fallback: number): number {
  const text = given.text(option);
  if (text === undefined) return fallback;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (port <= 65_535) return port;
  throw new CommandFailure('usage', `waybill up: --${option} ${text} is no port from 0 to 65535.`);
}

function readPartitions(given: Arguments): Pick<EmbeddedOptions, 'partitions'> {
  const text = given.text('partitions');
  if (text === undefined) return {};
  const partitions = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (partitions >= 1 && partitions <= PARTITIONS_MAX) return { partitions };
  throw new CommandFailure(
    'usage',
    `waybill up: --partitions ${text} is no number from 1 to ${PARTITIONS_MAX}.`,
  );
}

function startFailure(cause: unknown): CommandFailure {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CommandFailure('failed', `waybill up: it could not be started: ${why}`, cause);
}

function ready({ addresses, first }: Embedded, { paint }: Terminal): string {
  const { otlpHttp, otlpGrpc, queryApi, clickhouse, dataDir } = addresses;
  const rows = [
    ['OTLP/HTTP', otlpHttp],
    ['OTLP/gRPC', otlpGrpc],
    ['Query API', `${queryApi}  (${queryApi}/openapi.json)`],
    ['ClickHouse', clickhouse],
    ['Data', dataDir],
  ] as const;
  const keys = [
    ['send', addresses.producerKeyFile],
    ['send, as a gateway', addresses.gatewayKeyFile],
    ['read', addresses.auditorKeyFile],
  ] as const;
  return [
    paint.bold('Waybill is up.'),
    ...rows.map(([name, value]) => `  ${name.padEnd(11)} ${value}`),
    '',
    `${first ? 'Keys made at this first start' : 'Keys'} (sent as "Authorization: Bearer <key>"):`,
    ...keys.map(([name, file]) => `  ${name.padEnd(19)} ${file}`),
    '',
    `Next: npx waybill calls --since 24h · npx waybill status · Ctrl-C ends it.`,
  ].join('\n');
}
