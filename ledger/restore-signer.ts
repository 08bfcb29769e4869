import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventLog } from '../event-log/event-log.ts';
import type { CompactRange } from '../integrity/compact-range.ts';
import { emptyRange, rootOf } from '../integrity/compact-range.ts';
import { openCheckpoint } from '../integrity/open-checkpoint.ts';
import { parsePolicy } from '../integrity/policy.ts';
import { headerNames, topics } from '../schemas/topics.ts';
import { LedgerError } from './errors.ts';
import {
  policyLines,
  policyText,
  readEarlierPolicy,
  writeSignerMemory,
} from '../signer/file-signer.ts';
import { logIdsOf, logSources } from './log-sources.ts';
import { logIdOf } from '../signer/log-origin.ts';
import { checkpointKinds } from './read-checkpoint.ts';
import { openSignerKeys, renameDeployment } from '../signer/signer-keys.ts';
import { readIntent, readTree } from './state.ts';

/** A log as an event log holds it: all that is sealed of it, and what was signed of that last. */
export type RestoredLog = {
  readonly logId: string;
  readonly size: number;
  readonly signedSize: number;
};

/** Leaves that somebody holds a signed head of and that are not here. */
export type LostLeaves = { readonly logId: string; readonly from: number; readonly to: number };

export type RestoredSigner = {
  readonly before: string;
  readonly after: string;
  readonly logs: readonly RestoredLog[];
};

type Head = { readonly logId: string; readonly size: number; readonly root: Uint8Array };

/**
 * Makes the signer of a restored event log ready: it gets a new name, since others may hold heads of the old one that are further than what is here, and remembers the heads
 * that the log holds, so that it signs a restored tree only when a consistency proof leads there from what was signed. Throws `LEDGER_RESTORE_DIFFERS` where a head
 * of the log is not signed, is further than what is sealed, or is another tree.
 */
export async function restoreSigner(log: EventLog, signerFolder: string): Promise<RestoredSigner> {
  const policy = await policyOf(signerFolder, log.partitions);
  const trees = await sealedTrees(log);
  const heads = new Map<string, Head>();
  for (const note of await newestNotes(log)) {
    const head = await openHead(note, policy);
    checkHead(trees, head);
    heads.set(head.logId, head);
  }
  const { before, after } = await renameDeployment(signerFolder);
  const earlier = `${policyLines(before, logIdsOf(log.partitions))}${await readEarlierPolicy(signerFolder)}`;
  const known = [...heads].map(([id, { size, root }]) => [id, { size, root, fence: 0 }] as const);
  await writeSignerMemory(signerFolder, { earlier, heads: new Map(known) });
  await rm(join(signerFolder, 'policy.txt'), { force: true });
  const logs = [...trees].map(([logId, { end }]) => ({
    logId,
    size: end,
    signedSize: heads.get(logId)?.size ?? 0,
  }));
  return { before: before.deployment, after: after.deployment, logs };
}

/**
 * What heads that were kept elsewhere show to be lost: leaves that were signed after the backup. Throws `LEDGER_RESTORE_DIFFERS` for a head that the deployment
 * did not sign, or of a tree of this size that is another.
 */
export async function lostLeaves(
  log: EventLog,
  signerFolder: string,
  notes: readonly string[],
): Promise<readonly LostLeaves[]> {
  const policy = await policyOf(signerFolder, log.partitions);
  const trees = await sealedTrees(log);
  const lost = new Map<string, LostLeaves>();
  for (const note of notes) {
    const head = await openHead(note, policy);
    const from = trees.get(head.logId)?.end ?? 0;
    if (head.size <= from) checkHead(trees, head);
    else if (head.size > (lost.get(head.logId)?.to ?? 0)) {
      lost.set(head.logId, { logId: head.logId, from, to: head.size });
    }
  }
  return [...lost.values()];
}

/** A log's tree as its owner committed it, and where it ends with the batch that was promised then, and perhaps signed. */
type Sealed = { readonly tree: CompactRange; readonly end: number };

async function sealedTrees(log: EventLog): Promise<ReadonlyMap<string, Sealed>> {
  const trees = new Map<string, Sealed>();
  for (const { logId, role, partition } of logSources(log.partitions)) {
    const view = await log.inspect(role, partition);
    const tree = readTree(view);
    trees.set(logId, { tree, end: tree.size + (readIntent(view)?.count ?? 0) });
  }
  return trees;
}

async function policyOf(signerFolder: string, partitions: number): Promise<string> {
  const keys = await openSignerKeys(signerFolder);
  const own = policyLines(keys, logIdsOf(partitions));
  return policyText(own, await readEarlierPolicy(signerFolder));
}

/** The newest head of each log. What came before it is a beginning of the same tree, or the signer would not have signed. */
async function newestNotes(log: EventLog): Promise<readonly string[]> {
  const notes = new Map<string, string>();
  const { start, end } = await log.range(topics.checkpoints, 0);
  const limits = { messagesMax: 1_000, bytesMax: 4 * 1024 * 1024, waitMsMax: 0 };
  for (let offset = start; offset < end;) {
    const messages = await log.read({ topic: topics.checkpoints, partition: 0, offset }, limits);
    for (const { key, value, headers } of messages) {
      if (value === null || headers[headerNames.kind] === checkpointKinds.policy) continue;
      notes.set(key ?? '', Buffer.from(value).toString('utf8'));
    }
    offset = (messages.at(-1)?.offset ?? end) + 1;
  }
  return [...notes.values()];
}

async function openHead(note: string, policy: string): Promise<Head> {
  const keys = parsePolicy(policy).logs.map(({ key }) => key);
  const { checkpoint } = await openCheckpoint(note, keys).catch((cause: unknown) => {
    throw new LedgerError('LEDGER_RESTORE_DIFFERS', 'A head is not signed by its keys.', cause);
  });
  const { origin, size, root } = checkpoint;
  return { logId: logIdOf(origin), size, root };
}

/** Of a smaller head only a proof tells, which needs all leaves: the signer asks for it, and an audit. */
function checkHead(trees: ReadonlyMap<string, Sealed>, { logId, size, root }: Head): void {
  const { tree, end } = trees.get(logId) ?? { tree: emptyRange, end: 0 };
  const isOther = size === tree.size && Buffer.compare(rootOf(tree), root) !== 0;
  if (size <= end && !isOther) return;
  const detail = `${logId}: a head of ${size} leaves, and ${end} are sealed.`;
  throw new LedgerError('LEDGER_RESTORE_DIFFERS', detail);
}
