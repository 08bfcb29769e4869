import { createHash } from 'node:crypto';
import type { EventLog, Owner } from '../../event-log/event-log.ts';
import { parseCheckpoint } from '../../integrity/checkpoint.ts';
import { parseNote } from '../../integrity/note.ts';
import type { RecordStore } from '../../record-store/clickhouse.ts';
import { archiveRoleOf, ledgerRole } from '../../schemas/state-keys.ts';
import { topics } from '../../schemas/topics.ts';
import type { Signer } from '../../signer/signer.ts';
import { LedgerError } from '../errors.ts';
import { isRetryable } from '../is-retryable.ts';
import type { LedgerMetrics } from '../metrics.ts';
import { pause } from '../pause.ts';
import type { LogSource } from '../seal-log.ts';
import type { Archive } from './archive.ts';
import { archiveChange, readArchiveState } from './archive-state.ts';
import type { MadeRange } from './make-range.ts';
import { makeRange } from './make-range.ts';
import { nameOf, shortRoot } from './range-names.ts';
import { decodeRange, encodeRange, packRange } from './sealed-range.ts';

export type ArchiverParts = {
  readonly log: Pick<EventLog, 'read' | 'trim'>;
  readonly store: RecordStore;
  readonly source: LogSource;
  /** Whose heads are believed: those that the store holds anybody may have written there. */
  readonly signer: Pick<Signer, 'latest'>;
  readonly archive: Archive;
  readonly metrics: LedgerMetrics;
  /** Wait after a failure; it doubles. */
  readonly retryFirstMs: number;
  readonly retryMsMax: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/**
 * Archives a log range by range, up to its newest signed head, and drops from the log what is archived and old enough. Works until the signal. Whatever fails is told of in the
 * metrics and tried again: nothing is dropped meanwhile. Rejects only when another owner has taken over.
 */
export async function runArchiver(
  parts: ArchiverParts,
  owner: Owner,
  signal: AbortSignal,
): Promise<void> {
  const { archive, metrics, source, retryFirstMs, retryMsMax } = parts;
  for (let failures = 0; !signal.aborted;) {
    try {
      while (!signal.aborted && (await archiveNext(parts, owner, signal)));
      await dropArchived(parts);
      metrics.archiveTroubles.delete(source.logId);
      failures = 0;
      await pause(archive.everyMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (codeOf(error) === 'EVENT_LOG_FENCED') throw error;
      metrics.archiveTroubles.set(source.logId, codeOf(error));
      metrics.archiveFailures += 1;
      failures += 1;
      // What somebody has to mend first is looked at again no sooner than that.
      const waitMs = retryFirstMs * 2 ** Math.min(failures - 1, 30);
      await pause(isRetryable(error) ? Math.min(retryMsMax, waitMs) : retryMsMax, signal);
    }
  }
}

/** Archives one range. False: all that is signed is archived. */
export async function archiveNext(
  parts: ArchiverParts,
  owner: Owner,
  signal: AbortSignal,
): Promise<boolean> {
  const { archive, metrics, source } = parts;
  const state = readArchiveState(owner);
  metrics.archived.set(source.logId, state.tree.size);
  const head = state.intent?.head ?? (await newestHead(parts, state.tree.size));
  if (head === undefined) return false;
  const { size } = parseCheckpoint(parseNote(head).text);
  const end = state.intent
    ? { sizeMax: state.intent.end, leavesMax: Infinity, bytesMax: Infinity }
    : { sizeMax: size, leavesMax: archive.leavesMax, bytesMax: archive.bytesMax };
  const made = await makeRange(parts, state, head, end);
  const plain = encodeRange(made.range);
  const digest = sha256(plain);
  if (state.intent && state.intent.digest !== digest) {
    throw new LedgerError('LEDGER_ARCHIVE_DIFFERS', `${source.logId} from ${state.tree.size}.`);
  }
  // Commit point: the range is promised. If we die on the next line, the next owner makes the same one.
  const intent = { end: made.after.size, head, digest };
  if (!state.intent) {
    const promised = archiveChange({ ...state, intent });
    await owner.commit({ positions: [], appends: [], state: [promised] });
  }
  await putRange(archive, nameOfRange(state.tree, made), plain, signal);
  const { topic, partition } = source;
  const offset = made.range.to;
  const done = archiveChange({ tree: made.after, offset, intent: null });
  // Commit point: the range is where it is kept, synced. Only now may the log drop its messages.
  await owner.commit({ positions: [{ topic, partition, offset }], appends: [], state: [done] });
  metrics.archived.set(source.logId, made.after.size);
  return true;
}

type Tree = Parameters<typeof shortRoot>[0];

function nameOfRange(tree: Tree, { range, after }: MadeRange): string {
  const { log, first, end } = range;
  return nameOf({ log, first, end, before: shortRoot(tree), after: shortRoot(after) });
}

/** What is there under the name must be the same: a crash came after it was written, or an owner that was replaced was faster. */
async function putRange(
  archive: Archive,
  name: string,
  plain: Buffer,
  signal: AbortSignal,
): Promise<void> {
  if (await archive.putOnce(name, await packRange(plain), signal)) return;
  const held = await archive.get(name, signal);
  if (held?.equals(plain) === true) return;
  // Heads and proofs may be others: of the same leaves and messages.
  const [there, ours] = [held && decodeRange(name, held), decodeRange(name, plain)];
  if (there && encodeRange({ ...there, head: ours.head, proof: ours.proof }).equals(plain)) return;
  throw new LedgerError('LEDGER_ARCHIVE_DIFFERS', `${name} is there, and is another.`);
}

/** The newest signed head beyond a size, of whom signed it. */
async function newestHead(
  { signer, source }: ArchiverParts,
  size: number,
): Promise<string | undefined> {
  const latest = await signer.latest(source.logId);
  return latest !== undefined && latest.size > size ? latest.note : undefined;
}

/** One of the archivers of records does it for all of their partitions. */
async function dropArchived({ log, source, archive, metrics, clock }: ArchiverParts) {
  if (source.topic !== topics.records || source.partition !== 0) return;
  if (archive.logKeepsHours === null) return;
  const beforeMs = clock() - archive.logKeepsHours * HOUR_MS;
  const readers = [ledgerRole, archiveRoleOf(ledgerRole)];
  const { droppedMessages } = await log.trim(topics.records, beforeMs, readers);
  metrics.messagesDropped += droppedMessages;
}

const HOUR_MS = 3_600_000;

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'LEDGER_DEFECT';
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
