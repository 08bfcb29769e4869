import { runVerify, verifyCommands } from '../../verifier/commands.ts';
import type { VerifyCommand } from '../../verifier/commands.ts';
import type { Command } from '../command.ts';
import { CommandFailure } from '../failure.ts';

/** The offline checks of `verifier/`, which asks nobody: files in, a report out, and its own exit codes. */
export const verifyFileCommands: readonly Command[] = verifyCommands.map(toCommand);

function toCommand(command: VerifyCommand): Command {
  const options = Object.entries(command.options).map(
    ([name, { means }]) => [name, { type: 'string', value: 'FILE', means }] as const,
  );
  return {
    name: command.name,
    summary: command.summary,
    positionals: [],
    options: {
      ...Object.fromEntries(options),
      json: { type: 'boolean', means: 'the report as JSON' },
    },
    async run(given, terminal) {
      const values: Record<string, string> = given.flag('json') ? { json: 'true' } : {};
      for (const [name, { isNeeded }] of Object.entries(command.options)) {
        const value = given.text(name);
        if (value !== undefined) values[name] = value;
        else if (isNeeded) throw usage(`waybill ${command.name}: --${name} is missing`);
      }
      return runVerify(command, values, (line) => terminal.out(line));
    },
  };
}

function usage(what: string): CommandFailure {
  return new CommandFailure('usage', what);
}
