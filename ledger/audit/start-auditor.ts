import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { logSettings, openEventLog } from '../../event-log/open-log.ts';
import { openStore } from '../../record-store/clickhouse.ts';
import { readPassword } from '../../record-store/passwords.ts';
import type { RunningRole } from '../../schemas/role.ts';
import { auditorRole } from '../../schemas/state-keys.ts';
import { topics } from '../../schemas/topics.ts';
import { LedgerError } from '../errors.ts';
import { runAuditor } from './run-auditor.ts';

const count = (fallback: number, meaning: string) =>
  z.number().int().min(1).default(fallback).describe(meaning);
const text = (meaning: string) => z.string().min(1).describe(meaning);

/** Every knob of the auditor: name with its unit, default, meaning. The room's README shows the same table. */
export const auditorConfigSchema = z.strictObject({
  ...logSettings,
  partitions: z.number().int().min(1).default(2).describe('as the ledger’s'),
  store: z
    .strictObject({
      url: text('HTTP address of ClickHouse'),
      username: text('user that may select, and see mutations and grants').default('auditor'),
      passwordFile: text('file with its password'),
    })
    .describe('the record store'),
  policyFile: text('the tlog-policy to believe; read anew each round'),
  tenant: text('the tenant that findings are told to').default('default'),
  trustedUsers: z.array(z.string()).max(64).default([]).describe('administrators of the store'),
  auditEveryMs: count(60_000, 'between two rounds'),
  rangesEachRound: count(4, 'ranges of 256 leaves that are read again in a round'),
});

/** Starts an auditor: it reads ranges of the store again, by chance, and watches heads, counts, mutations and grants. */
export async function startAuditor(input: unknown): Promise<RunningRole> {
  const parsed = auditorConfigSchema.safeParse(input);
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map((one) => `${one.path.join('.')}: ${one.message}`);
    throw new LedgerError('LEDGER_CONFIG_INVALID', `${mistakes.join('; ')}.`);
  }
  const config = parsed.data;
  const log = await openEventLog(config);
  const { url, username, passwordFile } = config.store;
  const store = openStore({ url, username, password: await readPassword(passwordFile) });
  const shared = await log.share(auditorRole, topics.registry, async (partition, signal) => {
    const owner = await log.openOwner(auditorRole, partition);
    try {
      const parts = {
        log,
        store,
        policy: async () => readFile(config.policyFile, 'utf8'),
        tenant: config.tenant,
        trustedUsers: config.trustedUsers,
        userPrefix: prefixOf(username),
        seed: randomBytes(16).toString('hex'),
        rangesEachRound: config.rangesEachRound,
        everyMs: config.auditEveryMs,
        clock: Date.now,
      };
      await runAuditor(parts, owner, signal);
    } finally {
      await owner.close();
    }
  });
  const close = async (): Promise<void> => {
    await shared.stop();
    await store.close();
    await log.close();
  };
  let stopping: Promise<void> | undefined;
  return { addresses: {}, failed: shared.failed, stop: () => (stopping ??= close()) };
}

/** The store's own users are named alike: `waybill_auditor`, `waybill_writer`. */
function prefixOf(username: string): string {
  return username.endsWith('auditor') ? username.slice(0, -'auditor'.length) : '';
}
