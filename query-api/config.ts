import { z } from 'zod';
import { logSettings } from '../event-log/open-log.ts';

const count = (value: number, means: string) => z.int().positive().default(value).describe(means);

/** The room's knobs: unit, default and meaning. Everything but `host`, `port` and where things are may be left out. */
export const queryApiConfig = z.strictObject({
  host: z.string().default('127.0.0.1').describe('address to listen on'),
  port: z.int().min(0).max(65535).default(4319).describe('TCP port; 0 takes a free one'),
  tls: z
    .strictObject({
      certificateFile: z
        .string()
        .min(1)
        .describe('PEM: certificate of this server, and what leads to its authority'),
      keyFile: z.string().min(1).describe('PEM: its key'),
      clientAuthorityFile: z
        .string()
        .min(1)
        .optional()
        .describe('PEM: authorities one of which must have signed a client’s certificate'),
    })
    .optional()
    .describe('TLS on the port; without it, none'),
  credentialsFile: z.string().describe('JSON file of keys’ hashes'),
  credentialsPollMs: count(250, 'milliseconds between two looks at the credentials file'),
  masterKeyFile: z.string().describe('file of the master key, 64 hex digits'),
  ...logSettings,
  partitions: count(2, 'partitions of the event log; fixed at birth'),
  store: z
    .strictObject({
      url: z.string().describe('HTTP address of ClickHouse'),
      username: z.string().describe('user with SELECT and nothing else'),
      passwordFile: z.string().describe('file of its password'),
    })
    .describe('where the records are'),
  readSpool: z
    .strictObject({
      folder: z.string().min(1).describe('of this process alone; made when missing'),
      bytesMax: count(64 * 1024 * 1024, 'bytes of reads kept; then nothing is answered'),
      logWaitMsMax: count(2000, 'milliseconds that an answer waits for the event log'),
    })
    .optional()
    .describe('keeps who read what while the event log is away; without it nothing is answered'),
  stopWaitMsMax: count(5000, 'milliseconds that open requests may take at shutdown'),
  limits: z
    .strictObject({
      querySecondsMax: count(10, 'seconds after which ClickHouse ends a query'),
      rangeDaysDefault: count(30, 'days asked for when `from` is absent'),
      rangeDaysMax: count(400, 'days that one question may span'),
      pageRowsDefault: count(100, 'records a page'),
      pageRowsMax: count(1000, 'records a page at most'),
      groupRowsDefault: count(1000, 'groups given'),
      groupRowsMax: count(10_000, 'groups given at most'),
      traceRecordsMax: count(1000, 'records of one trace'),
      queriesMax: count(8, 'queries at ClickHouse at once'),
      queriesWaitingMax: count(256, 'queries that may wait for their turn'),
      connectionsMax: count(1024, 'connections; further ones are closed at once'),
      requestWaitMsMax: count(30_000, 'milliseconds in which a request must have come whole'),
      trailWaitingMax: count(1024, 'reads that may wait to be recorded'),
      windowsMax: count(2_000, 'windows given by the reconciliation'),
      gapsMax: count(500, 'gaps given by the reconciliation'),
      gapSettleMs: count(
        60_000,
        'milliseconds that what is missing may come late, before it is a gap',
      ),
      directoryEntriesMax: count(1_000_000, 'names kept in memory, encrypted'),
    })
    .prefault({}),
});

export type QueryApiConfig = z.input<typeof queryApiConfig>;
export type ParsedQueryApiConfig = z.output<typeof queryApiConfig>;
export type QueryApiLimits = ParsedQueryApiConfig['limits'];

/** The configuration with its defaults. Throws a TypeError that tells all mistakes together. */
export function parseQueryApiConfig(input: unknown): ParsedQueryApiConfig {
  const parsed = queryApiConfig.safeParse(input);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new TypeError(`The configuration of the query API has mistakes: ${mistakes.join('; ')}.`);
}
