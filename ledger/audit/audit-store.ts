import { parsePolicy } from '../../integrity/policy.ts';
import type { VerifierKey } from '../../integrity/verifier-key.ts';
import { readRedacted } from './read-redacted.ts';
import { logIdOf } from '../../signer/log-origin.ts';
import { metaLogId } from '../read-checkpoint.ts';
import { registryLogId } from '../read-control.ts';
import { auditLeaves } from './audit-leaves.ts';
import type { AuditedStore, HeadRow, PlacedTable } from './audited-store.ts';
import { placedTables } from './audited-store.ts';
import type { AuditReport } from './findings.ts';
import { AuditDraft } from './findings.ts';
import type { TrustedHead } from './log-audit.ts';
import { CHUNK_LEAVES_MAX } from './log-audit.ts';
import { openHead } from './open-head.ts';

export type AuditOptions = {
  readonly store: AuditedStore;
  /** Text of the tlog-policy to believe; it names the logs. */
  readonly policy: string;
  /** Signed heads that were kept elsewhere: they show a store that was set back as a whole. */
  readonly heldHeads: readonly string[];
  /** Where an earlier audit saw each table end: rows beyond it came later, and their leaves may be on their way. */
  readonly seen?: ReadonlyMap<PlacedTable, ReadonlyMap<string, number>>;
};

/**
 * Reads a whole store again: every leaf leads to every signed head, follows the one before it in its stream, and each row and column that is derived from
 * it says what it says. A finding is a change; that the store cannot be read is an error. Throws `POLICY_MALFORMED` for a policy that is none.
 */
export async function auditStore(options: AuditOptions): Promise<AuditReport> {
  const draft = new AuditDraft();
  const keys = parsePolicy(options.policy).logs.map(({ key }) => key);
  const logs = logsOf(keys);
  const trusted = new Map<string, Map<number, TrustedHead>>();
  for (const [logId, own] of logs) {
    trusted.set(logId, await headsOf(options, draft, { logId, keys: own }));
  }
  await addHeads(options.heldHeads, { logs, trusted, draft });
  await addHeads(await metaNotes(options.store), { logs, trusted, draft });
  const control = trusted.get(registryLogId)?.keys() ?? [];
  const redacted = await readRedacted(options.store, Math.max(0, ...control));
  const ends: LogEnd[] = [];
  for (const logId of logs.keys()) {
    const heads = [...(trusted.get(logId)?.values() ?? [])].sort((a, b) => a.size - b.size);
    const end = await auditLeaves({ store: options.store, draft, logId, heads, redacted });
    ends.push({ logId, end });
  }
  for (const table of placedTables) {
    const strays = await options.store.strays(table, placesOf(ends, options.seen?.get(table)));
    if (strays > 0) draft.add('ROW_UNEXPECTED', '', null, `${table}: ${strays} of no known leaf`);
  }
  return draft.report();
}

type LogEnd = { readonly logId: string; readonly end: number };

/** Where a log's rows may stand: below its end, or anywhere if its end has passed what was seen. */
function placesOf(
  ends: readonly LogEnd[],
  seen: ReadonlyMap<string, number> | undefined,
): readonly LogEnd[] {
  if (seen === undefined) return ends;
  return ends.map(({ logId, end }) => ({
    logId,
    end: (seen.get(logId) ?? 0) <= end ? Number.MAX_SAFE_INTEGER : end,
  }));
}

/** The logs that the policy names, by their short names. */
export function logsOf(keys: readonly VerifierKey[]): ReadonlyMap<string, readonly VerifierKey[]> {
  const logs = new Map<string, VerifierKey[]>();
  for (const key of keys) {
    const logId = logIdOf(key.name);
    logs.set(logId, [...(logs.get(logId) ?? []), key]);
  }
  return logs;
}

type OwnLog = { readonly logId: string; readonly keys: readonly VerifierKey[] };

/** The store's heads of a log that are signed and say what their rows say. */
async function headsOf(
  { store }: AuditOptions,
  draft: AuditDraft,
  { logId, keys }: OwnLog,
): Promise<Map<number, TrustedHead>> {
  const heads = new Map<number, TrustedHead>();
  for (const row of await store.heads(logId)) {
    draft.counts.heads += 1;
    const head = await openHead(row.note, keys);
    if (head === undefined) draft.add('HEAD_UNSIGNED', logId, row.size);
    else if (!sameHead(head, row)) draft.add('HEAD_DIFFERS', logId, row.size);
    else keepHead(heads, head, { draft, logId });
  }
  return heads;
}

type HeadPlace = {
  readonly logs: ReadonlyMap<string, readonly VerifierKey[]>;
  readonly trusted: ReadonlyMap<string, Map<number, TrustedHead>>;
  readonly draft: AuditDraft;
};

/** Adds signed heads that stand elsewhere: the store is to have had them too. */
async function addHeads(
  notes: readonly string[],
  { logs, trusted, draft }: HeadPlace,
): Promise<void> {
  for (const note of notes) {
    const logId = logIdOf(note.slice(0, note.indexOf('\n')));
    const head = await openHead(note, logs.get(logId) ?? []);
    const heads = trusted.get(logId);
    if (head === undefined || heads === undefined) {
      draft.add('HEAD_UNSIGNED', logId, null, 'a head from elsewhere');
      continue;
    }
    if (!heads.has(head.size)) draft.add('HEAD_MISSING', logId, head.size);
    keepHead(heads, head, { draft, logId });
  }
}

function keepHead(
  heads: Map<number, TrustedHead>,
  head: TrustedHead,
  { draft, logId }: { readonly draft: AuditDraft; readonly logId: string },
): void {
  const known = heads.get(head.size);
  if (known && known.root !== head.root) draft.add('HEAD_FORKED', logId, head.size);
  heads.set(head.size, known ?? head);
}

function sameHead(head: TrustedHead, row: HeadRow): boolean {
  return head.size === row.size && head.root === row.root;
}

/** The heads that the meta log's leaves hold. Its policies are none. */
async function metaNotes(store: AuditedStore): Promise<readonly string[]> {
  const notes: string[] = [];
  const end = await store.leafEnd(metaLogId);
  for (let from = 0; from < end; from += CHUNK_LEAVES_MAX) {
    const leaves = await store.leaves(metaLogId, from, from + CHUNK_LEAVES_MAX);
    notes.push(...leaves.map(({ leaf }) => leaf).filter((leaf) => leaf.includes('\n\n')));
  }
  return notes;
}
