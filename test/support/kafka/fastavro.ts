import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '1.13.1';
const folder = fileURLToPath(new URL(`../../../.cache/parts/fastavro-${VERSION}`, import.meta.url));

/** A value as it lies in a topic, and what reads it. */
export type Written = {
  /** Text of the schema that we publish. */
  readonly schema: string;
  readonly value: Uint8Array;
};

/**
 * Reads values as fastavro does, an implementation that is none of ours: their frame is checked against its own fingerprint of the schema, or taken for
 * Confluent's. Throws when it was not fetched: a test never downloads.
 */
export function readByFastavro(written: readonly Written[]): readonly unknown[] {
  if (!existsSync(folder)) {
    throw new Error(
      `There is no fastavro in ${folder}: run npm run test:broker, which fetches it.`,
    );
  }
  const input = JSON.stringify(
    written.map(({ schema, value }) => ({
      schema: JSON.parse(schema) as unknown,
      value: Buffer.from(value).toString('base64'),
    })),
  );
  const script = fileURLToPath(new URL('read-avro.py', import.meta.url));
  const env = { PYTHONPATH: folder, PATH: process.env['PATH'] };
  const { status, stdout, stderr } = spawnSync('python3', [script], { input, env });
  if (status !== 0) throw new Error(`fastavro could not read it: ${stderr.toString()}`);
  return JSON.parse(stdout.toString()) as readonly unknown[];
}

function fetchFastavro(): void {
  if (existsSync(folder)) return;
  // Into a draft first, so that an interrupted download is never taken for the whole.
  const draft = `${folder}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  const options = ['-m', 'pip', 'install', '-q', '--target', draft, `fastavro==${VERSION}`];
  const { status, error } = spawnSync('python3', options, { stdio: 'inherit' });
  if (status !== 0) throw new Error('pip could not fetch fastavro.', { cause: error });
  renameSync(draft, folder);
}

if (import.meta.main) fetchFastavro();
