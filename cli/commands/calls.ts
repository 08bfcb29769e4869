import type { RecordsAnswer } from '../answers.ts';
import { apiClient, apiOptions } from '../api-client.ts';
import { filterOptions, filterValues } from '../api-filters.ts';
import type { Command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { renderCalls } from '../render/calls.ts';

/** Searches calls, newest first, over as many pages as the limit needs. */
export const callsCommand: Command = {
  name: 'calls',
  summary: 'search calls by user, agent, server, tool, outcome, time',
  positionals: [],
  options: {
    ...filterOptions,
    limit: { type: 'string', value: 'N', means: 'calls at most (50)' },
    ...apiOptions,
  },
  examples: [
    'waybill calls --user alice@example.com --since 24h',
    'waybill calls --server filesystem --outcome denied --outcome tool_error',
    'waybill calls --kind inference --model gpt-4o --json',
  ],
  async run(given, terminal) {
    const limit = readLimit(given.text('limit') ?? '50');
    const api = apiClient(given, terminal);
    const filters = { kind: 'call', ...filterValues(given, Date.now()) };
    let answer: RecordsAnswer = { records: [], nextCursor: null, names: {} };
    do {
      const left = limit - answer.records.length;
      const page = await api.get<RecordsAnswer>('/v1/records', {
        ...filters,
        limit: String(Math.min(left, PAGE_ROWS_MAX)),
        cursor: answer.nextCursor ?? undefined,
      });
      answer = {
        records: [...answer.records, ...page.records],
        nextCursor: page.nextCursor,
        names: { ...answer.names, ...page.names },
      };
      if (answer.nextCursor) terminal.progress(`${answer.records.length} calls …`);
    } while (answer.nextCursor && answer.records.length < limit);
    terminal.progress('');
    terminal.out(given.flag('json') ? JSON.stringify(answer) : renderCalls(answer, terminal.paint));
    if (answer.nextCursor && !given.flag('json')) {
      terminal.note(terminal.paint.dim(`There are more: raise --limit (${limit}).`));
    }
    return exitCodes.ok;
  },
};

const PAGE_ROWS_MAX = 1000;
const LIMIT_MAX = 100_000;

function readLimit(text: string): number {
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new CommandFailure(
    'usage',
    `waybill calls: --limit ${text} is no number from 1 to ${LIMIT_MAX}.`,
  );
}
