import { parseArgs } from 'node:util';
import type { Arguments, Command } from './command.ts';
import { CommandFailure } from './failure.ts';
import { nearest } from './nearest.ts';

/** The arguments of a command. Throws a usage failure that says what was not understood and what was perhaps meant. */
export function parseArguments(command: Command, argv: readonly string[]): Arguments {
  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.entries(command.options).map(([name, { type }]) => [name, { type, multiple: true }]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === 'option') checkOption(command, token.name, token.rawName, token.value);
  }
  checkPositionals(command, positionals);
  const all = (name: string) => (values[name] ?? []) as (string | boolean)[];
  return {
    positionals,
    text: (name) => all(name).at(-1) as string | undefined,
    texts: (name) => all(name).map(String),
    flag: (name) => all(name).length > 0,
  };
}

function checkOption(command: Command, name: string, raw: string, value: string | undefined): void {
  const option = Object.hasOwn(command.options, name) ? command.options[name] : undefined;
  if (!option)
    throw usage(
      command,
      `there is no option ${raw}`,
      `--${nearest(name, Object.keys(command.options))}`,
    );
  // `--user --json`: the next option is not a value.
  if (option.type === 'string' && (value === undefined || /^--[a-z]/.test(value))) {
    throw usage(command, `${raw} needs a value (${option.value ?? 'TEXT'})`);
  }
  if (option.type === 'boolean' && value !== undefined) {
    throw usage(command, `${raw} takes no value`);
  }
}

function checkPositionals(command: Command, given: readonly string[]): void {
  const { positionals } = command;
  const missing = positionals[given.length];
  if (missing) throw usage(command, `${missing} is missing`);
  const extra = given[positionals.length];
  if (extra !== undefined) throw usage(command, `"${extra}" is one argument too many`);
}

function usage(command: Command, what: string, suggestion?: string): CommandFailure {
  const meant = suggestion && suggestion !== '--undefined' ? `; did you mean ${suggestion}?` : '';
  return new CommandFailure(
    'usage',
    `waybill ${command.name}: ${what}${meant}\nSee waybill ${command.name} --help.`,
  );
}
