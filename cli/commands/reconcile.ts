import { apiClient, apiOptions } from '../api-client.ts';
import type { Command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import type { ReconcileAnswer } from '../render/reconcile.ts';
import { renderReconcile } from '../render/reconcile.ts';
import { timeOption } from '../api-filters.ts';

/** Compares what each stage counted, and names what is missing. */
export const reconcileCommand: Command = {
  name: 'reconcile',
  summary: 'compares what each stage counted, minute by minute, and names every gap',
  positionals: [],
  options: {
    since: { type: 'string', value: 'TIME', means: 'begin: 1h, 24h, … ago, or RFC 3339 (1h)' },
    until: { type: 'string', value: 'TIME', means: 'end (now)' },
    ...apiOptions,
  },
  async run(given, terminal) {
    const answer = await apiClient(given, terminal).get<ReconcileAnswer>(
      '/v1/reconciliation/windows',
      {
        from: timeOption(given, 'since', Date.now()),
        to: timeOption(given, 'until', Date.now()),
      },
    );
    terminal.out(
      given.flag('json') ? JSON.stringify(answer) : renderReconcile(answer, terminal.paint),
    );
    return answer.gaps.some(({ open }) => !open) ? exitCodes.failed : exitCodes.ok;
  },
};
