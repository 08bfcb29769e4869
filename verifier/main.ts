import { parseArgs } from 'node:util';
import { runVerify, verifyCommands } from './commands.ts';
import type { VerifyCommand } from './commands.ts';
import { exitCodes } from './report.ts';

/*
 * `node verifier/main.ts verify --policy … --proof … --leaf …`: works with Node 24 and the folders `verifier/` and `integrity/` alone.
 */

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...argv]: readonly string[]): Promise<number> {
  const command = verifyCommands.find((one) => one.name === name);
  const given = command && parse(command, argv);
  if (command && given) return runVerify(command, given, (line) => console.log(line));
  usage().forEach((line) => console.error(line));
  return exitCodes.incomplete;
}

/** The options' values; nothing where one is unknown, missing or without its value. */
function parse(
  command: VerifyCommand,
  argv: readonly string[],
): Record<string, string> | undefined {
  const names = Object.keys(command.options);
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
        json: { type: 'boolean' },
      },
    });
    const given = Object.entries(values).map(([name, value]) => [name, String(value)] as const);
    const isWhole = names.every((name) => !command.options[name]?.isNeeded || name in values);
    return isWhole ? Object.fromEntries(given) : undefined;
  } catch {
    return undefined;
  }
}

function usage(): readonly string[] {
  const commands = verifyCommands.flatMap(({ name, summary, options }) => [
    `  ${name}: ${summary}`,
    ...Object.entries(options).map(
      ([option, { means, isNeeded }]) =>
        `    --${option} FILE  ${means}${isNeeded ? '' : ' (optional)'}`,
    ),
  ]);
  const codes = 'Exit codes: 0 valid, 1 INVALID (not what was sealed), 2 incomplete (cannot tell).';
  return ['node verifier/main.ts <command> [--json]', ...commands, codes];
}
