import type { EventLog, LogMessage } from '../event-log/event-log.ts';
import { builtInPolicy } from '../redaction/policy/policy.ts';
import type { RedactionPolicy } from '../redaction/policy/policy.ts';
import type { TenantRedactor } from '../redaction/redactor.ts';
import { decodeRegistryEvent } from '../schemas/avro-codec.ts';
import { topics } from '../schemas/topics.ts';
import { RegistryError } from './errors.ts';
import type { KeyRing } from './key-ring.ts';
import { newestKeyVersion } from './key-ring.ts';
import { parseRedactionBody } from './redaction-body.ts';
import { createTenantRedactor } from './tenant-redactor.ts';

/** A tenant's redactor by the policy in force, and that policy's version; none for the built-in one. */
export type TenantPolicy = {
  readonly redactor: TenantRedactor;
  readonly version: string | undefined;
};

/** What the registry says of redaction, tenant by tenant. */
export interface TenantPolicies {
  /** Throws `REGISTRY_POLICY_UNUSABLE` when the policy in force cannot be carried out: then nothing may be taken or kept. */
  inForce(tenant: string): TenantPolicy;
  /** The version of the tenant's keys that is in force. */
  keyVersion(tenant: string): number;
  /** Whether the log already says that a policy came into force. */
  isAnnounced(tenant: string, version: string): boolean;
  /** Reads what is declared up to now: MUST resolve before the first request. */
  catchUp(): Promise<void>;
  /** Reads on until aborted. Rejects when the log can no longer be read. */
  follow(signal: AbortSignal): Promise<void>;
}

type Declared = { readonly policy: RedactionPolicy | null; readonly version: string };

export type TenantPoliciesOptions = {
  /** What a policy is carried out by; `createTenantRedactor` when left out. Whatever it throws makes the policy unusable. */
  readonly redactorOf?: (keys: KeyRing, tenant: string, policy: RedactionPolicy) => TenantRedactor;
};

/**
 * Follows the registry's topic. A change holds for each request that begins after it was read; one that names a key version which is not
 * in the ring has the ring look for its file.
 */
export function createTenantPolicies(
  log: Pick<EventLog, 'read' | 'range'>,
  keys: KeyRing,
  { redactorOf = createTenantRedactor }: TenantPoliciesOptions = {},
): TenantPolicies {
  const declared = new Map<string, Declared>();
  const announced = new Map<string, string>();
  const ready = new Map<string, TenantPolicy>();
  let offset = 0;
  // How many messages there were.
  const read = async (waitMsMax: number, signal?: AbortSignal): Promise<number> => {
    const from = { topic: topics.registry, partition: 0, offset };
    const limits = { ...READ, waitMsMax, ...(signal ? { signal } : {}) };
    const messages = await log.read(from, limits);
    for (const message of messages) {
      offset = message.offset + 1;
      const told = eventIn(message);
      if (told === null) continue;
      if (told.kind === 'announced') announced.set(told.tenant, told.version);
      else {
        await findKey(keys, told);
        declared.set(told.tenant, told);
        ready.delete(told.tenant);
      }
    }
    return messages.length;
  };
  const readUpTo = async (end: number): Promise<void> => {
    const count = offset < end ? await read(0) : 0;
    if (count > 0) await readUpTo(end);
  };
  return {
    inForce: (tenant) => {
      const known = ready.get(tenant);
      if (known) return known;
      const made = policyOf(declared.get(tenant), (policy) => redactorOf(keys, tenant, policy));
      ready.set(tenant, made);
      return made;
    },
    keyVersion: (tenant) => (declared.get(tenant)?.policy ?? builtInPolicy).keyVersion,
    isAnnounced: (tenant, version) => announced.get(tenant) === version,
    catchUp: async () => {
      const { start, end } = await log.range(topics.registry, 0);
      offset = Math.max(offset, start);
      await readUpTo(end);
    },
    follow: async (signal) => {
      while (!signal.aborted) await read(WAIT_MS_MAX, signal);
    },
  };
}

const READ = { messagesMax: 1_000, bytesMax: 8 * 1024 * 1024 } as const;
const WAIT_MS_MAX = 1_000;

type Told =
  | (Declared & { readonly kind: 'declared'; readonly tenant: string })
  | { readonly kind: 'announced'; readonly tenant: string; readonly version: string };

// What cannot be read is a policy that cannot be carried out, not one that is not there.
function eventIn({ value, offset }: LogMessage): Told | null {
  if (value === null) return null;
  const { type, tenant, body } = decodeRegistryEvent(value);
  if (type === 'redaction_in_force') {
    const version = /"policy":(\d{1,15})/.exec(body)?.[1];
    return version === undefined ? null : { kind: 'announced', tenant, version };
  }
  if (type !== 'redaction_applied') return null;
  const version = String(offset);
  try {
    return { kind: 'declared', tenant, version, policy: parseRedactionBody(body) };
  } catch {
    return { kind: 'declared', tenant, version, policy: null };
  }
}

// A file that cannot be read now is told of by whoever asks for the policy.
async function findKey(keys: KeyRing, { tenant, policy }: Told & Declared): Promise<void> {
  if (policy === null || policy.keyVersion <= newestKeyVersion(keys, tenant)) return;
  await keys.refresh().catch(() => undefined);
}

function policyOf(
  declared: Declared | undefined,
  redactorOf: (policy: RedactionPolicy) => TenantRedactor,
): TenantPolicy {
  const policy = declared === undefined ? builtInPolicy : declared.policy;
  if (policy === null) throw unusable('is of a later version: upgrade');
  try {
    return { redactor: redactorOf(policy), version: declared?.version };
  } catch (cause) {
    if (cause instanceof RegistryError) throw cause;
    throw unusable('cannot be carried out: apply the registry anew', cause);
  }
}

function unusable(message: string, cause?: unknown): RegistryError {
  const mistakes = [{ path: 'redaction', message: `the policy in force ${message}` }];
  return new RegistryError('REGISTRY_POLICY_UNUSABLE', mistakes, { cause });
}
