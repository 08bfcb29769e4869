import { z } from 'zod';
import { defaultBackPressure } from '../event-log/embedded.ts';
import { logSettings } from '../event-log/open-log.ts';
import { limits } from '../schemas/limits.ts';
import { CollectorError } from './errors.ts';

const MIB = 1024 * 1024;

const count = (fallback: number, meaning: string) =>
  z.number().int().min(1).default(fallback).describe(meaning);
const port = (fallback: number, meaning: string) =>
  z.number().int().min(0).max(65_535).default(fallback).describe(meaning);
const path = (meaning: string) => z.string().min(1).describe(meaning);

const issuer = {
  issuer: path('`iss` of its tokens'),
  audience: path('`aud` that a token for this collector has'),
};

/** A topic that others write: whose it is, and how far they are trusted, is said here and nowhere else. */
const foreignTopic = z.strictObject({
  topic: z
    .string()
    .regex(/^(?!waybill\.)[A-Za-z0-9._-]{1,200}$/, 'a topic of Kafka, none of ours')
    .describe('its name on the brokers'),
  signal: z.enum(['traces', 'logs']).default('traces').describe('what it holds'),
  encoding: z.enum(['otlp_proto', 'otlp_json']).describe('as its writer calls it'),
  tenant: path('tenant that everything in it belongs to'),
  producer: path('producer that it is said to come from'),
  trust: z.enum(['gateway', 'application']).describe('how far its writers are trusted'),
});

export type ForeignTopic = z.infer<typeof foreignTopic>;

/** Every knob of the collector: name with its unit, default, meaning. The room's README shows the same table. */
export const collectorConfigSchema = z.strictObject({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('address to listen on; loopback unless told'),
  otlpHttpPort: port(4318, 'port of OTLP/HTTP, health and metrics; 0 takes a free one'),
  otlpGrpcPort: port(4317, 'port of OTLP/gRPC; 0 takes a free one'),
  ...logSettings,
  masterKeyFile: path(
    'file with the master key, 64 hex digits, from which tenant keys are derived',
  ),
  credentialsFile: path('file with the hashes of the bearer keys'),
  credentialsPollMs: count(250, 'how often the credentials file is looked at for changes'),
  keysPollMs: count(1_000, 'how often new key versions are looked for beside the master key'),
  tls: z
    .strictObject({
      certificateFile: path('PEM: certificate of this server, and what leads to its authority'),
      keyFile: path('PEM: its key'),
      clientAuthorityFile: path(
        'PEM: authorities whose client certificates name producers',
      ).optional(),
    })
    .optional()
    .describe('TLS on both ports; without it neither has any'),
  tokenIssuers: z
    .array(
      z.union([
        z.strictObject({ ...issuer, jwksFile: path('file with the issuer’s public keys') }),
        z.strictObject({ ...issuer, jwksUrl: z.url({ protocol: /^https$/ }) }),
      ]),
    )
    .max(16)
    .default([])
    .describe('who issues access tokens to producers (OAuth 2.0 client credentials)'),
  foreignTopics: z
    .array(foreignTopic)
    .max(32)
    .default([])
    .describe(
      'topics of other writers on the same brokers that are taken in, unredacted as they are',
    ),
  partitions: count(2, 'partitions of the spans topic; fixed at birth'),
  diskFreeBytesMin: count(
    defaultBackPressure.diskFreeBytesMin,
    'free space on the disk of the log; below it 503',
  ),
  lagMsMax: count(
    defaultBackPressure.lagMsMax,
    'how long a span may wait for the enricher; beyond it 503',
  ),
  requestBytesMax: count(limits.requestBytesMax, 'one request after decompression; above it 413'),
  heldBytesMax: count(256 * MIB, 'bytes of all requests from first byte to answer; above it 503'),
  producerHeldBytesMax: count(128 * MIB, 'the same for one producer; above it 429'),
  producerBytesPerSecondMax: count(
    512 * MIB,
    'decompressed bytes a second from one producer, with a burst of one second; above it 429',
  ),
  queueRequestsMax: count(20_000, 'requests waiting for an append; above it 503'),
  groupRequestsMax: count(4_096, 'requests that share one append'),
  groupBytesMax: count(8 * MIB, 'bytes that share one append, beyond its first request'),
  appendWaitMsMax: count(30_000, 'wait for one append; after it the waiters get 503'),
  connectionsMax: count(1_024, 'connections of each protocol; further ones are closed at once'),
  grpcStreamsMax: count(256, 'concurrent calls of one gRPC connection'),
  grpcReceivingMax: count(64, 'gRPC calls whose message is still arriving; above it 503'),
  requestWaitMsMax: count(30_000, 'wait for a whole request'),
  headersWaitMsMax: count(10_000, 'wait for the headers of a request'),
  keepAliveMsMax: count(75_000, 'wait on an idle HTTP connection'),
  headerBytesMax: count(16 * 1024, 'all headers of one request'),
  discardBytesMax: count(
    128 * MIB,
    'rest of a refused body that is read and dropped; then the socket is closed',
  ),
  retryAfterSeconds: count(1, 'what Retry-After and RetryInfo tell the sender'),
  directoryCacheMax: count(100_000, 'principals remembered as written to the directory'),
  authenticationCacheMax: count(10_000, 'Authorization values remembered as checked'),
  heartbeatMs: count(
    10_000,
    'how often it says in the log how much it appended, where it appended anything',
  ),
  stopWaitMsMax: count(10_000, 'wait for a graceful stop'),
});

export type CollectorConfig = z.infer<typeof collectorConfigSchema>;

/** The configuration with its defaults. Throws `COLLECTOR_CONFIG_INVALID` with all mistakes together. */
export function parseCollectorConfig(input: unknown): CollectorConfig {
  const parsed = collectorConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new CollectorError('COLLECTOR_CONFIG_INVALID', `${mistakes.join('; ')}.`);
}
