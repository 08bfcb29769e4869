import { z } from 'zod';
import { logSettings } from '../event-log/open-log.ts';
import { peerSettings } from '../inner-http/peer-settings.ts';
import { anchorSchema } from './anchor-config.ts';
import { archiveSchema } from './archive/archive-config.ts';
import { LedgerError } from './errors.ts';

const MIB = 1024 * 1024;

const count = (fallback: number, meaning: string) =>
  z.number().int().min(1).default(fallback).describe(meaning);
const text = (meaning: string) => z.string().min(1).describe(meaning);

/** Every knob of the ledger: name with its unit, default, meaning. The room's README shows the same table. */
export const ledgerConfigSchema = z.strictObject({
  ...logSettings,
  partitions: count(2, 'partitions of the records topic; fixed at birth'),
  store: z
    .strictObject({
      url: text('HTTP address of ClickHouse'),
      username: text('user that may insert and read back').default('writer'),
      passwordFile: text('file with its password'),
    })
    .describe('the record store'),
  eraser: z
    .strictObject({
      username: text('user that may select, and delete payloads alone').default('eraser'),
      passwordFile: text('file with its password'),
      servers: z
        .array(text('HTTP address of a server'))
        .max(256)
        .default([])
        .describe('every server of the cluster; none: the store is one server'),
    })
    .nullable()
    .default(null)
    .describe('carries out erasures; without it requests wait'),
  auditor: z
    .strictObject({
      username: text('user that may select, and see mutations and grants').default('auditor'),
      passwordFile: text('file with its password'),
      policyFile: text('the tlog-policy to believe; without it the signer folder’s').optional(),
    })
    .nullable()
    .default(null)
    .describe('audits the store all the time; or run `waybill auditor` elsewhere'),
  retentionEveryMs: count(86_400_000, 'between two runs of a tenant’s retention policy'),
  masterKeyFile: text('file with the deployment’s master key, 64 hex digits'),
  traceKeysFolder: text('folder of the keys of home traces; made when missing')
    .nullable()
    .default(null),
  keyKeeper: peerSettings('keys')
    .nullable()
    .default(null)
    .describe('the key keeper, in place of the folder, where others need the keys too'),
  signerFolder: text('folder of the signer’s keys and memory; made when missing')
    .nullable()
    .default(null),
  signer: peerSettings('signatures')
    .nullable()
    .default(null)
    .describe('the signer that is a process of its own, in place of the folder'),
  signEveryMs: count(5_000, 'between two rounds of signing the trees that grew'),
  anchors: z
    .array(anchorSchema)
    .max(16)
    .refine((anchors) => new Set(anchors.map(({ name }) => name)).size === anchors.length, {
      message: 'two anchors have one name',
    })
    .default([])
    .describe('where signed heads are kept by others'),
  anchorRetryFirstMs: count(1_000, 'first wait after an anchor failed; it doubles'),
  anchorRetryMsMax: count(600_000, 'bound of every such wait'),
  archive: archiveSchema
    .nullable()
    .default(null)
    .describe('where sealed records are archived before the log drops them'),
  batchRecordsMax: count(2_500, 'records of one batch'),
  batchBytesMax: count(6 * MIB, 'bytes of its messages, beyond the first'),
  lingerMs: count(400, 'how long a batch waits for more after its first message'),
  lingerMsMax: count(1_000, 'the same while the store takes long for a block'),
  readsLingerMs: count(
    2_000,
    'the same for who read what: nobody waits for it, and few blocks cost the store less',
  ),
  idleWaitMs: count(
    1_000,
    'how long to wait for a message before the end of the last batch is committed',
  ),
  insertWaitMsMax: count(30_000, 'wait for the answer to one insert'),
  retryFirstMs: count(200, 'first wait after the store failed; it doubles'),
  retryMsMax: count(10_000, 'bound of every such wait'),
  metricsHost: text('address of /metrics').default('127.0.0.1'),
  metricsPort: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe('port of /metrics; 0 takes a free one'),
  stopWaitMsMax: count(
    10_000,
    'wait for the batch under way at a stop; then it is repeated at the next start',
  ),
});

export type LedgerConfig = z.infer<typeof ledgerConfigSchema>;

/** The configuration with its defaults. Throws `LEDGER_CONFIG_INVALID` with all mistakes together. */
export function parseLedgerConfig(input: unknown): LedgerConfig {
  const parsed = ledgerConfigSchema.safeParse(input);
  const issues = parsed.error?.issues ?? [];
  const mistakes = issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (parsed.success) {
    mistakes.push(...contradictions(parsed.data));
    if (mistakes.length === 0) return parsed.data;
  }
  throw new LedgerError('LEDGER_CONFIG_INVALID', `${mistakes.join('; ')}.`);
}

function contradictions(config: LedgerConfig): readonly string[] {
  const { traceKeysFolder, keyKeeper, signerFolder, signer, auditor } = config;
  const isWrong = [
    (traceKeysFolder === null) === (keyKeeper === null),
    (signerFolder === null) === (signer === null),
    signer !== null && auditor !== null && auditor.policyFile === undefined,
  ];
  const told = [
    'traceKeysFolder: either this or keyKeeper has the keys',
    'signerFolder: either this or signer signs',
    'auditor.policyFile: is needed where the signer is elsewhere',
  ];
  return told.filter((_, at) => isWrong[at]);
}
