#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import type { Command } from './command.ts';
import { commands } from './commands/all-commands.ts';
import { CommandFailure, exitCodes } from './failure.ts';
import { renderCommandHelp, renderHelp } from './help.ts';
import { nearest } from './nearest.ts';
import { parseArguments } from './parse-arguments.ts';
import type { Terminal } from './terminal.ts';
import { processTerminal } from './terminal.ts';

/** Runs `waybill` with its arguments and gives the exit code. Every failure that is not a defect is one told sentence. */
export async function run(
  argv: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  try {
    return await dispatch(argv, terminal);
  } catch (failure) {
    if (failure instanceof CommandFailure) {
      terminal.note(failure.message);
      return exitCodes[failure.kind];
    }
    if (!isSystemError(failure)) throw failure;
    terminal.note(`waybill: ${failure.message}`);
    return exitCodes.failed;
  }
}

/** A file, folder or port that the system would not give: its message names which, and no defect is behind it. */
function isSystemError(failure: unknown): failure is Error {
  return failure instanceof Error && 'syscall' in failure && 'code' in failure;
}

async function dispatch(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = argv;
  if (name === '--version' || name === 'version') return print(terminal, version());
  if (name === undefined || name === '--help' || name === '-h') {
    return print(terminal, renderHelp(commands, terminal.paint));
  }
  if (name === 'help') {
    const topic = rest[0];
    const text = topic
      ? renderCommandHelp(find(topic), terminal.paint)
      : renderHelp(commands, terminal.paint);
    return print(terminal, text);
  }
  const command = find(name);
  if (rest.includes('--help') || rest.includes('-h')) {
    return print(terminal, renderCommandHelp(command, terminal.paint));
  }
  return command.run(parseArguments(command, rest), terminal);
}

function find(name: string): Command {
  const command = commands.find((candidate) => candidate.name === name);
  if (command) return command;
  const meant = nearest(
    name,
    commands.map((candidate) => candidate.name),
  );
  throw new CommandFailure(
    'usage',
    `waybill: there is no command "${name}"${meant ? `; did you mean "${meant}"?` : ''}\nSee waybill --help.`,
  );
}

function print(terminal: Terminal, text: string): number {
  terminal.out(text);
  return exitCodes.ok;
}

function version(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2));
