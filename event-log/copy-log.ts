import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import type { RootDatabase } from 'lmdb';
import type { Topic } from '../schemas/topics.ts';
import { EventLogError } from './errors.ts';
import type { LogMessage } from './event-log.ts';
import { openJournal, readHead } from './journal.ts';
import { idOf } from './partition-ids.ts';
import { readInto, startReading } from './partition-reader.ts';

const FILES = /^spans-[\d-]{10}\.mdb$/;
const MAIN_FILE = 'main.mdb';

/**
 * Copies an embedded log that may be in use into another folder: each file as of one moment, the spans after the main file. So the copy holds every span
 * that a position in it stands behind, and perhaps later ones, which are read then as if they had just come.
 */
export async function copyEmbeddedLog(folder: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  await copyFile(folder, to, MAIN_FILE);
  const names = await readdir(folder);
  for (const name of names.filter((one) => FILES.test(one)).toSorted()) {
    await copyFile(folder, to, name);
  }
}

/** Messages of a topic of one partition, in order, as they lie in an embedded log that may be in use. */
export async function* peekTopic(
  folder: string,
  topic: Topic,
): AsyncGenerator<LogMessage, void, undefined> {
  const env = openCopied(join(folder, MAIN_FILE));
  try {
    const id = idOf(topic, 0);
    const journal = openJournal(env, [id]);
    const { end } = readHead(journal, id);
    for (let offset = 0; offset < end;) {
      const reading = startReading(topic, 0, { messagesMax: 1000, bytesMax: 8e6, waitMsMax: 0 });
      readInto(reading, journal, id, { offset, end });
      yield* reading.found;
      offset = (reading.found.at(-1)?.offset ?? end) + 1;
    }
  } finally {
    await env.close();
  }
}

async function copyFile(folder: string, to: string, name: string): Promise<void> {
  const env = openCopied(join(folder, name));
  try {
    await env.backup(join(to, name), true);
  } finally {
    await env.close();
  }
}

function openCopied(path: string): RootDatabase<Buffer, string> {
  if (!existsSync(path)) throw new EventLogError('EVENT_LOG_CORRUPT', `there is no ${path}`);
  return open<Buffer, string>({
    path,
    noSubdir: true,
    readOnly: true,
    mapSize: 2 ** 38,
    maxDbs: 1100,
    encoding: 'binary',
  });
}
