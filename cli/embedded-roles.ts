import { join } from 'node:path';
import type { RunningEngine } from '../record-store/engine.ts';
import type { EmbeddedOptions } from './embedded.ts';
import type { KeyFiles } from './first-start.ts';
import { FIRST_TENANT } from './first-start.ts';
import type { RoleOrder } from './role-worker.ts';

/** The roles of one embedded pipeline in the order of the walk, each with its configuration. */
export function roleOrders(
  options: EmbeddedOptions & { readonly partitions: number },
  keys: KeyFiles,
  engine: RunningEngine,
): readonly RoleOrder[] {
  const logDirectory = join(options.dataDirectory, 'log');
  const { masterKeyFile, credentialsFile } = keys;
  const traceKeysFolder = join(keys.folder, 'traces');
  const { host, partitions } = options;
  const log = { logDirectory, partitions };
  const reader = engine.credentials.reader;
  return [
    {
      role: 'collector',
      config: {
        host,
        otlpHttpPort: options.otlpHttpPort,
        otlpGrpcPort: options.otlpGrpcPort,
        ...log,
        masterKeyFile,
        credentialsFile,
      },
    },
    { role: 'enricher', config: { ...log, masterKeyFile, traceKeysFolder } },
    {
      role: 'ledger',
      config: {
        ...log,
        masterKeyFile,
        traceKeysFolder,
        signerFolder: join(keys.folder, 'signer'),
        store: { url: engine.url, ...engine.credentials.writer },
        eraser: engine.credentials.eraser,
        auditor: engine.credentials.auditor,
        ...(options.anchors ? { anchors: options.anchors } : {}),
        ...(options.archive === undefined ? {} : { archive: options.archive }),
      },
    },
    {
      role: 'query-api',
      config: {
        host,
        port: options.queryPort,
        ...log,
        masterKeyFile,
        credentialsFile,
        store: { url: engine.url, ...reader },
      },
    },
    ...(options.siem ? [siemOrder(options.siem, log, engine)] : []),
  ];
}

function siemOrder(
  siem: NonNullable<EmbeddedOptions['siem']>,
  log: { readonly logDirectory: string; readonly partitions: number },
  engine: RunningEngine,
): RoleOrder {
  const { username, passwordFile } = engine.credentials.reader;
  return {
    role: 'siem-exporter',
    config: {
      ...log,
      storeUrl: engine.url,
      storeUser: username,
      storePasswordFile: passwordFile,
      tenants: [FIRST_TENANT],
      ...siem,
    },
  };
}
