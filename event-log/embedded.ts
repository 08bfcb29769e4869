import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { compactedTopics, topics } from '../schemas/topics.ts';
import type { Topic } from '../schemas/topics.ts';
import type { BackPressureLimits } from './back-pressure.ts';
import { watchLimits } from './back-pressure.ts';
import * as check from './check-message.ts';
import { EventLogError } from './errors.ts';
import type {
  EventLog,
  LogMessage,
  NewMessage,
  Owner,
  OwnerView,
  PartitionWork,
  Position,
  ReadLimits,
  SharedWork,
  TrimResult,
} from './event-log.ts';
import { lockFolder } from './folder-lock.ts';
import type { FolderLock } from './folder-lock.ts';
import { nextOffset, partitionOf, readHead } from './journal.ts';
import type { MainFile } from './main-file.ts';
import {
  openMainFile,
  putPositions,
  putState,
  takeOwnership,
  trimPartition,
  viewOwner,
} from './main-file.ts';
import { idOf, mainIds, partitionCount } from './partition-ids.ts';
import { readInto, startReading } from './partition-reader.ts';
import { workOnAll } from './share-work.ts';
import type { SpanFiles } from './span-files.ts';
import { openSpanFiles } from './span-files.ts';
import type { Waiter } from './wait-for.ts';
import { createWaiter } from './wait-for.ts';
import { toAppend } from './write-batch.ts';
import type { WriteQueue } from './write-queue.ts';
import { createWriteQueue } from './write-queue.ts';

export type EmbeddedLogOptions = {
  /** Made if it is not there. One process at a time; any number of its threads. */
  readonly folder: string;
  /** Of every topic that is partitioned; fixed at birth. Without it as the log was born, and one in a new one. */
  readonly partitions?: number;
  readonly limits?: Partial<BackPressureLimits>;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly clock?: () => number;
};

export const defaultBackPressure: BackPressureLimits = {
  diskFreeBytesMin: 1024 ** 3,
  lagMsMax: 24 * 60 * 60 * 1000,
  requiredReaders: ['enricher'],
};

