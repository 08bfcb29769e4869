import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { RegistryError } from '../../registry/errors.ts';
import { parseRetention } from '../../registry/retention-document.ts';
import type { ApiClient } from '../api-client.ts';
import { apiClient, apiOptions } from '../api-client.ts';
import type { Arguments, Command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { renderTable } from '../render/table.ts';
import type { Terminal } from '../terminal.ts';

/** What `/v1/retention` answers. */
export type RetentionAnswer = {
  readonly policy: { readonly version: number; readonly document: string } | null;
  readonly runs: readonly { readonly leafIndex: number; readonly leaf: string }[];
};

const actions = ['check', 'apply', 'run', 'show'] as const;
type Action = (typeof actions)[number];

/** How long records are kept: declares a policy, carries it out, tells what it did. */
export const retentionCommand: Command = {
  name: 'retention',
  summary: 'how long records are kept: check or apply a policy, run it now, show its runs',
  positionals: ['<check|apply|run|show>'],
  options: {
    ...apiOptions,
    policy: { type: 'string', value: 'FILE', means: 'check, apply: the policy, YAML' },
    'no-wait': { type: 'boolean', means: 'run: do not wait until it is done' },
  },
  examples: [
    'waybill retention check --policy retention.yaml',
    'waybill retention apply --policy retention.yaml --key-file privacy.key',
    'waybill retention run --key-file privacy.key',
    'waybill retention show',
  ],
  async run(given, terminal) {
    const action = actionOf(given);
    if (action === 'check') {
      checked(given);
      terminal.out(given.flag('json') ? '{"valid":true}' : 'The policy contradicts nothing.');
      return exitCodes.ok;
    }
    const api = apiClient(given, terminal);
    if (action === 'apply') {
      const document = checked(given);
      const asked = await api.post<{ readonly eventId: string }>('/v1/retention', { document });
      terminal.out(given.flag('json') ? JSON.stringify(asked) : 'The policy is declared.');
      return exitCodes.ok;
    }
    if (action === 'run') return runNow(api, given, terminal);
    const answer = await api.get<RetentionAnswer>('/v1/retention');
    terminal.out(given.flag('json') ? JSON.stringify(answer) : render(answer, terminal));
    return exitCodes.ok;
  },
};

function actionOf(given: Arguments): Action {
  const asked = given.positionals[0];
  const action = actions.find((one) => one === asked);
  if (action === undefined) {
    throw new CommandFailure('usage', `waybill retention: ${actions.join(', ')}, not "${asked}".`);
  }
  return action;
}

/** The text of the policy, once it is found to be one. */
function checked(given: Arguments): string {
  const file = given.text('policy');
  if (file === undefined) {
    throw new CommandFailure('usage', 'waybill retention: --policy is missing.');
  }
  let yaml: string;
  try {
    yaml = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure('usage', `waybill retention: cannot read ${file}.`, cause);
  }
  try {
    parseRetention(yaml);
    return yaml;
  } catch (cause) {
    if (!(cause instanceof RegistryError)) throw cause;
    throw new CommandFailure('failed', `${file}: ${cause.code}\n${cause.message}`, cause);
  }
}

const LOOK_MS = 500;

async function runNow(api: ApiClient, given: Arguments, terminal: Terminal): Promise<number> {
  const { requestId } = await api.post<{ readonly requestId: string }>('/v1/retention/runs', {});
  if (given.flag('no-wait')) {
    terminal.out(given.flag('json') ? JSON.stringify({ runId: requestId }) : requestId);
    return exitCodes.ok;
  }
  terminal.progress(`run ${requestId} …`);
  for (;;) {
    const answer = await api.get<RetentionAnswer>('/v1/retention');
    const run = answer.runs.find(({ leaf }) => runOf(leaf)?.runId === requestId);
    if (run !== undefined) {
      terminal.progress('');
      const told = { ...answer, runs: [run] };
      terminal.out(given.flag('json') ? JSON.stringify(run) : render(told, terminal));
      return exitCodes.ok;
    }
    await wait(LOOK_MS);
  }
}

const leafSchema = z.object({ event: z.object({ timeUs: z.number(), body: z.string() }) });
const runSchema = z.object({
  runId: z.string(),
  policyVersion: z.number().optional(),
  reason: z.string().optional(),
  records: z.number().default(0),
  fields: z.number().default(0),
  traces: z.number().default(0),
  heldTraces: z.number().default(0),
});

function runOf(leaf: string) {
  const parsed = leafSchema.safeParse(JSON.parse(leaf));
  if (!parsed.success) return undefined;
  const { timeUs, body } = parsed.data.event;
  const run = runSchema.safeParse(JSON.parse(body));
  return run.success ? { ...run.data, timeUs } : undefined;
}

function render({ policy, runs }: RetentionAnswer, { paint }: Terminal): string {
  const head =
    policy === null
      ? 'No policy is declared: everything is kept.'
      : `Policy ${policy.version} is in force.`;
  if (runs.length === 0) return `${head}\nIt has not been run yet.`;
  const rows = runs.flatMap(({ leafIndex, leaf }) => {
    const run = runOf(leaf);
    if (run === undefined) return [];
    const time = new Date(run.timeUs / 1000).toISOString();
    const counts = [run.traces, run.records, run.fields, run.heldTraces].map(String);
    return [
      [time, String(run.policyVersion ?? ''), ...counts, run.reason ?? '', String(leafIndex)],
    ];
  });
  const columns = [
    { title: 'TIME' },
    { title: 'POLICY', align: 'right' },
    { title: 'TRACES', align: 'right' },
    { title: 'RECORDS', align: 'right' },
    { title: 'VALUES', align: 'right' },
    { title: 'HELD', align: 'right' },
    { title: 'NOTHING DONE' },
    { title: 'LEAF', align: 'right' },
  ] as const;
  return `${head}\n\n${renderTable(columns, rows, paint)}`;
}
