import type { EventLog, LogMessage } from '../event-log/event-log.ts';
import { valuesAction } from '../redaction/policy/evaluate.ts';
import { compileDetector } from '../redaction/policy/own-detector.ts';
import { withOwnDetectors } from '../redaction/policy/replace-own.ts';
import { builtInPolicy } from '../redaction/policy/policy.ts';
import type { RedactionPolicy } from '../redaction/policy/policy.ts';
import { createRedactor } from '../redaction/redactor.ts';
import type { TenantRedactor } from '../redaction/redactor.ts';
import type { KeyRing } from '../registry/key-ring.ts';
import { rotatedKey } from '../registry/key-ring.ts';
import { parseRedactionBody } from '../registry/redaction-body.ts';
import { tenantKey } from '../registry/tenant-keys.ts';
import { decodeRegistryEvent } from '../schemas/avro-codec.ts';
import { topics } from '../schemas/topics.ts';
import { CollectorError } from './errors.ts';

/** A tenant's redactor by the policy in force, and that policy's version; none for the built-in one. */
export type TenantPolicy = {
  readonly redactor: TenantRedactor;
  readonly version: string | undefined;
};

/** What the registry says of redaction, tenant by tenant. */
export interface TenantPolicies {
  /** Throws the retryable `COLLECTOR_POLICY_UNUSABLE` when the policy in force cannot be carried out: then nothing is taken. */
  inForce(tenant: string): TenantPolicy;
  /** Whether the log already says that a policy came into force. */
  isAnnounced(tenant: string, version: string): boolean;
  /** Reads what is declared up to now: MUST resolve before the first request. */
  catchUp(): Promise<void>;
  /** Reads on until aborted. Rejects when the log can no longer be read. */
  follow(signal: AbortSignal): Promise<void>;
}

type Declared = { readonly policy: RedactionPolicy | null; readonly version: string };

/** Follows the registry's topic. A change holds for each request that begins after it was read. */
export function createTenantPolicies(
  log: Pick<EventLog, 'read' | 'range'>,
  keys: KeyRing,
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
      const made = policyOf(keys, tenant, declared.get(tenant));
      ready.set(tenant, made);
      return made;
    },
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

function policyOf(keys: KeyRing, tenant: string, declared: Declared | undefined): TenantPolicy {
  const policy = declared === undefined ? builtInPolicy : declared.policy;
  if (policy === null) {
    throw new CollectorError('COLLECTOR_POLICY_UNUSABLE', 'The policy cannot be read.');
  }
  try {
    return { redactor: redactorOf(keys, tenant, policy), version: declared?.version };
  } catch (cause) {
    throw new CollectorError('COLLECTOR_POLICY_UNUSABLE', '', { cause });
  }
}

function redactorOf(keys: KeyRing, tenant: string, policy: RedactionPolicy): TenantRedactor {
  const version = policy.keyVersion;
  const token = rotatedKey(keys, tenant, 'token', version);
  const actionFor = valuesAction(policy);
  const engine = createRedactor({
    tenant,
    actionFor,
    tokenKeyVersion: version,
    keys: {
      principal: rotatedKey(keys, tenant, 'principal', version),
      session: tenantKey(keys.master, tenant, 'session'),
      token,
    },
  });
  return withOwnDetectors(engine, {
    detectors: policy.detectors.map(compileDetector),
    actionFor,
    tokenKey: { version, key: token },
  });
}
