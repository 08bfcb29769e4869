import { formatVerifierKey } from '../integrity/verifier-key.ts';
import {
  policyLines,
  policyText,
  readEarlierPolicy,
  signedLogs,
  writeEarlierPolicy,
} from './file-signer.ts';
import { originOf } from './log-origin.ts';
import { addSignerKey, dropEarlierKeys, readSignerKeys, signersFor } from './signer-keys.ts';

export type KeyState = {
  readonly deployment: string;
  /** Verifier keys of the meta log, one for each key that signs, the newest first. */
  readonly signing: readonly string[];
  /** Keys that are believed for what they signed, and sign nothing more. */
  readonly retired: readonly string[];
  /** Whom to believe for every log that was signed yet. */
  readonly policy: string;
};

/**
 * Adds a key. Both sign from the next head on: it covers everything before, so that the new key vouches for all of it, and whoever knows the old one alone still
 * believes it.
 */
export async function rotateSignerKey(folder: string): Promise<KeyState> {
  await addSignerKey(folder);
  return signerKeyState(folder);
}

/** Ends the overlap: the newest key signs alone. Retired keys stay in the policy, for what they signed. */
export async function retireSignerKeys(folder: string): Promise<KeyState> {
  const { deployment, seeds } = await readSignerKeys(folder);
  const leaving = policyLines({ deployment, seeds: seeds.slice(1) }, await signedLogs(folder));
  // Commit point: they are believed on before they stop. If we die on the next line, they sign and stand in the policy once.
  await writeEarlierPolicy(folder, `${leaving}${await readEarlierPolicy(folder)}`);
  await dropEarlierKeys(folder);
  return signerKeyState(folder);
}

export async function signerKeyState(folder: string): Promise<KeyState> {
  const keys = await readSignerKeys(folder);
  const { deployment } = keys;
  const metaOrigin = originOf(deployment, META_LOG);
  const signing = signersFor(keys, metaOrigin).map(({ key }) => formatVerifierKey(key));
  const earlier = await readEarlierPolicy(folder);
  const retired = earlier
    .split('\n')
    .map((line) => line.replace(/^log /, ''))
    .filter((line) => /\/meta\/[^/]*\+/.test(line) && !signing.includes(line));
  const policy = policyText(policyLines(keys, await signedLogs(folder)), earlier);
  return { deployment, signing, retired: [...new Set(retired)], policy };
}

const META_LOG = 'meta/e0';
