import { hash } from 'node:crypto';
import { z } from 'zod';
import type { OwnerView, StateChange } from '../../event-log/event-log.ts';
import { LedgerError } from '../errors.ts';
import type { Hold } from './erasure-events.ts';
import { holdSchema } from './erasure-events.ts';

/** How far the erasure under way has come. */
export type ErasureWork = {
  readonly requestId: string;
  /** The last home trace that is done. */
  readonly after: string;
  /** Those of this round: their redactions are promised, and nothing of them is to be read any more. Empty between rounds. */
  readonly traces: readonly string[];
  /** Up to which leaf of each log this round's redactions are told. */
  readonly told: Readonly<Record<string, number>>;
  readonly sums: { readonly traces: number; readonly records: number; readonly fields: number };
};

const count = z.number().int().min(0);
const workSchema = z.object({
  requestId: z.string(),
  after: z.string(),
  traces: z.array(z.string()),
  told: z.record(z.string(), count),
  sums: z.object({ traces: count, records: count, fields: count }),
});

/** How far this request has come; nothing of another one's. */
export function readWork(view: OwnerView, requestId: string): ErasureWork {
  const none = { requestId, after: '', traces: [], told: {} };
  const stored = view.getState(WORK_KEY);
  const work = stored && parsed(WORK_KEY, stored, workSchema);
  if (work?.requestId === requestId) return work;
  return { ...none, sums: { traces: 0, records: 0, fields: 0 } };
}

export function workChange(work: ErasureWork | null): StateChange {
  return { key: WORK_KEY, value: work && Buffer.from(JSON.stringify(work)) };
}

/** The tenant's holds that were placed and not released. */
export function readHolds(view: OwnerView, tenant: string): readonly Hold[] {
  const entries = [...view.scanState(holdPrefix(tenant))];
  return entries.map(([key, value]) => parsed(key, value, holdSchema));
}

export function holdChange(tenant: string, hold: Hold): StateChange {
  return { key: holdKey(tenant, hold.matter), value: Buffer.from(JSON.stringify(hold)) };
}

export function releaseChange(tenant: string, matter: string): StateChange {
  return { key: holdKey(tenant, matter), value: null };
}

const WORK_KEY = 'erasure';

function holdPrefix(tenant: string): string {
  return `hold/${encodeURIComponent(tenant)}/`;
}

// A matter is any text, and a key is short and of few characters: no two matters share one.
function holdKey(tenant: string, matter: string): string {
  return `${holdPrefix(tenant)}${hash('sha256', JSON.stringify(matter))}`;
}

function parsed<T>(key: string, bytes: Uint8Array, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new LedgerError('LEDGER_STATE_UNREADABLE', key, cause);
  }
}
