import type { Paint } from './render/paint.ts';
import { paintFor } from './render/paint.ts';

/** Where a command writes and what it may know of its surroundings. */
export type Terminal = {
  /** A line of the answer. */
  out(line: string): void;
  /** A line beside the answer: progress, notes, errors. */
  note(line: string): void;
  /** A line that the next one of its kind replaces, on a terminal only. */
  progress(line: string): void;
  readonly paint: Paint;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** The terminal of this process. Colours only where a person looks and has not said NO_COLOR. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const noColour = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  // A reader that went away (`| head`) ends the output, not the command with an error.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    out: (line) => void stdout.write(`${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    progress: (line) => {
      if (stderr.isTTY) stderr.write(`\r\u001b[K${line}`);
    },
    paint: paintFor(stdout.isTTY && !noColour),
    environment: env,
  };
}
