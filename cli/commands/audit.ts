import { setTimeout as wait } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { auditInUse } from '../../ledger/audit/audit-in-use.ts';
import type { AuditReport } from '../../ledger/audit/findings.ts';
import { findingMeanings } from '../../ledger/audit/findings.ts';
import { storedForAudit } from '../../ledger/audit/stored.ts';
import { openStore } from '../../record-store/clickhouse.ts';
import type { Arguments, Command } from '../command.ts';
import { CommandFailure } from '../failure.ts';
import { headFiles, readHeadFile } from '../head-files.ts';

/** The exit codes of an audit: what was found is never mixed with what could not be looked at. */
export const auditExitCodes = { intact: 0, altered: 1, incomplete: 2 } as const;

/** Reads a whole record store again and tells everything that was changed since it was sealed. */
export const auditCommand: Command = {
  name: 'audit',
  summary: 'reads the record store again, and tells what was changed since it was sealed',
  positionals: [],
  options: {
    store: { type: 'string', value: 'URL', means: 'address of ClickHouse (needed)' },
    user: { type: 'string', value: 'NAME', means: 'a user that may select (reader)' },
    'password-file': { type: 'string', value: 'FILE', means: 'file with its password (needed)' },
    policy: { type: 'string', value: 'FILE', means: 'whom to believe: a tlog-policy (needed)' },
    head: {
      type: 'string',
      value: 'FILE',
      multiple: true,
      means: 'a signed head that was kept elsewhere; shows a store that was set back',
    },
    anchors: {
      type: 'string',
      value: 'DIR',
      means: 'a folder of kept heads, as an anchor fills it',
    },
    json: { type: 'boolean', means: 'the report as JSON, for programs' },
  },
  examples: [
    'waybill audit --store http://127.0.0.1:8123 --password-file reader.key --policy policy.txt',
  ],
  async run(given, terminal) {
    const report = await audit(given);
    terminal.out(given.flag('json') ? JSON.stringify(report) : render(report));
    return report.found > 0 ? auditExitCodes.altered : auditExitCodes.intact;
  },
};

/** Heads are signed within seconds of their leaves, and rows are written before them. */
const SETTLE_MS = 10_000;

async function settle(): Promise<void> {
  await wait(SETTLE_MS);
}

async function audit(given: Arguments): Promise<AuditReport> {
  const password = readNeeded(given, 'password-file').trim();
  const policy = readNeeded(given, 'policy');
  const kept = given.text('anchors');
  const heldHeads = [
    ...given.texts('head'),
    ...(kept === undefined ? [] : headFiles('audit', kept)),
  ].map((file) => readHeadFile('audit', file));
  const username = given.text('user') ?? 'reader';
  const store = openStore({ url: needed(given, 'store'), username, password });
  try {
    return await auditInUse({ store: storedForAudit(store), policy, heldHeads }, settle);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure('usage', `waybill audit: INCOMPLETE: ${why}`, cause);
  } finally {
    await store.close();
  }
}

function render({ findings, found, leaves, rows, heads }: AuditReport): string {
  const told = findings.map(({ code, logId, at, detail }) => {
    const place = `${logId}${at === null ? '' : ` ${at}`}`;
    return `INVALID ${code} ${place}${detail === '' ? '' : ` (${detail})`}: ${findingMeanings[code]}`;
  });
  const first = findings[0];
  const verdict =
    first === undefined
      ? 'VALID: nothing was changed since it was sealed.'
      : `INVALID: ${found} found; the first is ${first.code} at ${first.logId} ${first.at ?? ''}.`;
  return [...told, `${leaves} leaves, ${rows} rows, ${heads} heads read.`, verdict].join('\n');
}

function needed(given: Arguments, option: string): string {
  const text = given.text(option);
  if (text === undefined)
    throw new CommandFailure('usage', `waybill audit: --${option} is needed.`);
  return text;
}

function readNeeded(given: Arguments, option: string): string {
  return readFile(needed(given, option), option);
}

function readFile(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure('usage', `waybill audit: cannot read --${option} ${file}.`, cause);
  }
}
