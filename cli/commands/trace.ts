import type { TraceAnswer } from '../answers.ts';
import { apiClient, apiOptions } from '../api-client.ts';
import type { Command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { renderTrace } from '../render/trace.ts';

/** Shows a trace as a tree. */
export const traceCommand: Command = {
  name: 'trace',
  summary: 'a trace as a tree: user → agent → server › tool',
  positionals: ['<trace-id>'],
  options: apiOptions,
  async run(given, terminal) {
    const traceId = (given.positionals[0] ?? '').toLowerCase();
    const path = `/v1/traces/${encodeURIComponent(traceId)}`;
    const answer = await apiClient(given, terminal).get<TraceAnswer>(path);
    const colour = terminal.paint.bold('x') !== 'x';
    terminal.out(given.flag('json') ? JSON.stringify(answer) : renderTrace(answer, { colour }));
    return exitCodes.ok;
  },
};
