import type { RecordAnswer } from '../answers.ts';
import { apiClient, apiOptions } from '../api-client.ts';
import type { Command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { renderCall } from '../render/call.ts';

/** Shows one call with its chain, hops, charges, payload and revisions. */
export const callCommand: Command = {
  name: 'call',
  summary: 'one call with its whole chain, evidence, charges and revisions',
  positionals: ['<call-id>'],
  options: apiOptions,
  async run(given, terminal) {
    // A record id is a call id and a revision: people paste either.
    const callId = (given.positionals[0] ?? '').toLowerCase().split('.')[0] ?? '';
    const path = `/v1/records/${encodeURIComponent(callId)}`;
    const answer = await apiClient(given, terminal).get<RecordAnswer>(path);
    terminal.out(given.flag('json') ? JSON.stringify(answer) : renderCall(answer, terminal.paint));
    return exitCodes.ok;
  },
};
