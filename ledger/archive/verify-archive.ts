import { rootOf } from '../../integrity/compact-range.ts';
import { IntegrityError } from '../../integrity/errors.ts';
import { openCheckpoint } from '../../integrity/open-checkpoint.ts';
import { parsePolicy } from '../../integrity/policy.ts';
import type { VerifierKey } from '../../integrity/verifier-key.ts';
import { verifyConsistency } from '../../integrity/verify-tree-proof.ts';
import { LedgerError } from '../errors.ts';
import { logIdOf } from '../../signer/log-origin.ts';
import type { Archive } from './archive.ts';
import { givesLeaf } from './gives-leaf.ts';
import type { LoadedRange } from './load-range.ts';
import { loadRange } from './load-range.ts';
import type { RangeName } from './range-names.ts';
import { nameOf } from './range-names.ts';

/** What an archive holds, by itself and by whom the policy believes. */
export type ArchiveReport = {
  readonly logs: readonly ArchivedLog[];
  /** Ranges that were changed, and those that are missing between others. */
  readonly altered: readonly ArchiveFinding[];
  readonly missing: readonly ArchiveFinding[];
};

export type ArchivedLog = {
  readonly log: string;
  readonly ranges: number;
  readonly leaves: number;
  /** How many histories there are: a log that was restored to an earlier moment has one more each time. */
  readonly ends: number;
};

export type ArchiveFinding = { readonly name: string; readonly detail: string };

/**
 * Reads a whole archive, without store, log or keys of traces: every message gives its leaf, every range's leaves lead from the tree that it says was before to a head that is signed, and every range follows one
 * that is there. Findings are told, not thrown; throws only where the archive or the policy cannot be read.
 */
export async function verifyArchive(
  archive: Archive,
  policy: string,
  signal: AbortSignal,
): Promise<ArchiveReport> {
  const keys = parsePolicy(policy).logs.map(({ key }) => key);
  const names = await archive.list(undefined, signal);
  const [befores, afters] = [new Set(names.map(startOf)), new Set(names.map(endOf))];
  const altered: ArchiveFinding[] = [];
  const missing: ArchiveFinding[] = [];
  for (const name of names) {
    const detail = await troubleOf(archive, name, keys, signal);
    if (detail !== undefined) altered.push({ name: nameOf(name), detail });
    if (name.first > 0 && !afters.has(startOf(name))) {
      missing.push({ name: nameOf(name), detail: `no range of ${name.log} leads to it` });
    }
  }
  const logs = [...Map.groupBy(names, ({ log }) => log)].map(([log, ranges]) => ({
    log,
    ranges: ranges.length,
    leaves: ranges.reduce((most, { end }) => Math.max(most, end), 0),
    ends: ranges.filter((one) => !befores.has(endOf(one))).length,
  }));
  return { logs, altered, missing };
}

/** The tree that a range begins with, and the one that it ends with. */
function startOf({ log, first, before }: RangeName): string {
  return `${log} ${first} ${before}`;
}

function endOf({ log, end, after }: RangeName): string {
  return `${log} ${end} ${after}`;
}

/** Undefined: it is as it was archived. */
async function troubleOf(
  archive: Archive,
  name: RangeName,
  keys: readonly VerifierKey[],
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await checkRange(await loadRange(archive, name, signal), keys);
    return undefined;
  } catch (error) {
    if (error instanceof IntegrityError) return error.message;
    if (!(error instanceof LedgerError) || error.retryable) throw error;
    return error.message;
  }
}

/** Throws `LEDGER_ARCHIVE_DAMAGED` or an `IntegrityError` that says what does not fit. */
async function checkRange(
  { range, after }: LoadedRange,
  keys: readonly VerifierKey[],
): Promise<void> {
  const refuse = (why: string): never => {
    throw new LedgerError('LEDGER_ARCHIVE_DAMAGED', `${why}.`);
  };
  let offset = range.from - 1;
  for (const message of range.messages) {
    if (message.offset <= offset || message.offset >= range.to) refuse('its offsets do not rise');
    if (!givesLeaf(range, message)) refuse(`its message at ${message.offset} is another`);
    offset = message.offset;
  }
  const { checkpoint } = await openCheckpoint(range.head, keys);
  if (logIdOf(checkpoint.origin) !== range.log) refuse('its head is of another log');
  const { size, root } = checkpoint;
  const claim = { oldSize: after.size, oldRoot: rootOf(after), size, root };
  const proof = range.proof.map((hash) => Buffer.from(hash, 'hex'));
  if (!verifyConsistency(claim, proof)) refuse('its leaves are not those signed');
}
