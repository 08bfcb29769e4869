import { setTimeout as wait } from 'node:timers/promises';
import type { EventLog } from '../event-log/event-log.ts';
import { applyKeyVersion } from './apply.ts';
import type { KeyRing } from './key-ring.ts';
import { newestKeyVersion } from './key-ring.ts';
import type { TenantPolicies } from './tenant-policies.ts';

export type KeyFollowing = {
  readonly log: EventLog;
  readonly keys: KeyRing;
  readonly policies: Pick<TenantPolicies, 'keyVersion'>;
  readonly clock: () => number;
  readonly pollMs: number;
  /** Called when the files cannot be read or the log not appended to; the version in force stays. */
  readonly onProblem: (problem: unknown) => void;
};

/**
 * Brings key versions into force whose files came while the roles run: looks every `pollMs` until aborted. Two collectors that look at
 * once may record the same change twice, which changes nothing.
 */
export async function followKeys(following: KeyFollowing, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await wait(following.pollMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (!signal.aborted) await bringIntoForce(following).catch(following.onProblem);
  }
}

/** Looks once. Rejects when the files cannot be read or the log not appended to. */
export async function bringIntoForce(
  following: Omit<KeyFollowing, 'pollMs' | 'onProblem'>,
): Promise<void> {
  const { log, keys, policies, clock } = following;
  await keys.refresh();
  for (const tenant of keys.rotated.keys()) {
    if (newestKeyVersion(keys, tenant) <= policies.keyVersion(tenant)) continue;
    await applyKeyVersion({ log, tenant, keys, actor: null, clock });
  }
}
