import { join } from 'node:path';
import type { RunningEngine } from '../record-store/engine.ts';
import type { EmbeddedOptions } from './embedded.ts';
import type { KeyFiles } from './first-start.ts';
import { FIRST_TENANT } from './first-start.ts';
import type { RoleOrder } from './role-worker.ts';

/** The roles of one embedded pipeline in the order of the walk, each with its configuration. */
export function roleOrders(
  options: EmbeddedOptions,
  keys: KeyFiles,
  engine: RunningEngine,
): readonly RoleOrder[] {
  const logDirectory = join(options.dataDirectory, 'log');
  const { masterKeyFile, credentialsFile } = keys;
  const traceKeysFolder = join(keys.folder, 'traces');
  const { host } = options;
  const reader = engine.credentials.reader;
  return [
    {
      role: 'collector',
      config: {
        host,
        otlpHttpPort: options.otlpHttpPort,
        otlpGrpcPort: options.otlpGrpcPort,
        logDirectory,
        masterKeyFile,
        credentialsFile,
      },
    },
    { role: 'enricher', config: { logDirectory, masterKeyFile, traceKeysFolder } },
    {
      role: 'ledger',
      config: {
        logDirectory,
        masterKeyFile,
        traceKeysFolder,
        signerFolder: join(keys.folder, 'signer'),
        store: { url: engine.url, ...engine.credentials.writer },
        eraser: engine.credentials.eraser,
        ...(options.anchors ? { anchors: options.anchors } : {}),
      },
    },
    {
      role: 'query-api',
      config: {
        host,
        port: options.queryPort,
        logDirectory,
        masterKeyFile,
        credentialsFile,
        store: { url: engine.url, ...reader },
      },
    },
    ...(options.siem ? [siemOrder(options.siem, logDirectory, engine)] : []),
  ];
}

function siemOrder(
  siem: NonNullable<EmbeddedOptions['siem']>,
  logDirectory: string,
  engine: RunningEngine,
): RoleOrder {
  const { username, passwordFile } = engine.credentials.reader;
  return {
    role: 'siem-exporter',
    config: {
      logDirectory,
      storeUrl: engine.url,
      storeUser: username,
      storePasswordFile: passwordFile,
      tenants: [FIRST_TENANT],
      ...siem,
    },
  };
}
