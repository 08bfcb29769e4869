import type { RunningRole } from '../schemas/role.ts';

/** What works on the event log, in the order of the walk. */
export const logRoleNames = [
  'collector',
  'enricher',
  'ledger',
  'auditor',
  'query-api',
  'siem-exporter',
] as const;
export type LogRoleName = (typeof logRoleNames)[number];
export type RoleName = LogRoleName | 'key-keeper' | 'signer';

export type RoleConfig = Readonly<Record<string, unknown>>;

type Start = (config: RoleConfig) => Promise<RunningRole>;

/** Rooms are loaded only where they run, so that each thread or process holds its own code and nothing else. */
export const roleStarts: Readonly<Record<RoleName, Start>> = {
  collector: async (config) => {
    const { parseCollectorConfig } = await import('../collector/config.ts');
    const { startCollector } = await import('../collector/main.ts');
    return startCollector(parseCollectorConfig(config));
  },
  enricher: async (config) => {
    const { parseEnricherConfig } = await import('../enricher/config.ts');
    const { startEnricher } = await import('../enricher/main.ts');
    return startEnricher(parseEnricherConfig(config));
  },
  ledger: async (config) => {
    const { startLedger } = await import('../ledger/main.ts');
    return startLedger(config);
  },
  auditor: async (config) => {
    const { startAuditor } = await import('../ledger/audit/start-auditor.ts');
    return startAuditor(config);
  },
  'query-api': async (config) => {
    const { parseQueryApiConfig } = await import('../query-api/config.ts');
    const { startQueryApi } = await import('../query-api/main.ts');
    return startQueryApi(parseQueryApiConfig(config));
  },
  'key-keeper': async (config) => {
    const { parseKeyKeeperConfig } = await import('../key-keeper/config.ts');
    const { startKeyKeeper } = await import('../key-keeper/main.ts');
    return startKeyKeeper(parseKeyKeeperConfig(config));
  },
  signer: async (config) => {
    const { parseSignerConfig } = await import('../signer/config.ts');
    const { startSigner } = await import('../signer/main.ts');
    return startSigner(parseSignerConfig(config));
  },
  'siem-exporter': async (config) => {
    const { parseSiemExporterConfig } = await import('../siem-exporter/config.ts');
    const { startSiemExporter } = await import('../siem-exporter/main.ts');
    return startSiemExporter(parseSiemExporterConfig(config));
  },
};
