import type { Command } from './command.ts';
import type { Paint } from './render/paint.ts';

/** What `waybill --help` prints. */
export function renderHelp(commands: readonly Command[], paint: Paint): string {
  const width = Math.max(...commands.map((command) => synopsis(command).length));
  return [
    `${paint.bold('waybill')} — a chain of custody for MCP traffic`,
    '',
    'Usage: waybill <command> [options]',
    '',
    ...commands.map((command) => `  ${synopsis(command).padEnd(width)}  ${command.summary}`),
    '',
    '  waybill <command> --help    options and examples of a command',
    '  waybill --version',
    '',
    'Exit codes: 0 done, 1 it did not work, 2 not understood, 3 nobody answers at the address.',
    'Environment: WAYBILL_URL, WAYBILL_OTLP_URL, WAYBILL_KEY_FILE, WAYBILL_PRODUCER_KEY_FILE, NO_COLOR.',
  ].join('\n');
}

/** What `waybill <command> --help` prints. */
export function renderCommandHelp(command: Command, paint: Paint): string {
  const options = Object.entries(command.options).map(([name, { value, means, type }]) => ({
    option: type === 'string' ? `--${name} ${value ?? 'TEXT'}` : `--${name}`,
    means,
  }));
  const width = Math.max(0, ...options.map(({ option }) => option.length));
  const examples = command.examples ?? [];
  return [
    `${paint.bold(`waybill ${command.name}`)} — ${command.summary}`,
    '',
    `Usage: waybill ${synopsis(command)} [options]`,
    '',
    ...options.map(({ option, means }) => `  ${option.padEnd(width)}  ${means}`),
    ...(examples.length > 0 ? ['', 'Examples:', ...examples.map((line) => `  ${line}`)] : []),
  ].join('\n');
}

function synopsis({ name, positionals }: Command): string {
  return [name, ...positionals].join(' ');
}
