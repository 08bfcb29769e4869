import type { FileHandle } from 'node:fs/promises';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { textOf } from '../integrity/bytes.ts';
import { RANGE_LINE_LENGTH_MAX } from '../integrity/range-file.ts';
import { InputError } from './input-error.ts';

/** Ranges of one export. */
const RANGES_MAX = 10_000;
const READ_BYTES = 1024 * 1024;

/** The bytes of a file of at most so many. */
export async function readBytes(path: string, bytesMax: number): Promise<Uint8Array> {
  const file = await opened(path);
  try {
    const room = Buffer.alloc(bytesMax + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(room, length, room.length - length);
      length += bytesRead;
      if (length > bytesMax) throw new InputError(path, `larger than ${bytesMax} bytes`);
      if (bytesRead === 0) return Uint8Array.from(room.subarray(0, length));
    }
  } catch (error) {
    throw inputError(path, error);
  } finally {
    await file.close();
  }
}

/** The text of a file of at most so many bytes, which has to be UTF-8. */
export async function readText(path: string, bytesMax: number): Promise<string> {
  const text = textOf(await readBytes(path, bytesMax));
  if (text === undefined) throw new InputError(path, 'not text in UTF-8');
  return text;
}

/** The files of a folder whose names end in `.range`, by name. */
export async function rangeFiles(folder: string): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw inputError(folder, error);
  }
  const ranges = names.filter((name) => name.endsWith('.range')).toSorted();
  if (ranges.length > RANGES_MAX) throw new InputError(folder, `more than ${RANGES_MAX} ranges`);
  return ranges.map((name) => join(folder, name));
}

/** The lines of a file without their ends, one after the other; a line may be as long as a range's, no longer. */
export async function* readLines(path: string): AsyncGenerator<string> {
  const file = await opened(path);
  try {
    let held = Buffer.alloc(0);
    const room = Buffer.alloc(READ_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(room, 0, room.length);
      const bytes = Buffer.concat([held, room.subarray(0, bytesRead)]);
      let start = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
        yield lineOf(path, bytes.subarray(start, end));
        start = end + 1;
      }
      held = bytes.subarray(start);
      if (held.length > RANGE_LINE_LENGTH_MAX) throw new InputError(path, 'a line is too long');
      if (bytesRead === 0) break;
    }
    if (held.length > 0) yield lineOf(path, held);
  } finally {
    await file.close();
  }
}

function lineOf(path: string, bytes: Uint8Array): string {
  const line = textOf(bytes);
  if (line === undefined) throw new InputError(path, 'not text in UTF-8');
  return line;
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw inputError(path, error);
  }
}

function inputError(path: string, error: unknown): InputError {
  if (error instanceof InputError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
  return new InputError(path, `cannot be read (${code})`);
}