/**
 * The event log on LMDB (README.md has the layout on disk). Every thread opens it for itself.
 * Throws `EVENT_LOG_LOCKED` while another process has the folder, `EVENT_LOG_PARTITIONS_DIFFER` for another partition count.
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EventLog> {
  const { folder, partitions: asked, clock = Date.now } = options;
  if (asked !== undefined) check.checkPartitionCount(asked);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = lockFolder(folder);
  let main: MainFile | undefined;
  try {
    main = await openMainFile(join(folder, 'main.mdb'), mainIds, asked);
    const spans = openSpanFiles(folder, main.partitions, clock);
    const limits = { ...defaultBackPressure, ...options.limits };
    return new EmbeddedLog({ folder, clock, lock, main, spans, limits });
  } catch (error) {
    await main?.journal.env.close();
    lock.release();
    throw error;
  }
}

type Parts = {
  readonly folder: string;
  readonly clock: () => number;
  readonly lock: FolderLock;
  readonly main: MainFile;
  readonly spans: SpanFiles;
  readonly limits: BackPressureLimits;
};

class EmbeddedLog implements EventLog {
  readonly partitions: number;
  readonly #parts: Parts;
  readonly #waiter: Waiter = createWaiter(() => this.#refresh());
  readonly #mainQueue: WriteQueue;
  readonly #spanQueue: WriteQueue;
  readonly #checkLimits: () => void;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    const { clock, main, spans } = parts;
    const committed = (): void => this.#waiter.nudge();
    this.partitions = main.partitions;
    this.#parts = parts;
    this.#mainQueue = createWriteQueue({ journal: () => main.journal, clock, committed });
    this.#spanQueue = createWriteQueue({ journal: () => spans.current(), clock, committed });
    this.#checkLimits = watchLimits(parts.folder, parts.limits, clock, (role) => this.#lagMs(role));
  }

  async append(messages: readonly NewMessage[]): Promise<void> {
    this.#assertOpen();
    for (const message of messages) check.checkMessage(message, this.partitions);
    const ofSpans = messages.filter((message) => message.topic === topics.spans);
    const ofRest = messages.filter((message) => message.topic !== topics.spans);
    if (ofSpans.length > 0) this.#checkLimits();
    // The spans' file comes last: what else the call brings (names for the directory) is harmless without them.
    if (ofRest.length > 0) await this.#write(this.#mainQueue, ofRest);
    if (ofSpans.length > 0) await this.#write(this.#spanQueue, ofSpans);
  }

  async read(from: Position, limits: ReadLimits): Promise<readonly LogMessage[]> {
    this.#assertOpen();
    check.checkPartition(from.topic, from.partition, this.partitions);
    const look = (): readonly LogMessage[] | undefined => {
      const found = this.#readNow(from, limits);
      return found.length > 0 ? found : undefined;
    };
    this.#refresh();
    const found = look() ?? (await this.#waiter.waitFor(look, limits.waitMsMax, limits.signal));
    return found ?? [];
  }

  async range(topic: Topic, partition: number): Promise<{ start: number; end: number }> {
    this.#assertOpen();
    check.checkPartition(topic, partition, this.partitions);
    const { main, spans } = this.#parts;
    if (topic === topics.spans) return Promise.resolve(spans.range(partition));
    const id = idOf(topic, partition);
    main.journal.env.resetReadTxn();
    const { end } = readHead(main.journal, id);
    return Promise.resolve({ start: nextOffset(partitionOf(main.journal, id), 0) ?? end, end });
  }

  async openOwner(role: string, partition: number): Promise<Owner> {
    this.#assertOpen();
    const ownerKey = check.ownerKeyOf(role, partition);
    const { main } = this.#parts;
    const epoch = await this.#mainQueue.runAlone(() => takeOwnership(main, ownerKey));
    const fence = { owners: main.owners, key: ownerKey, epoch };
    let isClosed = false;
    return {
      ...this.#view(ownerKey),
      commit: async (commit) => {
        this.#assertOpen();
        if (isClosed) throw new EventLogError('EVENT_LOG_CLOSED', `${ownerKey} was given back`);
        check.checkCommit(commit, this.partitions);
        const putRest = (): void => {
          putPositions(main, ownerKey, commit.positions);
          putState(main, ownerKey, commit.state);
        };
        // Commit point: output, positions and state are on disk together when this resolves; before, none of them is.
        await this.#mainQueue.write({ fence, appends: commit.appends.map(toAppend), putRest });
      },
      close: () => {
        isClosed = true;
        return Promise.resolve();
      },
    };
  }

  async share(role: string, topic: Topic, work: PartitionWork): Promise<SharedWork> {
    this.#assertOpen();
    check.checkRole(role);
    check.checkPartition(topic, 0, this.partitions);
    return Promise.resolve(workOnAll(partitionCount(topic, this.partitions), work));
  }

  async inspect(role: string, partition: number): Promise<OwnerView> {
    this.#assertOpen();
    return Promise.resolve(this.#view(check.ownerKeyOf(role, partition)));
  }

  async trim(
    topic: Topic,
    beforeMs: number,
    requiredReaders: readonly string[],
  ): Promise<TrimResult> {
    this.#assertOpen();
    check.checkPartition(topic, 0, this.partitions);
    for (const role of requiredReaders) check.checkRole(role);
    if (topic === topics.spans) {
      return this.#spanQueue.runAlone(() => {
        const readers = requiredReaders.map((role) => [role, this.#positions(role)] as const);
        return this.#parts.spans.drop(beforeMs, new Map(readers));
      });
    }
    const results: TrimResult[] = [];
    for (let partition = 0; partition < partitionCount(topic, this.partitions); partition += 1) {
      results.push(await this.#trimMain(topic, partition, beforeMs, requiredReaders));
    }
    return {
      droppedMessages: results.reduce((sum, result) => sum + result.droppedMessages, 0),
      heldBackBy: [...new Set(results.flatMap((result) => result.heldBackBy))],
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #closeOnce(): Promise<void> {
    const { main, spans, lock } = this.#parts;
    this.#waiter.close();
    await Promise.all([this.#mainQueue.close(), this.#spanQueue.close()]);
    await Promise.all([main.journal.env.close(), spans.close()]);
    lock.release();
  }

  #write(queue: WriteQueue, messages: readonly NewMessage[]): Promise<void> {
    // Commit point: when this resolves the messages are on disk; before, all of them or none may be.
    return queue.write({ fence: undefined, appends: messages.map(toAppend), putRest: undefined });
  }

  #readNow(from: Position, limits: ReadLimits): readonly LogMessage[] {
    if (this.#closing !== undefined) return [];
    const { main, spans } = this.#parts;
    const reading = startReading(from.topic, from.partition, limits);
    if (from.topic === topics.spans) {
      spans.readInto(reading, from.partition, from.offset);
      return reading.found;
    }
    const id = idOf(from.topic, from.partition);
    const { end } = readHead(main.journal, id);
    readInto(reading, main.journal, id, { offset: from.offset, end });
    return reading.found;
  }

  #refresh(): void {
    if (this.#closing !== undefined) return;
    this.#parts.main.journal.env.resetReadTxn();
    this.#parts.spans.refresh();
  }

  #view(ownerKey: string): OwnerView {
    const view = viewOwner(this.#parts.main, ownerKey);
    return {
      ...view,
      position: (topic, partition) => {
        this.#assertOpen();
        this.#parts.main.journal.env.resetReadTxn();
        return view.position(topic, partition);
      },
    };
  }

  /** What the role has committed of each partition of spans. */
  #positions(role: string): readonly number[] {
    return Array.from({ length: this.partitions }, (_, partition) =>
      this.#view(check.ownerKeyOf(role, partition)).position(topics.spans, partition),
    );
  }

  #lagMs(role: string): number {
    const limits: ReadLimits = { messagesMax: 1, bytesMax: 1, waitMsMax: 0 };
    this.#refresh();
    const waits = this.#positions(role).map((offset, partition) => {
      const [oldest] = this.#readNow({ topic: topics.spans, partition, offset }, limits);
      return oldest === undefined ? 0 : this.#parts.clock() - oldest.appendTimeMs;
    });
    return Math.max(...waits);
  }

  async #trimMain(
    topic: Topic,
    partition: number,
    beforeMs: number,
    roles: readonly string[],
  ): Promise<TrimResult> {
    const order = { topic, partition, beforeMs, isCompacted: compactedTopics.has(topic) };
    const committed = (role: string): number =>
      this.#view(check.ownerKeyOf(role, partition)).position(topic, partition);
    let droppedMessages = 0;
    for (let from = 0; ;) {
      const { next, ...result } = await this.#mainQueue.runAlone(() => {
        const readers = new Map(roles.map((role) => [role, committed(role)] as const));
        return trimPartition(this.#parts.main, { ...order, readers, from });
      });
      droppedMessages += result.droppedMessages;
      if (next === undefined) return { ...result, droppedMessages };
      from = next;
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new EventLogError('EVENT_LOG_CLOSED', 'it was closed');
  }
}
