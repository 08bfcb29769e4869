import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { folderObjects } from '../../anchors/folder-objects.ts';
import type { ObjectStore } from '../../anchors/object-store.ts';
import { s3Objects } from '../../anchors/s3-objects.ts';
import { LedgerError } from '../errors.ts';
import type { Archive } from './archive.ts';
import { archiveIn } from './archive.ts';

const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;

const text = (meaning: string) => z.string().min(1).max(1024).describe(meaning);
const common = {
  everyMs: z
    .number()
    .int()
    .min(100)
    .max(3_600_000)
    .default(10 * MINUTE_MS)
    .describe('between two looks for what is to be archived'),
  logKeepsHours: z
    .number()
    .int()
    .min(0)
    .max(876_000)
    .nullable()
    .default(null)
    .describe('how long archived records stay in the log, hours; null: for ever'),
  leavesMax: z.number().int().min(1).max(10_000).default(5_000).describe('of one range'),
  bytesMax: z
    .number()
    .int()
    .min(1)
    .max(32 * MIB)
    .default(16 * MIB)
    .describe('message values of one range, beyond the last'),
};

/** A bucket, in every configuration that has one. */
const s3Place = {
  endpoint: z.url({ protocol: /^https?$/ }).describe('e.g. https://s3.example.com'),
  bucket: text('an S3 bucket'),
  prefix: z.string().max(256).default('waybill-archive/').describe('what object names begin with'),
  region: text('of the bucket').default('us-east-1'),
  credentialsFile: text('JSON with accessKeyId and secretAccessKey'),
};

/** Where sealed records are archived. */
export const archiveSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('folder'), folder: text('made when missing'), ...common }),
  z.strictObject({ kind: z.literal('s3'), ...s3Place, ...common }),
]);

export type ArchiveConfig = z.infer<typeof archiveSchema>;

/** Throws `LEDGER_CONFIG_INVALID` for a credentials file that is none. */
export async function buildArchive(config: ArchiveConfig): Promise<Archive> {
  return archiveIn(await buildObjects(config), config);
}

async function buildObjects(config: ArchiveConfig): Promise<ObjectStore> {
  if (config.kind === 'folder') return folderObjects(config.folder);
  const { endpoint, bucket, prefix, region, credentialsFile } = config;
  const credentials = { ...(await readCredentials(credentialsFile)), region };
  return s3Objects({ endpoint, bucket, prefix, credentials, now: () => new Date() });
}

async function readCredentials(file: string) {
  try {
    return secretSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // The cause could repeat a secret.
    const detail = `archive: ${file} is to be JSON with accessKeyId and secretAccessKey.`;
    throw new LedgerError('LEDGER_CONFIG_INVALID', detail);
  }
}

const secretSchema = z.object({ accessKeyId: z.string(), secretAccessKey: z.string() });
