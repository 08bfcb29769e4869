import { readFileSync } from 'node:fs';
import { archiveSchema, buildArchive } from '../../ledger/archive/archive-config.ts';
import type { Archive } from '../../ledger/archive/archive.ts';
import type { ArchiveReport } from '../../ledger/archive/verify-archive.ts';
import { verifyArchive } from '../../ledger/archive/verify-archive.ts';
import type { Arguments, Command } from '../command.ts';
import { CommandFailure } from '../failure.ts';
import { whole } from '../render/figures.ts';
import { readRoleConfig } from '../role-config.ts';
import type { Terminal } from '../terminal.ts';

/** As of an audit: what was changed is never mixed with what is not there or could not be looked at. */
const archiveExitCodes = { intact: 0, altered: 1, incomplete: 2 } as const;

/** Verifies an archive by itself: without store, event log or keys. */
export const archiveCommand: Command = {
  name: 'archive',
  summary: 'verifies archived records by themselves, against a policy',
  positionals: [],
  options: {
    folder: { type: 'string', value: 'DIR', means: 'the archive, where it is a folder' },
    config: { type: 'string', value: 'FILE', means: 'YAML: archive under ledger, where it is not' },
    policy: { type: 'string', value: 'FILE', means: 'whom to believe: a tlog-policy (needed)' },
    json: { type: 'boolean', means: 'the report as JSON, for programs' },
  },
  examples: ['waybill archive --folder /mnt/archive --policy policy.txt'],
  async run(given, terminal) {
    const report = await verify(given, terminal);
    terminal.out(given.flag('json') ? JSON.stringify(report) : render(report));
    if (report.altered.length > 0) return archiveExitCodes.altered;
    const isWhole = report.missing.length === 0 && report.logs.length > 0;
    return isWhole ? archiveExitCodes.intact : archiveExitCodes.incomplete;
  },
};

async function verify(given: Arguments, terminal: Terminal): Promise<ArchiveReport> {
  const policyFile = given.text('policy');
  if (policyFile === undefined) {
    throw new CommandFailure('usage', 'waybill archive: --policy is needed.');
  }
  try {
    const policy = readFileSync(policyFile, 'utf8');
    const archive = await openArchive(given, terminal);
    return await verifyArchive(archive, policy, new AbortController().signal);
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure('usage', `waybill archive: INCOMPLETE: ${why}`, cause);
  }
}

async function openArchive(given: Arguments, { environment }: Terminal): Promise<Archive> {
  const [folder, file] = [given.text('folder'), given.text('config')];
  if ((folder === undefined) === (file === undefined)) {
    throw new CommandFailure('usage', 'waybill archive: give --folder or --config, one of them.');
  }
  if (folder !== undefined) {
    return buildArchive(archiveSchema.parse({ kind: 'folder', folder }));
  }
  const source = { command: 'archive', file: file ?? '', settings: [], environment };
  const parsed = archiveSchema.safeParse((await readRoleConfig(source, 'ledger'))['archive']);
  if (parsed.success) return buildArchive(parsed.data);
  throw new CommandFailure(
    'usage',
    `waybill archive: ${file} has no \`archive\` under \`ledger\`.`,
  );
}

function render({ logs, altered, missing }: ArchiveReport): string {
  const held = logs.map(({ log, ranges, leaves, ends }) => {
    const forks = ends > 1 ? `, ${ends} histories: it was restored to an earlier moment` : '';
    return `${log}: ${whole(leaves)} leaves in ${whole(ranges)} ranges${forks}.`;
  });
  const found = [
    ...altered.map(({ name, detail }) => `INVALID ${name}: ${detail}`),
    ...missing.map(({ name, detail }) => `MISSING before ${name}: ${detail}.`),
  ];
  return [...held, ...found, verdictOf({ logs, altered, missing })].join('\n');
}

function verdictOf({ logs, altered, missing }: ArchiveReport): string {
  if (altered.length > 0) return `INVALID: ${altered.length} ranges are not what was sealed.`;
  if (missing.length > 0)
    return `INCOMPLETE: something is missing before ${missing.length} ranges.`;
  if (logs.length === 0) return 'INCOMPLETE: nothing is archived here.';
  return 'VALID: every range is what was sealed and signed, and none is missing between them.';
}
