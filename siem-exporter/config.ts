import { z } from 'zod';
import { logSettings } from '../event-log/open-log.ts';
import { SiemExporterError } from './errors.ts';

const count = (fallback: number, meaning: string) =>
  z.number().int().min(1).default(fallback).describe(meaning);
const text = (meaning: string) => z.string().min(1).max(1024).describe(meaning);

/** Every knob of the exporter: name with its unit, default, meaning. The room's README shows the same table. */
export const siemExporterConfigSchema = z.strictObject({
  partitions: count(2, 'partitions of the event log; fixed at birth'),
  connectionsMax: count(4, 'connections to the destination'),
  ...logSettings,
  storeUrl: text('HTTP address of ClickHouse'),
  storeUser: text('ClickHouse user that may read `leaves`').default('reader'),
  storePasswordFile: text('file with its password'),
  destination: text('name of the destination; a new name begins anew at the first leaf')
    .regex(/^[a-z0-9-]{1,64}$/)
    .default('splunk'),
  hecUrl: z
    .url({ protocol: /^https?$/ })
    .describe('base address of the HTTP Event Collector, e.g. https://splunk.example.com:8088'),
  hecTokenFile: text('file with the HEC token; read for each request, never printed'),
  hecCaFile: text('PEM file of the authorities to trust instead of the system’s')
    .nullable()
    .default(null),
  hecIndex: text('Splunk index; null leaves it to the token').nullable().default(null),
  hecHost: text('`host` of the events').default('waybill'),
  hecSource: text('`source` of the events').default('waybill'),
  hecSourcetype: text('`sourcetype` of the events').default('ocsf:mcp_audit'),
  hecAck: z
    .boolean()
    .default(false)
    .describe('wait for the indexer’s acknowledgement; the token must have it turned on'),
  hecAckPollMs: count(10_000, 'between two questions for an acknowledgement'),
  hecAckWaitMsMax: count(300_000, 'wait for an acknowledgement; then the batch is sent again'),
  tenants: z
    .array(z.string().min(1))
    .min(1)
    .describe('tenants whose records the destination may see'),
  revisions: z
    .enum(['all', 'first'])
    .default('all')
    .describe('all revisions of a record, or its first only'),
  checkpoints: z
    .boolean()
    .default(true)
    .describe('send the signed heads of the logs too, so that the destination keeps them'),
  batchEventsMax: count(1_000, 'events of one request'),
  batchBytesMax: count(1024 * 1024, 'bytes of one request before compression'),
  readLeavesMax: count(2_000, 'leaves held in memory, by log'),
  readBytesMax: count(4 * 1024 * 1024, 'their bytes, beyond the first leaf'),
  pollMs: count(500, 'between two looks for newly sealed leaves'),
  requestWaitMsMax: count(30_000, 'wait for an answer'),
  retryFirstMs: count(500, 'bound of the first wait after a failure; it doubles'),
  retryMsMax: count(60_000, 'bound of every wait, Retry-After included'),
  holdFirstMs: count(5_000, 'the same while somebody has to mend the destination'),
  holdMsMax: count(60_000, 'its bound'),
  slowDownMs: count(1_000, 'wait after an answer that asks to slow down'),
  circuitFailuresMax: count(5, 'failures in a row after which one attempt at a time goes out'),
  refusedInARowMax: count(100, 'events refused in a row before the exporter stands still instead'),
  metricsPort: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe('loopback port of /metrics; 0 takes a free one'),
  stopWaitMsMax: count(10_000, 'wait for a graceful stop'),
});

export type SiemExporterConfig = z.infer<typeof siemExporterConfigSchema>;

/** The configuration with its defaults. Throws `SIEM_CONFIG_INVALID` with all mistakes together. */
export function parseSiemExporterConfig(input: unknown): SiemExporterConfig {
  const parsed = siemExporterConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new SiemExporterError('SIEM_CONFIG_INVALID', mistakes.join('; '));
}
