import { z } from 'zod';
import { logSettings } from '../event-log/open-log.ts';
import { peerSettings } from '../inner-http/peer-settings.ts';
import { EnricherError } from './errors.ts';

const HOUR_MS = 3_600_000;

const count = (fallback: number, meaning: string) =>
  z.number().int().min(1).default(fallback).describe(meaning);

/** Every knob of the enricher: name with its unit, default, meaning. The room's README shows the same table. */
export const enricherConfigSchema = z.strictObject({
  ...logSettings,
  masterKeyFile: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'file of the master key, for tokens of the policy stage; without it they are dropped',
    ),
  traceKeysFolder: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'folder of the keys of home traces, shared with the ledger and with no other enricher; without it payloads lie in the records topic as they are',
    ),
  keyKeeper: peerSettings('keys')
    .nullable()
    .default(null)
    .describe('the key keeper, in place of the folder, where the ledger is on another machine'),
  partitions: count(2, 'partitions of the spans topic; fixed at birth'),
  quietMsMax: count(1_000, 'a call is published this long after its last span, in append time'),
  openMsMax: count(10_000, 'and at the latest this long after its first, while spans keep coming'),
  indexMsMax: count(72 * HOUR_MS, 'how long a trace is remembered after its last span'),
  revisionMsMax: count(24 * HOUR_MS, 'how long after its first span a published call is revised'),
  revisionsMax: count(
    1_000,
    'revisions of one call; the last of them says so, and what comes after it changes nothing',
  ),
  joinMsMax: count(
    5_000,
    'how long a call that another trace caused waits to be taken into one there',
  ),
  joinPollMs: count(100, 'between two looks for what other traces have to say'),
  joinsPerMarkerMax: count(512, 'what other traces have to say that is taken at once'),
  cachedSpansMax: count(50_000, 'spans a partition keeps in memory; more are read back from state'),
  dueRecordsMax: count(
    2_000,
    'records that deadlines bring with one message; what else is due waits for the next',
  ),
  duePayloadBytesMax: count(16 * 1024 * 1024, 'and bytes of payload in them, beyond the first'),
  commitBytesMax: count(
    32 * 1024 * 1024,
    'bytes of records of one commit, beyond those of the message that reaches it',
  ),
  traceSpansMax: count(20_000, 'spans of one trace; beyond them it is published and begins anew'),
  expiredPerCommitMax: count(1_000, 'forgotten traces deleted in one commit'),
  batchMessagesMax: count(1_000, 'messages of one commit'),
  batchBytesMax: count(
    2 * 1024 * 1024,
    'bytes of messages of one commit, beyond the first message',
  ),
  tickMs: count(250, 'between two ticks while calls wait and nothing comes'),
  registryPollMs: count(500, 'between two looks for new registry events'),
  retryMs: count(1_000, 'wait before a failed commit is tried again'),
  metricsPort: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe('loopback port of /metrics; 0 takes a free one'),
  stopWaitMsMax: count(10_000, 'wait for a graceful stop'),
});

export type EnricherConfig = z.infer<typeof enricherConfigSchema>;

/** The configuration with its defaults. Throws `ENRICHER_CONFIG_INVALID` with all mistakes together. */
export function parseEnricherConfig(input: unknown): EnricherConfig {
  const parsed = enricherConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new EnricherError('ENRICHER_CONFIG_INVALID', `${mistakes.join('; ')}.`);
}
