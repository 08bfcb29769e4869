import type { EventLog, NewMessage } from '../event-log/event-log.ts';
import { rootOf } from '../integrity/compact-range.ts';
import { consistencyNodes, makeConsistencyProof } from '../integrity/tree-proof.ts';
import type { RecordStore } from '../record-store/clickhouse.ts';
import { RowBlock } from '../record-store/row-binary.ts';
import { readTreeNodes } from '../record-store/tree-nodes.ts';
import { checkpointsTable, nodesTable } from '../schemas/tables.ts';
import { headerNames, topics } from '../schemas/topics.ts';
import { beginWork } from '../telemetry/trace-work.ts';
import { LedgerError } from './errors.ts';
import { isRetryable } from './is-retryable.ts';
import type { LedgerMetrics } from './metrics.ts';
import { pause } from './pause.ts';
import { checkpointKinds, metaLogId } from './read-checkpoint.ts';
import type { SealedTree } from './seal-log.ts';
import { policyMessages } from './publish-policy.ts';
import type { Signer } from '../signer/signer.ts';

export type HeadParts = {
  readonly log: Pick<EventLog, 'append'>;
  readonly store: RecordStore;
  readonly signer: Signer;
  readonly metrics: LedgerMetrics;
  /** Every log of the deployment: whom a verifier is to believe for them is published. */
  readonly logIds: readonly string[];
  /** Between two rounds of signing, milliseconds. */
  readonly everyMs: number;
  /** Told of each signed head of the meta log that is published. Must not wait. */
  readonly onMetaSigned: (note: string) => void;
};

/** What is known of one log: the tree in the store, its nodes that are not written yet, and the size that is signed. */
type LogHead = {
  sealed: SealedTree;
  nodes: SealedTree['nodes'][number][];
  signedSize: number | undefined;
  /** Whether this process no longer seals it: what it sealed last is signed, and then it is somebody else's. */
  isReleased: boolean;
};

type SignedNote = {
  readonly logId: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
};

/**
 * Has the heads of the logs' trees signed, all that grew once a round, and publishes them: to the topic of checkpoints, which the meta log seals,
 * and to the store. Only what the store holds is signed, since the proof that the signer asks for is read from there.
 */
export class HeadSigner {
  readonly #parts: HeadParts;
  readonly #logs = new Map<string, LogHead>();
  #toldPolicy: string | undefined;

  constructor(parts: HeadParts) {
    this.#parts = parts;
  }

  /** Told of each batch that is in the store, in order. */
  noteSealed(sealed: SealedTree): void {
    const known = this.#logs.get(sealed.logId);
    if (known?.sealed.fence === sealed.fence) {
      known.sealed = sealed;
      known.nodes.push(...sealed.nodes);
    } else {
      const fresh = { signedSize: undefined, isReleased: false };
      this.#logs.set(sealed.logId, { sealed, nodes: [...sealed.nodes], ...fresh });
    }
  }

  /** Told that this process no longer seals the log: what it sealed last is signed by its next round, unless who has it now was first. */
  noteReleased(logId: string): void {
    const known = this.#logs.get(logId);
    if (known) known.isReleased = true;
  }

