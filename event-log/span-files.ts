import { closeSync, existsSync, fsyncSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { topics } from '../schemas/topics.ts';
import type { TrimResult } from './event-log.ts';
import type { Head, Journal } from './journal.ts';
import {
  emptyHead,
  hasHeads,
  initializeHeads,
  openEnvironment,
  openJournal,
  putHead,
  readHead,
} from './journal.ts';
import { idsOf } from './partition-ids.ts';
import type { Reading } from './partition-reader.ts';
import { readInto } from './partition-reader.ts';

/**
 * The spans: an LMDB file for each UTC day on which something was appended, so that retention drops whole files and gives
 * their space back at once. Offsets run on from file to file.
 *
 * Invariant: all files but the last are sealed, and a file's partitions start where those of the file before end. The day is
 * turned by sealing (a write to every head, which makes any batch planned on the old file fail its conditions) and then
 * making the next file from the sealed heads. A crash in between leaves a sealed last file; the next append goes on from there.
 */
export interface SpanFiles {
  /** The file that takes appends now. Turns the day where it is over. Must not run beside a transaction of this thread. */
  current(): Journal;
  /** First retained and next offset. */
  range(partition: number): { readonly start: number; readonly end: number };
  /** Makes what other threads have appended visible to the reads that follow. */
  refresh(): void;
  readInto(reading: Reading, partition: number, offset: number): void;
  /** Drops files whose messages are all older than `beforeMs`, up to the first that a reader still needs. */
  drop(beforeMs: number, readers: ReadonlyMap<string, readonly number[]>): TrimResult;
  close(): Promise<void>;
}

const FILE_NAME = /^spans-(\d{4}-\d{2}-\d{2})\.mdb$/u;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Files that other threads dropped are let go of within this time, which frees their disk space. */
const LOOK_INTERVAL_MS = 5000;

type SpanFile = {
  readonly day: string;
  readonly journal: Journal;
  /** Once the file is sealed they never change, and are read once. */
  sealedHeads: ReadonlyMap<string, Head> | undefined;
};

export function openSpanFiles(folder: string, partitions: number, clock: () => number): SpanFiles {
  const ids = idsOf(topics.spans, partitions);
  let files: SpanFile[] = [];
  const closing: Promise<void>[] = [];
  let lookedMs = -Infinity;

  function look(): void {
    lookedMs = performance.now();
    const days = daysIn(folder);
    for (const file of files) if (!days.includes(file.day)) closing.push(file.journal.env.close());
    files = days.flatMap((day) => {
      const known = files.find((file) => file.day === day) ?? openFile(day);
      return known === undefined ? [] : [known];
    });
    if (files.length === 0) files = [createFile(dayOf(clock()), undefined)];
  }

  /** A file without heads is one that a crash left half made, or one dropped while we looked: not ours to read. */
  function openFile(day: string): SpanFile | undefined {
    if (!existsSync(pathOf(folder, day))) return undefined;
    const journal = openJournal(openEnvironment(pathOf(folder, day)), ids);
    if (hasHeads(journal)) return { day, journal, sealedHeads: undefined };
    closing.push(journal.env.close());
    return undefined;
  }

  function createFile(day: string, before: Journal | undefined): SpanFile {
    const journal = openJournal(openEnvironment(pathOf(folder, day)), ids);
    initializeHeads(journal, new Map(ids.map((id) => [id, firstHead(before, id)])));
    syncFolder(folder);
    return { day, journal, sealedHeads: undefined };
  }

  function last(): SpanFile {
    const file = files.at(-1);
    if (file === undefined) throw new Error('the log of spans has at least one file');
    return file;
  }

  function lookAgainIfOld(): void {
    if (performance.now() - lookedMs > LOOK_INTERVAL_MS) look();
  }

  /** Sealing is one transaction over all heads, so any of them tells. */
  function isSealed(file: SpanFile): boolean {
    if (file.sealedHeads !== undefined) return true;
    if (!readHead(file.journal, idOf(ids, 0)).isSealed) return false;
    file.sealedHeads = new Map(ids.map((id) => [id, readHead(file.journal, id)]));
    return true;
  }

  function headOf(file: SpanFile, id: string): Head {
    return (isSealed(file) ? file.sealedHeads?.get(id) : undefined) ?? readHead(file.journal, id);
  }

  /** The next file, or the one that another thread has made meanwhile. */
  function turnDay(): void {
    look();
    const file = last();
    const today = dayOf(clock());
    if (!isSealed(file)) {
      if (today <= file.day) return;
      seal(file.journal, ids);
    }
    files.push(createFile(today > file.day ? today : dayAfter(file.day), file.journal));
  }

  look();
  return {
    current: () => {
      lookAgainIfOld();
      last().journal.env.resetReadTxn();
      if (dayOf(clock()) > last().day || isSealed(last())) turnDay();
      return last().journal;
    },
    range: (partition) => {
      const id = idOf(ids, partition);
      refresh();
      return { start: headOf(files[0] ?? last(), id).start, end: headOf(last(), id).end };
    },
    refresh,
    readInto: (reading, partition, offset) => {
      const id = idOf(ids, partition);
      for (const file of files) {
        const { start, end } = headOf(file, id);
        if (offset >= end || reading.isFull) continue;
        readInto(reading, file.journal, id, { offset: Math.max(offset, start), end });
      }
    },
    drop: (beforeMs, readers) => {
      look();
      last().journal.env.resetReadTxn();
      if (dayOf(beforeMs) > last().day && !isEmpty(last().journal, ids)) turnDay();
      const result = chooseDroppable(files, ids, { beforeMs, readers });
      for (const file of result.droppable) dropFile(folder, file);
      if (result.droppable.length > 0) syncFolder(folder);
      look();
      return { droppedMessages: result.messages, heldBackBy: result.heldBackBy };
    },
    close: async () => {
      closing.push(...files.map((file) => file.journal.env.close()));
      await Promise.all(closing);
    },
  };

  /** Follows the log into a new day's file. */
  function refresh(): void {
    lookAgainIfOld();
    last().journal.env.resetReadTxn();
    if (!isSealed(last())) return;
    look();
    last().journal.env.resetReadTxn();
  }
}

type Choice = {
  readonly droppable: readonly SpanFile[];
  readonly messages: number;
  readonly heldBackBy: readonly string[];
};

function chooseDroppable(
  files: readonly SpanFile[],
  ids: readonly string[],
  by: { readonly beforeMs: number; readonly readers: ReadonlyMap<string, readonly number[]> },
): Choice {
  const droppable: SpanFile[] = [];
  let messages = 0;
  for (const file of files.slice(0, -1)) {
    const heads = ids.map((id) => readHead(file.journal, id));
    if (heads.some((head) => head.lastAppendMs >= by.beforeMs)) break;
    const heldBackBy = [...by.readers].flatMap(([role, positions]) =>
      heads.some((head, index) => head.end > (positions[index] ?? 0)) ? [role] : [],
    );
    if (heldBackBy.length > 0) return { droppable, messages, heldBackBy };
    droppable.push(file);
    messages += heads.reduce((sum, head) => sum + head.end - head.start, 0);
  }
  return { droppable, messages, heldBackBy: [] };
}

/** The file first: without it the lock file means nothing. Threads that still read it keep it until they look again. */
function dropFile(folder: string, file: SpanFile): void {
  rmSync(pathOf(folder, file.day), { force: true });
  rmSync(`${pathOf(folder, file.day)}-lock`, { force: true });
}

function seal(journal: Journal, ids: readonly string[]): void {
  journal.env.transactionSync(() => {
    for (const id of ids) {
      const head = readHead(journal, id);
      if (!head.isSealed)
        putHead(journal, id, { ...head, version: head.version + 1, isSealed: true });
    }
  });
}

function firstHead(before: Journal | undefined, id: string): Head {
  if (before === undefined) return emptyHead;
  const { end, lastAppendMs } = readHead(before, id);
  return { ...emptyHead, start: end, end, lastAppendMs };
}

function isEmpty(journal: Journal, ids: readonly string[]): boolean {
  return ids.every((id) => {
    const { start, end } = readHead(journal, id);
    return start === end;
  });
}

function idOf(ids: readonly string[], partition: number): string {
  const id = ids[partition];
  if (id === undefined) throw new Error(`there is no partition ${partition} of spans`);
  return id;
}

function daysIn(folder: string): string[] {
  return readdirSync(folder)
    .flatMap((name) => FILE_NAME.exec(name)?.[1] ?? [])
    .sort();
}

function pathOf(folder: string, day: string): string {
  return join(folder, `spans-${day}.mdb`);
}

function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

function dayAfter(day: string): string {
  return dayOf(Date.parse(day) + DAY_MS);
}

/** A new or removed name is durable only once its folder is synced. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
