import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { NewMessage } from '../../event-log/event-log.ts';
import type { FolderLock } from '../../event-log/folder-lock.ts';
import { lockFolder } from '../../event-log/folder-lock.ts';
import { topics } from '../../schemas/topics.ts';
import { QueryApiError } from '../errors.ts';

/**
 * Reads that the log does not take now, in a file of this machine: appended and synced, in order, each at least once. Whoever has the file sees who asked
 * what, redacted as it is in the log.
 */
export interface ReadSpool {
  /** Messages that wait, oldest first. */
  readonly waiting: readonly NewMessage[];
  /** Resolves when they are on disk. Throws `TRAIL_UNAVAILABLE` when the file is full or cannot be written. */
  put(messages: readonly NewMessage[]): Promise<void>;
  /** The oldest are in the log. */
  drop(count: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the folder's spool; what it holds of a process before waits in it. What was torn by a crash was answered to nobody. Throws when another process has the
 * folder, and when the file is damaged elsewhere than at its end.
 */
export async function openReadSpool(folder: string, bytesMax: number): Promise<ReadSpool> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = lockFolder(folder);
  try {
    const path = join(folder, 'reads.ndjson');
    const file = await open(path, 'a+', 0o600);
    return await readSpool({ file, path, lock, bytesMax }).catch(async (error: unknown) => {
      await file.close();
      throw error;
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

type Opened = {
  readonly file: FileHandle;
  readonly path: string;
  readonly lock: FolderLock;
  readonly bytesMax: number;
};

async function readSpool({ file, path, lock, bytesMax }: Opened): Promise<ReadSpool> {
  const text = await file.readFile('utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  let bytes = Buffer.byteLength(whole);
  await file.truncate(bytes);
  let waiting = replay(whole, path);
  // One change after the other: a line is never written into another.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };

  async function write(lines: string): Promise<void> {
    const before = bytes;
    try {
      await file.appendFile(lines);
      // Commit point: the lines are on disk when this resolves; if we die before, nobody was answered.
      await file.datasync();
      bytes += Buffer.byteLength(lines);
    } catch (cause) {
      await file.truncate(before).catch(() => undefined);
      throw new QueryApiError('TRAIL_UNAVAILABLE', 'The read could not be kept.', cause);
    }
  }

  return {
    get waiting() {
      return waiting;
    },
    put: async (messages) =>
      inTurn(async () => {
        const lines = messages.map((message) => `${JSON.stringify(toLine(message))}\n`).join('');
        if (bytes + Buffer.byteLength(lines) > bytesMax) {
          throw new QueryApiError('TRAIL_UNAVAILABLE', 'No more reads can be kept.');
        }
        await write(lines);
        waiting = [...waiting, ...messages];
      }),
    drop: async (count) =>
      inTurn(async () => {
        const rest = waiting.slice(count);
        if (rest.length === 0) {
          await file.truncate(0);
          await file.datasync();
          bytes = 0;
        } else await write(`${JSON.stringify({ sent: count })}\n`);
        waiting = rest;
      }),
    close: async () => {
      await last;
      await file.close();
      lock.release();
    },
  };
}

const lineSchema = z.union([
  z.strictObject({ sent: z.int().positive() }),
  z.strictObject({
    key: z.string().nullable(),
    headers: z.record(z.string(), z.string()),
    value: z.base64(),
  }),
]);
type Line = z.infer<typeof lineSchema>;

/** All reads go to one partition of one topic. */
function toLine({ key, headers, value }: NewMessage): Line {
  return { key, headers: { ...headers }, value: Buffer.from(value ?? []).toString('base64') };
}

function replay(text: string, path: string): readonly NewMessage[] {
  const messages: NewMessage[] = [];
  let sent = 0;
  for (const [at, line] of text.split('\n').slice(0, -1).entries()) {
    const read = parseLine(line, `${path}:${at + 1}`);
    if ('sent' in read) sent += read.sent;
    else {
      const { key, headers, value } = read;
      const place = { topic: topics.reads, partition: 0 };
      messages.push({ ...place, key, headers, value: Buffer.from(value, 'base64') });
    }
  }
  return messages.slice(sent);
}

function parseLine(line: string, place: string): Line {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw new TypeError(`${place} is damaged: mend it, or move the file away and keep it.`, {
      cause,
    });
  }
}