  /**
   * Signs round after round until the signal. A store or signer that is away is waited for; a refusal ends it with `LEDGER_SIGNER_REFUSED`.
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(this.#parts.everyMs, signal);
      await this.round();
    }
  }

  /** One round. Safe to repeat: what was signed is signed alike again. */
  async round(): Promise<void> {
    const heads = [...this.#logs.values()];
    const grown = heads.filter(({ sealed, signedSize }) => sealed.tree.size !== signedSize);
    const traced = grown.length === 0 ? undefined : beginWork({ name: 'waybill.ledger.sign' });
    traced?.tell({ 'waybill.logs': grown.length });
    try {
      await this.#signAll();
      traced?.end();
    } catch (error) {
      traced?.end(error);
      throw error;
    }
  }

  async #signAll(): Promise<void> {
    const { metrics } = this.#parts;
    try {
      const signed: SignedNote[] = [];
      // What is sealed while the round lasts has nodes that are not written: it is the next round's.
      const turns = [...this.#logs.values()].map((head) => ({ head, sealed: head.sealed }));
      // All of them first: they are not to pile up here while the signer is away.
      for (const { head } of turns) await this.#writeNodes(head);
      for (const { head, sealed } of turns) {
        const note = await this.#signGrown(head, sealed);
        if (note) signed.push(note);
        // One that came back meanwhile is another.
        else if (head.isReleased && this.#logs.get(sealed.logId) === head)
          this.#logs.delete(sealed.logId);
      }
      await this.#publish(signed);
      metrics.signingTrouble = null;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      metrics.signingRetries += 1;
      metrics.signingTrouble = codeOf(error);
    }
  }

  async #writeNodes(head: LogHead): Promise<void> {
    if (head.nodes.length === 0) return;
    const written = [...head.nodes];
    const block = new RowBlock(nodesTable);
    const { logId } = head.sealed;
    for (const { level, index, hash } of written) block.add([logId, level, index, hash]);
    const [first] = written;
    const token = `${logId}/nodes/${first?.level}.${first?.index}+${written.length}`;
    await this.#parts.store.insertRows(nodesTable, block.bytes(), { token });
    head.nodes = head.nodes.slice(written.length);
  }

  async #signGrown(head: LogHead, sealed: SealedTree): Promise<SignedNote | undefined> {
    const { signer, store, metrics } = this.#parts;
    const { logId, tree, fence } = sealed;
    if (head.signedSize === undefined) {
      const { size, unpublished } = await this.#recall(logId);
      // It counts as signed once it is published, and is published once the store holds its leaves.
      if (unpublished && tree.size <= size) return tree.size === size ? unpublished : undefined;
      head.signedSize = size;
    }
    const oldSize = head.signedSize;
    // A ledger whose own state was set back seals again what is signed already, and is signed when it says more.
    if (tree.size <= oldSize) return undefined;
    const { size } = tree;
    const nodes = consistencyNodes(oldSize, size);
    const readNode = await readTreeNodes(store, { logId, size }, nodes);
    const proof = makeConsistencyProof(oldSize, size, readNode);
    const root = rootOf(tree);
    const answer = await signer.sign({ logId, oldSize, size, root, proof, fence });
    if (answer.kind === 'refused') {
      if (answer.reason === 'fenced' && (head.isReleased || (await sealed.isReplaced()))) {
        // Who took the log over signs it.
        head.isReleased = true;
        return undefined;
      }
      metrics.signingRefusals += 1;
      const detail = `${logId} from ${oldSize} to ${size}: ${answer.reason}.`;
      throw new LedgerError('LEDGER_SIGNER_REFUSED', detail);
    }
    if (answer.kind === 'signed') return { logId, size, root, note: answer.note };
    // The next round goes on from there.
    head.signedSize = answer.size;
    return undefined;
  }

  /**
   * What the signer signed last, and its note where a crash came before that was published. A signer that remembers less than was published was set back, and
   * would sign a second tree.
   */
  async #recall(logId: string): Promise<{
    readonly size: number;
    readonly unpublished: SignedNote | undefined;
  }> {
    const { signer, store } = this.#parts;
    const latest = await signer.latest(logId);
    const size = latest?.size ?? 0;
    const sql = 'SELECT max(size) AS size FROM waybill.checkpoints WHERE log_id = {log:String}';
    const [row] = await store.query<{ size: number }>({ sql, params: { log: logId } });
    const published = row?.size ?? 0;
    if (published > size) {
      const detail = `It signed ${logId} to ${size} only, and ${published} is published.`;
      throw new LedgerError('LEDGER_SIGNER_STATE', detail);
    }
    // What was signed before a crash may never have been given to an anchor.
    if (latest && logId === metaLogId) this.#parts.onMetaSigned(latest.note);
    return { size, unpublished: latest && published < size ? { logId, ...latest } : undefined };
  }

  /**
   * Commit point: what is signed is in the topic, behind the policy under which it is to be believed, then in the store. If we die between them or before, the next start publishes the signer's latest
   * again; a head that is there twice says the same.
   */
  async #publish(signed: readonly SignedNote[]): Promise<void> {
    const { log, store, metrics } = this.#parts;
    const policy = await this.#policyToTell(signed.length > 0);
    const told = policy === undefined ? [] : await policyMessages(store, policy);
    if (told.length + signed.length > 0) await log.append([...told, ...signed.map(messageOf)]);
    if (policy !== undefined) this.#toldPolicy = policy;
    if (signed.length === 0) return;
    const block = new RowBlock(checkpointsTable);
    for (const { logId, size, root, note } of signed) block.add([logId, size, root, note]);
    const token = signed.map(({ logId, size }) => `${logId}@${size}`).join(',');
    await store.insertRows(checkpointsTable, block.bytes(), { token });
    for (const { logId, size, note } of signed) {
      const head = this.#logs.get(logId);
      if (head) head.signedSize = size;
      metrics.signedSizes.set(logId, size);
      if (logId === metaLogId) this.#parts.onMetaSigned(note);
    }
    metrics.headsSigned += signed.length;
  }

  /** The policy, from whoever seals the meta log, where it was not told yet or may have changed with what was signed. */
  async #policyToTell(isSigned: boolean): Promise<string | undefined> {
    const { signer, logIds } = this.#parts;
    if (!this.#logs.has(metaLogId)) return undefined;
    if (this.#toldPolicy !== undefined && !isSigned) return undefined;
    const policy = await signer.policy(logIds);
    return policy === this.#toldPolicy ? undefined : policy;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'DEFECT';
}

function messageOf({ logId, note }: SignedNote): NewMessage {
  const kind = logId === metaLogId ? checkpointKinds.meta : checkpointKinds.head;
  return {
    topic: topics.checkpoints,
    partition: 0,
    key: logId,
    headers: { [headerNames.kind]: kind },
    value: Buffer.from(note),
  };
}
