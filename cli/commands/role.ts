import type { Arguments, Command } from '../command.ts';
import { endOnSignal } from '../end-on-signal.ts';
import { CommandFailure } from '../failure.ts';
import type { ConfigSource } from '../role-config.ts';
import { readRoleConfig } from '../role-config.ts';
import type { RoleName } from '../role-starts.ts';
import { startTraced } from '../start-traced.ts';
import type { Terminal } from '../terminal.ts';
import { untilEnd } from '../until-end.ts';

/** One role as a process: more of them share the work. */
function roleCommand(role: RoleName, summary: string): Command {
  return {
    name: role,
    summary,
    positionals: [],
    options: {
      ...configOptions,
      json: { type: 'boolean', means: 'one JSON line with its addresses when it runs' },
    },
    examples: [`waybill ${role} --config waybill.yaml`],
    async run(given, terminal) {
      const config = await readRoleConfig(configSourceOf(role, given, terminal), role);
      const ending = endOnSignal(terminal);
      const running = await startTraced(role, config, terminal.environment).catch(
        (cause: unknown) => {
          const why = cause instanceof Error ? cause.message : String(cause);
          throw new CommandFailure(
            'failed',
            `waybill ${role}: it could not be started: ${why}`,
            cause,
          );
        },
      );
      const addresses = Object.entries(running.addresses);
      const told = addresses.map(([name, address]) => `${name} ${address}`).join(', ');
      terminal.out(
        given.flag('json') ? JSON.stringify(running.addresses) : `waybill ${role} runs: ${told}`,
      );
      const code = await untilEnd(role, running, ending, terminal);
      // Connections that libraries keep open would hold the process up: all is settled once it has stopped.
      process.exit(code);
    },
  };
}

export const configOptions = {
  config: { type: 'string', value: 'FILE', means: 'YAML (or WAYBILL_CONFIG)' },
  set: {
    type: 'string',
    value: 'KNOB=VALUE',
    multiple: true,
    means: 'one setting over the file’s, e.g. kafka.clientId=east',
  },
} as const;

export function configSourceOf(
  command: string,
  given: Arguments,
  { environment }: Terminal,
): ConfigSource {
  const file = given.text('config') ?? environment['WAYBILL_CONFIG'];
  if (file === undefined) {
    throw new CommandFailure(
      'usage',
      `waybill ${command}: --config FILE or WAYBILL_CONFIG is missing.`,
    );
  }
  return { command, file, settings: given.texts('set'), environment };
}

export const roleCommands: readonly Command[] = [
  roleCommand('collector', 'run a collector: OTLP into the event log'),
  roleCommand('enricher', 'run an enricher: spans into records'),
  roleCommand('ledger', 'run a ledger: records into leaves and rows'),
  roleCommand('auditor', 'run an auditor: reads the record store again, all the time'),
  roleCommand('query-api', 'run a query API'),
  roleCommand('siem-exporter', 'run a SIEM exporter'),
  roleCommand('key-keeper', 'run the keeper of trace keys, for enrichers and ledgers elsewhere'),
  roleCommand('signer', 'run the signer of trees’ heads, for ledgers elsewhere'),
];
