import { addKeyVersion, keyVersions, readKeyRing } from '../../registry/key-ring.ts';
import type { Arguments, Command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { FIRST_TENANT, keyFilesOf } from '../first-start.ts';

/** Adds a version of a tenant's redaction key, which running roles follow; shows which there are, and never a key. */
export const redactionKeyCommand: Command = {
  name: 'redaction-key',
  summary: 'rotate the key of people’s ids and tokens without a restart, or list its versions',
  positionals: ['<rotate|list>'],
  options: {
    tenant: { type: 'string', value: 'TENANT', means: `whose key (${FIRST_TENANT})` },
    'data-dir': { type: 'string', value: 'DIR', means: 'the data directory (./waybill-data)' },
    'master-key': {
      type: 'string',
      value: 'FILE',
      means: 'the master key file, where it is not that of a data directory',
    },
    json: { type: 'boolean', means: 'the answer as JSON, for programs' },
  },
  examples: ['waybill redaction-key rotate', 'waybill redaction-key list --tenant acme'],
  async run(given, terminal) {
    const [action = ''] = given.positionals;
    const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (!act) {
      const what = `there is no action "${action}"; rotate and list are`;
      throw new CommandFailure('usage', `waybill redaction-key: ${what}.`);
    }
    const tenant = given.text('tenant') ?? FIRST_TENANT;
    const said = await act(masterKeyFile(given), tenant).catch(explain);
    terminal.out(given.flag('json') ? JSON.stringify(said) : said.sentence);
    return exitCodes.ok;
  },
};

type Said = {
  readonly tenant: string;
  readonly versions: readonly number[];
  readonly sentence: string;
};

const actions: Readonly<
  Partial<Record<string, (masterKeyFile: string, tenant: string) => Promise<Said>>>
> = {
  async rotate(file, tenant) {
    const version = await addKeyVersion(file, tenant);
    const { versions } = await listed(file, tenant);
    const sentence =
      `Version ${version} of the key of ${tenant} is made; a running collector brings it into force within moments.\n` +
      'Keep every version: people are found under all of them.';
    return { tenant, versions, sentence };
  },
  list: listed,
};

async function listed(file: string, tenant: string): Promise<Said> {
  const versions = keyVersions(await readKeyRing(file), tenant);
  return { tenant, versions, sentence: `${tenant}: versions ${versions.join(', ')}` };
}

function masterKeyFile(given: Arguments): string {
  const folder = given.text('data-dir') ?? 'waybill-data';
  return given.text('master-key') ?? keyFilesOf(folder).masterKeyFile;
}

function explain(cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new CommandFailure('failed', `waybill redaction-key: ${why}`, cause);
}
