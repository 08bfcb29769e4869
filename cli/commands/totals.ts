import type { ChargesAnswer, CountsAnswer, RedactionsAnswer } from '../answers.ts';
import { apiClient, apiOptions } from '../api-client.ts';
import { filterOptions, filterValues } from '../api-filters.ts';
import type { Command, Option } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { renderCharges, renderCounts, renderRedactions } from '../render/totals.ts';

const by = (fallback: string): Readonly<Record<string, Option>> => ({
  by: { type: 'string', value: 'A,B,C', means: `one to three dimensions (${fallback})` },
});

/** Counts records. */
export const countsCommand: Command = {
  name: 'counts',
  summary: 'how many calls, by user, agent, server, tool, outcome, day, …',
  positionals: [],
  options: { ...by('server,outcome'), ...filterOptions, ...apiOptions },
  examples: [
    'waybill counts --by server,outcome --since 7d',
    'waybill counts --by user --tool echo',
  ],
  async run(given, terminal) {
    const answer = await apiClient(given, terminal).get<CountsAnswer>('/v1/counts', {
      kind: 'call',
      ...filterValues(given, Date.now()),
      by: given.text('by') ?? 'server,outcome',
    });
    terminal.out(
      given.flag('json') ? JSON.stringify(answer) : renderCounts(answer, terminal.paint),
    );
    return exitCodes.ok;
  },
};

/** Counts what redaction did: the receipts of the records together. */
export const redactionsCommand: Command = {
  name: 'redactions',
  summary: 'what redaction replaced, by class, rule, action, user, server, tool, day, …',
  positionals: [],
  options: { ...by('class,action'), ...filterOptions, ...apiOptions },
  examples: [
    'waybill redactions --by class,action --since 24h',
    'waybill redactions --by rule,server --redactedClass national_id',
    'waybill redactions --by class --value ana@example.com',
  ],
  async run(given, terminal) {
    const answer = await apiClient(given, terminal).get<RedactionsAnswer>('/v1/redactions', {
      ...filterValues(given, Date.now()),
      by: given.text('by') ?? 'class,action',
    });
    terminal.out(
      given.flag('json') ? JSON.stringify(answer) : renderRedactions(answer, terminal.paint),
    );
    return exitCodes.ok;
  },
};

/** Sums charges. */
export const chargesCommand: Command = {
  name: 'charges',
  summary: 'what it cost, by team, user, agent, server, tool, model, meter, day',
  positionals: [],
  options: {
    ...by('team'),
    ...chargeFilters(),
    meter: { type: 'string', value: 'METER', means: 'what is counted, e.g. input_tokens' },
    ...apiOptions,
  },
  examples: ['waybill charges --by team', 'waybill charges --by model,meter --since 30d'],
  async run(given, terminal) {
    const answer = await apiClient(given, terminal).get<ChargesAnswer>('/v1/charges', {
      ...filterValues(given, Date.now()),
      meter: given.text('meter'),
      by: given.text('by') ?? 'team',
    });
    terminal.out(
      given.flag('json') ? JSON.stringify(answer) : renderCharges(answer, terminal.paint),
    );
    return exitCodes.ok;
  },
};

function chargeFilters(): Readonly<Record<string, Option>> {
  const kept = ['user', 'agent', 'server', 'tool', 'team', 'kind', 'model', 'since', 'from', 'to'];
  return Object.fromEntries(Object.entries(filterOptions).filter(([name]) => kept.includes(name)));
}
