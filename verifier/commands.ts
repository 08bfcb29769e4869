import { DISCLOSURES_LENGTH_MAX } from '../integrity/disclosure.ts';
import { ENTRY_BYTES_MAX } from '../integrity/entry-bundle.ts';
import { NOTE_LENGTH_MAX } from '../integrity/note.ts';
import { POLICY_LENGTH_MAX } from '../integrity/policy.ts';
import { PROOF_LENGTH_MAX } from '../integrity/tlog-proof.ts';
import { InputError } from './input-error.ts';
import { rangeFiles, readBytes, readLines, readText } from './read-input.ts';
import { renderReport } from './render-report.ts';
import { exitCodeOf, exitCodes } from './report.ts';
import type { Report } from './report.ts';
import { verifyExport } from './verify-export.ts';
import { verifyGrowth } from './verify-growth.ts';
import { verifyRecord } from './verify-record.ts';

/** One thing that can be verified: its name, its options with what each names, and how it is done with the values given. */
export type VerifyCommand = {
  readonly name: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, VerifyOption>>;
  run(given: Readonly<Record<string, string>>): Promise<Report>;
};

export type VerifyOption = { readonly means: string; readonly isNeeded: boolean };

const policy = { means: 'whom to believe: a tlog-policy, got by another way', isNeeded: true };

export const verifyCommands: readonly VerifyCommand[] = [
  {
    name: 'verify',
    summary: 'one record: its leaf, its proof, the values laid open',
    options: {
      policy,
      proof: { means: 'the record’s proof (.tlog-proof)', isNeeded: true },
      leaf: { means: 'the leaf, byte for byte', isNeeded: true },
      disclosures: { means: 'values laid open, and evidence of erasures', isNeeded: false },
    },
    run: async (given) =>
      verifyRecord({
        policy: await readText(given['policy'] ?? '', POLICY_LENGTH_MAX),
        proof: await readText(given['proof'] ?? '', 2 * PROOF_LENGTH_MAX),
        leaf: await readBytes(given['leaf'] ?? '', ENTRY_BYTES_MAX),
        ...(given['disclosures'] === undefined
          ? {}
          : { disclosures: await readText(given['disclosures'], DISCLOSURES_LENGTH_MAX) }),
      }),
  },
  {
    name: 'verify-range',
    summary: 'that a log only grew between two checkpoints',
    options: {
      policy,
      from: { means: 'the earlier signed checkpoint', isNeeded: true },
      to: { means: 'the later signed checkpoint', isNeeded: true },
      consistency: { means: 'a consistency proof, base64 lines', isNeeded: false },
      leaves: { means: 'an exported range of the leaves between', isNeeded: false },
    },
    run: async ({ policy: policyFile = '', from = '', to = '', consistency, leaves }) => {
      if (consistency === undefined && leaves === undefined) {
        throw new InputError('verify-range', 'needs --consistency or --leaves');
      }
      return verifyGrowth({
        policy: await readText(policyFile, POLICY_LENGTH_MAX),
        from: await readText(from, NOTE_LENGTH_MAX),
        to: await readText(to, NOTE_LENGTH_MAX),
        ...(consistency === undefined
          ? {}
          : { consistency: await readText(consistency, NOTE_LENGTH_MAX) }),
        ...(leaves === undefined ? {} : { leaves: readLines(leaves) }),
      });
    },
  },
  {
    name: 'verify-store',
    summary: 'every exported range of a folder',
    options: {
      policy,
      export: { means: 'a folder of ranges (*.range)', isNeeded: true },
    },
    run: async ({ policy: policyFile = '', export: folder = '' }) =>
      verifyExport({
        policy: await readText(policyFile, POLICY_LENGTH_MAX),
        ranges: (await rangeFiles(folder)).map(readLines),
      }),
  },
];

/** Runs a command and prints its report; the exit code is the report's, or 2 where a file could not be read. */
export async function runVerify(
  command: VerifyCommand,
  given: Readonly<Record<string, string>>,
  print: (line: string) => void,
): Promise<number> {
  try {
    const report = await command.run(given);
    if (given['json'] === undefined) renderReport(report).forEach(print);
    else print(JSON.stringify({ exitCode: exitCodeOf(report), ...report }));
    return exitCodeOf(report);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    print(`INCOMPLETE: ${error.message}`);
    return exitCodes.incomplete;
  }
}
