import { readFile } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { CheckpointAnchor } from '../anchors/anchor.ts';
import { directoryAnchor } from '../anchors/directory-anchor.ts';
import { s3Anchor } from '../anchors/s3-anchor.ts';
import { timeStampAnchor } from '../anchors/time-stamp-anchor.ts';
import type { WitnessAnchorParts } from '../anchors/witness-anchor.ts';
import { witnessAnchor } from '../anchors/witness-anchor.ts';
import { parseVerifierKey } from '../integrity/verifier-key.ts';
import { LedgerError } from './errors.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;

const text = (meaning: string) => z.string().min(1).max(1024).describe(meaning);
const name = text('its name in metrics and answers').regex(/^[a-z0-9-]{1,64}$/);
const every = (fallback: number) =>
  z.number().int().min(1).default(fallback).describe('at least between two checkpoints given');
const url = z.url({ protocol: /^https?$/ });

/** The places that signed heads of the meta log are given to. */
export const anchorSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('folder'),
    name: name.default('folder'),
    everyMs: every(10 * SECOND_MS),
    folder: text('a folder whose owner is somebody else; made when missing'),
  }),
  z.strictObject({
    kind: z.literal('s3'),
    name: name.default('s3'),
    everyMs: every(60 * SECOND_MS),
    endpoint: url.describe('e.g. https://s3.example.com'),
    bucket: text('made with object lock'),
    prefix: z.string().max(256).default('waybill/').describe('what object names begin with'),
    region: text('of the bucket').default('us-east-1'),
    credentialsFile: text('JSON with accessKeyId and secretAccessKey'),
    retentionDays: z.number().int().min(1).max(36_500).default(365).describe('days'),
  }),
  z.strictObject({
    kind: z.literal('witness'),
    name: name.default('witness'),
    everyMs: every(10 * SECOND_MS),
    url: url.describe('its submission prefix'),
    key: text('its verifier key'),
  }),
  z.strictObject({
    kind: z.literal('time-stamp'),
    name: name.default('time-stamp'),
    everyMs: every(HOUR_MS),
    url: url.describe('of the RFC 3161 authority'),
    authoritiesFile: text('PEM: the certificates that the signer’s has to come from'),
    folder: text('where its answers are kept'),
  }),
]);

export type AnchorConfig = z.infer<typeof anchorSchema>;

/** An anchor and how often it is given a checkpoint. */
export type ScheduledAnchor = CheckpointAnchor & { readonly everyMs: number };

/** Builds what is configured, in order. Throws `LEDGER_CONFIG_INVALID` for files that are not what they should be. */
export async function buildAnchors(
  configs: readonly AnchorConfig[],
  parts: Omit<WitnessAnchorParts, 'witness'>,
): Promise<readonly ScheduledAnchor[]> {
  const built: ScheduledAnchor[] = [];
  for (const config of configs) {
    const anchor = await buildOne(config, parts).catch(() => {
      // The cause could repeat a secret.
      throw new LedgerError(
        'LEDGER_CONFIG_INVALID',
        `Anchor ${config.name}: ${needs[config.kind]}.`,
      );
    });
    const { name: called, everyMs } = config;
    built.push({
      name: called,
      everyMs,
      keep: async (signed, signal) => anchor.keep(signed, signal),
    });
  }
  return built;
}

async function buildOne(
  config: AnchorConfig,
  parts: Omit<WitnessAnchorParts, 'witness'>,
): Promise<CheckpointAnchor> {
  if (config.kind === 'folder') return directoryAnchor(config.folder);
  if (config.kind === 'witness') {
    return witnessAnchor({
      ...parts,
      witness: { url: config.url, key: parseVerifierKey(config.key) },
    });
  }
  if (config.kind === 's3') {
    const { endpoint, bucket, prefix, region, retentionDays, credentialsFile } = config;
    const secret = secretSchema.parse(JSON.parse(await readFile(credentialsFile, 'utf8')));
    const credentials = { ...secret, region };
    const now = (): Date => new Date();
    return s3Anchor({ endpoint, bucket, prefix, credentials, retentionDays, now });
  }
  const authorities = certificatesIn(await readFile(config.authoritiesFile, 'utf8'));
  return timeStampAnchor({ url: config.url, authorities }, config.folder);
}

const needs: Readonly<Record<AnchorConfig['kind'], string>> = {
  folder: 'it cannot be built',
  s3: 'credentialsFile is to be JSON with accessKeyId and secretAccessKey',
  witness: 'key is to be a verifier key',
  'time-stamp': 'authoritiesFile is to hold certificates, PEM',
};

const secretSchema = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() });

function certificatesIn(pem: string): readonly X509Certificate[] {
  const ends = '-----END CERTIFICATE-----';
  const found = pem.split(ends).filter((part) => part.includes('-----BEGIN CERTIFICATE-----'));
  if (found.length === 0) throw new TypeError('no certificate');
  return found.map((part) => new X509Certificate(`${part}${ends}`));
}
