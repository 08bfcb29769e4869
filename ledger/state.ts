import { z } from 'zod';
import type { OwnerView, StateChange } from '../event-log/event-log.ts';
import type { CompactRange } from '../integrity/compact-range.ts';
import { emptyRange, readRange } from '../integrity/compact-range.ts';
import { fenceKey } from '../schemas/state-keys.ts';
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
  /** Version of its leaves. */
  readonly version: number;
  readonly digest: string;
};

/** Whether a batch made again is the one that was promised. */
export function sameIntent(made: Intent, promised: Intent): boolean {
  return (
    made.logId === promised.logId &&
    made.first === promised.first &&
    made.count === promised.count &&
    made.from === promised.from &&
    made.to === promised.to &&
    made.version === promised.version &&
    made.digest === promised.digest
  );
}

/** The tree of all leaves that are sealed and in the store. */
export function readTree(view: OwnerView): CompactRange {
  const stored = read(view, TREE_KEY, treeSchema);
  if (stored === undefined) return emptyRange;
  try {
    return readRange(
      stored.size,
      stored.hashes.map((hash) => Buffer.from(hash, 'hex')),
    );
  } catch (cause) {
    throw new LedgerError('LEDGER_STATE_UNREADABLE', TREE_KEY, cause);
  }
}

export function readIntent(view: OwnerView): Intent | undefined {
  return read(view, INTENT_KEY, intentSchema);
}

export function readStream(view: OwnerView, tenant: string): StreamState {
  return read(view, streamKey(tenant), streamSchema) ?? { seq: 0, prev: null };
}

/** How often the log was taken over: what tells a signer an owner from the one before it. */
export function readFence(view: OwnerView): number {
  return read(view, fenceKey, position) ?? 0;
}

export function treeChange({ size, hashes }: CompactRange): StateChange {
  const told = hashes.map((hash) => Buffer.from(hash).toString('hex'));
  return { key: TREE_KEY, value: json({ size, hashes: told }) };
}

export function intentChange(intent: Intent | null): StateChange {
  return { key: INTENT_KEY, value: intent && json(intent) };
}

export function streamChange(tenant: string, stream: StreamState): StateChange {
  return { key: streamKey(tenant), value: json(stream) };
}

export function fenceChange(fence: number): StateChange {
  return { key: fenceKey, value: json(fence) };
}

const TREE_KEY = 'log/tree';
const INTENT_KEY = 'log/intent';

// A tenant's name may have characters that a key may not.
function streamKey(tenant: string): string {
  return `${encodeURIComponent(tenant)}/stream`;
}

const position = z.number().int().min(0);
const hex = z.string().regex(/^[0-9a-f]{64}$/);
const streamSchema = z.object({ seq: position, prev: hex.nullable() });
const treeSchema = z.object({ size: position, hashes: z.array(hex) });
const intentSchema = z.object({
  logId: z.string(),
  first: position,
  count: position,
  from: position,
  to: position,
  version: position,
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
