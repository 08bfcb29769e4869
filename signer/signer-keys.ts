import { hash, hkdfSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromBase64 } from '../integrity/bytes.ts';
import type { NoteSigner } from '../integrity/sign-note.ts';
import { formatSignerKey, parseSignerKey, seedSigner } from '../integrity/signer-key.ts';
import { partsOf } from '../integrity/verifier-key.ts';
import { SignerError } from './errors.ts';
import { writeWhole } from './write-whole.ts';

/**
 * The signer's keys: Ed25519 seeds under the deployment's name, the newest first. Every one of them signs, so that a verifier who knows only the one
 * before still believes, until that one is retired.
 */
export type SignerKeys = {
  /** What the logs' origins begin with. */
  readonly deployment: string;
  readonly seeds: readonly Uint8Array[];
};

const KEYS_MAX = 4;

/** Reads the keys, or makes the first (folder 0700, file 0600). The deployment is named after its first key and keeps that name. */
export async function openSignerKeys(folder: string): Promise<SignerKeys> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = keyFileIn(folder);
  if (!existsSync(file)) {
    const seed = randomBytes(32);
    const deployment = `waybill-${hash('sha256', seedSigner('new', 'ed25519', seed).key.publicKey, 'hex').slice(0, 16)}`;
    await writeKeys(file, { deployment, seeds: [seed] });
  }
  return readKeys(file);
}

/** Adds a key, which signs beside the earlier ones; a signer that runs follows before its next signature. `SIGNER_KEYS` where there is no key yet. */
export async function addSignerKey(folder: string): Promise<void> {
  const { deployment, seeds } = await readKeys(keyFileIn(folder));
  if (seeds.length >= KEYS_MAX) {
    throw new SignerError('SIGNER_KEYS', `There are ${KEYS_MAX} keys; retire one first.`);
  }
  await writeKeys(keyFileIn(folder), { deployment, seeds: [randomBytes(32), ...seeds] });
}

/**
 * Gives the deployment another name, `<name>.r<8 random hex digits>`, under the same seeds: what is restored is another log to the world, and another again the next time, so
 * that no name ever stands for two trees. Gives the keys as they were and as they are.
 */
export async function renameDeployment(
  folder: string,
): Promise<{ readonly before: SignerKeys; readonly after: SignerKeys }> {
  const before = await openSignerKeys(folder);
  const name = before.deployment.replace(/\.r[0-9a-f]{8}$/, '');
  const after = { ...before, deployment: `${name}.r${randomBytes(4).toString('hex')}` };
  await writeKeys(keyFileIn(folder), after);
  return { before, after };
}

/** Takes away the keys behind the newest: they sign nothing more. What they signed is believed as long as the policy has them. */
export async function dropEarlierKeys(folder: string): Promise<void> {
  const { deployment, seeds } = await readKeys(keyFileIn(folder));
  await writeKeys(keyFileIn(folder), { deployment, seeds: seeds.slice(0, 1) });
}

/** Who signs for an origin: each log has keys of its own, derived from the deployment's, since no key may stand for two logs (C2SP tlog-policy). */
export function signersFor(keys: SignerKeys, origin: string): readonly NoteSigner[] {
  return keys.seeds.map((seed) => {
    const own = hkdfSync('sha256', seed, 'waybill/log-key/v1', origin, 32);
    return seedSigner(origin, 'ed25519', new Uint8Array(own));
  });
}

export function keyFileIn(folder: string): string {
  return join(folder, 'signer.key');
}

/** `SIGNER_KEYS` where the file is not there or damaged. */
export async function readSignerKeys(folder: string): Promise<SignerKeys> {
  return readKeys(keyFileIn(folder));
}

async function readKeys(file: string): Promise<SignerKeys> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SignerError('SIGNER_KEYS', `${file} cannot be read.`, cause);
  });
  const lines = text.split('\n').filter((line) => line !== '');
  try {
    const names = new Set(lines.map((line) => parseSignerKey(line).key.name));
    const [deployment, ...others] = names;
    if (deployment === undefined || others.length > 0) throw new TypeError('not one name');
    const seeds = lines.map((line) => fromBase64(partsOf(line.replace('PRIVATE+KEY+', ''))[2]));
    return { deployment, seeds: seeds.map((material) => material.subarray(1)) };
  } catch {
    // The cause would repeat the key.
    throw new SignerError('SIGNER_KEYS', `${file} does not hold the signer's keys.`);
  }
}

async function writeKeys(file: string, { deployment, seeds }: SignerKeys): Promise<void> {
  const text = seeds.map((seed) => `${formatSignerKey(deployment, 'ed25519', seed)}\n`).join('');
  await writeWhole(file, text, 0o600);
}
