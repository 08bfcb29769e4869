import { z } from 'zod';
import type { OwnerView, StateChange } from '../../event-log/event-log.ts';
import type { RetentionPolicy } from '../../registry/retention-policy.ts';
import { parseRetentionBody } from '../../registry/retention-policy.ts';
import { LedgerError } from '../errors.ts';

/** A tenant's policy, and the offset of the event that declared it. */
export type DeclaredRetention = { readonly policy: RetentionPolicy; readonly version: number };

/** A run that is under way. Its time is fixed at its start, so that a resumed one goes as far as it would have gone. */
export type RetentionRun = {
  readonly runId: string;
  readonly tenant: string;
  /** Who asked for it; null for the schedule. */
  readonly actor: string | null;
  readonly version: number;
  /** Milliseconds since the epoch: what periods are counted back from. */
  readonly nowMs: number;
};

export function declaredChange(tenant: string, version: number, body: string): StateChange {
  return put(`${POLICY_PREFIX}${encodeURIComponent(tenant)}`, { version, body });
}

/** The policies in force, by tenant. */
export function readDeclared(view: OwnerView): ReadonlyMap<string, DeclaredRetention> {
  const entries = [...view.scanState(POLICY_PREFIX)].map(([key, value]) => {
    const { version, body } = parsed(key, value, z.object({ version: count, body: z.string() }));
    const tenant = decodeURIComponent(key.slice(POLICY_PREFIX.length));
    return [tenant, { version, policy: parseRetentionBody(body) }] as const;
  });
  return new Map(entries);
}

/** When the tenant's last run began, milliseconds since the epoch; 0 for none. */
export function readLastRun(view: OwnerView, tenant: string): number {
  const key = lastKey(tenant);
  const stored = view.getState(key);
  return stored === undefined ? 0 : parsed(key, stored, count);
}

export function lastRunChange({ tenant, nowMs }: RetentionRun): StateChange {
  return put(lastKey(tenant), nowMs);
}

export function readRun(view: OwnerView): RetentionRun | undefined {
  const stored = view.getState(RUN_KEY);
  return stored === undefined ? undefined : parsed(RUN_KEY, stored, runSchema);
}

export function runChange(run: RetentionRun | null): StateChange {
  return run === null ? { key: RUN_KEY, value: null } : put(RUN_KEY, run);
}

const POLICY_PREFIX = 'retention/policy/';
const RUN_KEY = 'retention/run';

const count = z.number().int().min(0);
const runSchema = z.object({
  runId: z.string(),
  tenant: z.string(),
  actor: z.string().nullable(),
  version: count,
  nowMs: count,
});

function lastKey(tenant: string): string {
  return `retention/last/${encodeURIComponent(tenant)}`;
}

function put(key: string, value: unknown): StateChange {
  return { key, value: Buffer.from(JSON.stringify(value)) };
}

function parsed<T>(key: string, bytes: Uint8Array, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new LedgerError('LEDGER_STATE_UNREADABLE', key, cause);
  }
}
