import { parseCheckpoint } from './checkpoint.ts';
import { parseNote } from './note.ts';
import type { Policy } from './policy.ts';
import { isKeyName, verifierKey } from './verifier-key.ts';
import type { VerifierKey } from './verifier-key.ts';

/**
 * The keys that may sign for a log: those that the policy gives under its origin, and those of `<deployment>/meta` or `<deployment>/meta/…` for every log
 * `<deployment>/log/…`, under that log's name. One key signs a deployment's logs, and a policy may give a key once only (C2SP tlog-policy).
 */
export function logKeys(policy: Policy, origin: string): readonly VerifierKey[] {
  const keys = policy.logs.map(({ key }) => key);
  const given = keys.filter(({ name }) => name === origin);
  const at = origin.indexOf('/log/');
  if (at <= 0 || !isKeyName(origin)) return given;
  const meta = `${origin.slice(0, at)}/meta`;
  const family = keys.filter(({ name }) => name === meta || name.startsWith(`${meta}/`));
  const named = family.map(({ use, publicKey }) => verifierKey(origin, use, publicKey));
  return [...given, ...named.filter(({ keyId }) => given.every((own) => own.keyId !== keyId))];
}

/** The origin that a signed checkpoint claims; nothing of it is verified. */
export function claimedOrigin(signed: string): string {
  return parseCheckpoint(parseNote(signed).text).origin;
}
