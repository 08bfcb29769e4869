import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure } from './failure.ts';

/** The files of kept heads below a folder, as an anchor fills it. */
export function headFiles(command: string, folder: string): readonly string[] {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const files = names.filter((name) => name.endsWith('.checkpoint')).map((n) => join(folder, n));
    if (files.length > 0) return files;
  } catch (cause) {
    throw new CommandFailure(
      'usage',
      `waybill ${command}: cannot read --anchors ${folder}.`,
      cause,
    );
  }
  const message = `waybill ${command}: --anchors ${folder} holds no checkpoints.`;
  throw new CommandFailure('usage', message);
}

export function readHeadFile(command: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure('usage', `waybill ${command}: cannot read the head ${file}.`, cause);
  }
}
