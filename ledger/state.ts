import { z } from 'zod';
import type { OwnerView, StateChange } from '../event-log/event-log.ts';
import { LedgerError } from './errors.ts';

/** How far a stream has come: one tenant's leaves in one log. */
export type StreamState = {
  /** The number of its next leaf. */
  readonly seq: number;
  /** Leaf hash of its last leaf, 64 hex digits; null before its first. */
  readonly prev: string | null;
};

/**
 * What the ledger is about to write, committed before it writes. Until the next commit it may have to be repeated, byte for byte.
 * `digest` is over the leaf hashes and names the batch in the store's deduplication tokens.
 */
export type Intent = {
  readonly logId: string;
  readonly first: number;
  readonly count: number;
  /** Offsets of the log's topic: from inclusive, to exclusive. */
  readonly from: number;
  readonly to: number;
  readonly digest: string;
};

/** How many leaves are sealed and in the store. */
export function readSize(view: OwnerView): number {
  return read(view, SIZE_KEY, z.number().int().min(0)) ?? 0;
}

export function readIntent(view: OwnerView): Intent | undefined {
  return read(view, INTENT_KEY, intentSchema);
}

export function readStream(view: OwnerView, tenant: string): StreamState {
  return read(view, streamKey(tenant), streamSchema) ?? { seq: 0, prev: null };
}

export function sizeChange(size: number): StateChange {
  return { key: SIZE_KEY, value: json(size) };
}

export function intentChange(intent: Intent | null): StateChange {
  return { key: INTENT_KEY, value: intent && json(intent) };
}

export function streamChange(tenant: string, stream: StreamState): StateChange {
  return { key: streamKey(tenant), value: json(stream) };
}

const SIZE_KEY = 'log/size';
const INTENT_KEY = 'log/intent';

// A tenant's name may have characters that a key may not.
function streamKey(tenant: string): string {
  return `${encodeURIComponent(tenant)}/stream`;
}

const position = z.number().int().min(0);
const hex = z.string().regex(/^[0-9a-f]{64}$/);
const streamSchema = z.object({ seq: position, prev: hex.nullable() });
const intentSchema = z.object({
  logId: z.string(),
  first: position,
  count: position,
  from: position,
  to: position,
  digest: hex,
});

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function read<T>(view: OwnerView, key: string, schema: z.ZodType<T>): T | undefined {
  const bytes = view.getState(key);
  if (bytes === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new LedgerError('LEDGER_STATE_UNREADABLE', key, cause);
  }
}
