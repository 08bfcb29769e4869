import { join } from 'node:path';
import type { KeyState } from '../../signer/rotate-keys.ts';
import { retireSignerKeys, rotateSignerKey, signerKeyState } from '../../signer/rotate-keys.ts';
import type { Arguments, Command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { keyFilesOf } from '../first-start.ts';

/** Rotates the keys that trees' heads are signed with, which a running signer follows; shows whom to believe, and never a key that signs. */
export const signerKeyCommand: Command = {
  name: 'signer-key',
  summary:
    'rotate the key that signs without a restart, retire earlier ones, or show whom to believe',
  positionals: ['<rotate|retire|show>'],
  options: {
    'data-dir': { type: 'string', value: 'DIR', means: 'the data directory (./waybill-data)' },
    folder: { type: 'string', value: 'DIR', means: 'the signer’s folder, where it is elsewhere' },
    policy: { type: 'boolean', means: 'print the policy alone' },
    json: { type: 'boolean', means: 'the answer as JSON, for programs' },
  },
  examples: ['waybill signer-key rotate', 'waybill signer-key show --policy'],
  async run(given, terminal) {
    const [action = ''] = given.positionals;
    const act = actions.get(action);
    if (!act) {
      const what = `there is no action "${action}"; rotate, retire and show are`;
      throw new CommandFailure('usage', `waybill signer-key: ${what}.`);
    }
    const state = await act.run(folderOf(given)).catch(explain);
    if (given.flag('json')) terminal.out(JSON.stringify(state));
    else terminal.out(given.flag('policy') ? state.policy.trimEnd() : render(state, act.said));
    return exitCodes.ok;
  },
};

type Action = {
  readonly run: (folder: string) => Promise<KeyState>;
  readonly said: string;
};

const actions: ReadonlyMap<string, Action> = new Map([
  [
    'rotate',
    {
      run: rotateSignerKey,
      said:
        'The new key signs beside the earlier ones from the next head on, and the meta log gets the new policy as a leaf.\n' +
        'Give the policy to whoever verifies; then retire the earlier keys (waybill signer-key retire).',
    },
  ],
  [
    'retire',
    {
      run: retireSignerKeys,
      said: 'The newest key signs alone. What retired keys signed stays believed: they are in the policy.',
    },
  ],
  ['show', { run: signerKeyState, said: '' }],
]);

function folderOf(given: Arguments): string {
  const data = given.text('data-dir') ?? 'waybill-data';
  return given.text('folder') ?? join(keyFilesOf(data).folder, 'signer');
}

function render({ deployment, signing, retired }: KeyState, said: string): string {
  return [
    ...(said === '' ? [] : [said]),
    deployment,
    ...signing.map((key) => `  signs    ${key}`),
    ...retired.map((key) => `  retired  ${key}`),
  ].join('\n');
}

function explain(cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new CommandFailure('failed', `waybill signer-key: ${why}`, cause);
}
