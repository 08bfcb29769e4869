import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apiClient, apiOptions } from '../api-client.ts';
import { askAgain, waitMsOf, waitOption } from '../ask-again.ts';
import type { Command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { makeFolder } from '../make-folder.ts';
import { writePolicy } from '../write-policy.ts';

type ProofAnswer = {
  readonly logId: string;
  readonly leafIndex: number;
  readonly revision: number;
  readonly leaf: string;
  readonly leafHash: string;
  readonly proof: string;
  readonly disclosures: { readonly fields: readonly unknown[] };
  readonly policy: string;
};

/** Writes what proves one record offline: its leaf, its proof, its values with their salts, and the policy in force. */
export const proveCommand: Command = {
  name: 'prove',
  summary: 'writes the files that prove one record offline',
  positionals: ['<call-id>'],
  options: {
    ...apiOptions,
    ...waitOption,
    revision: { type: 'string', value: 'N', means: 'which revision (the latest)' },
    out: { type: 'string', value: 'DIR', means: 'folder to write to (.)' },
  },
  examples: ['waybill prove 019363e1a2b3c4d5e6f708192a3b4c5d --out evidence'],
  async run(given, terminal) {
    const [callId = '', pasted] = (given.positionals[0] ?? '').toLowerCase().split('.');
    const revision = given.text('revision') ?? pasted;
    const path = `/v1/records/${encodeURIComponent(callId)}/proof`;
    const waitMsMax = waitMsOf('prove', given);
    const client = askAgain(apiClient(given, terminal), { waitMsMax, terminal });
    const answer = await client.get<ProofAnswer>(path, { revision });
    const folder = given.text('out') ?? '.';
    const name = join(folder, `${callId}.${answer.revision}`);
    const files = {
      leaf: `${name}.leaf.json`,
      proof: `${name}.tlog-proof`,
      disclosures: `${name}.disclosures.json`,
    };
    let policy = '';
    try {
      await makeFolder(folder);
      await writeFile(files.leaf, answer.leaf);
      await writeFile(files.proof, answer.proof);
      // Values are redacted, and yet nothing for everybody on this machine.
      await writeFile(files.disclosures, JSON.stringify(answer.disclosures), { mode: 0o600 });
      policy = await writePolicy(folder, answer.policy);
    } catch (cause) {
      throw new CommandFailure('failed', `waybill prove: cannot write to ${folder}.`, cause);
    }
    const { logId, leafIndex, leafHash } = answer;
    const told = {
      logId,
      leafIndex,
      leafHash,
      revision: answer.revision,
      files: { ...files, policy },
    };
    terminal.out(given.flag('json') ? JSON.stringify(told) : render(told));
    return exitCodes.ok;
  },
};

function render(told: {
  readonly logId: string;
  readonly leafIndex: number;
  readonly leafHash: string;
  readonly files: Readonly<Record<string, string>>;
}): string {
  return [
    `leaf ${told.leafIndex} of ${told.logId}, ${told.leafHash}`,
    ...Object.entries(told.files).map(([what, file]) => `  ${what.padEnd(12)} ${file}`),
    'Believe the proof by a policy that you got by another way than this one.',
  ].join('\n');
}
