import { setTimeout as wait } from 'node:timers/promises';
import { apiClient, apiOptions } from '../api-client.ts';
import type { Arguments, Command } from '../command.ts';
import { CommandFailure, exitCodes } from '../failure.ts';

type Asked = { readonly eventId: string; readonly type: string; readonly requestId: string };

/** What `/v1/erasures/<id>` answers. */
type Receipt = {
  readonly requestId: string;
  readonly state: 'requested' | 'under_way' | 'refused' | 'done';
  readonly leaves: readonly {
    readonly type: string;
    readonly logId: string;
    readonly leafIndex: number;
    readonly leafHash: string;
  }[];
};

/** Asks for a person's erasure and waits for its receipt: the leaves that tell of it. */
export const eraseCommand: Command = {
  name: 'erase',
  summary: 'erase a person’s payloads and name, for good; gives a receipt',
  positionals: [],
  options: {
    ...apiOptions,
    subject: { type: 'string', value: 'NAME', means: 'the person, or a principal id (needed)' },
    basis: { type: 'string', value: 'TEXT', means: 'the legal basis, e.g. "GDPR Art. 17(1)(b)"' },
    'no-wait': { type: 'boolean', means: 'do not wait until it is done' },
  },
  examples: ['waybill erase --subject ana@example.com --key-file privacy.key'],
  async run(given, terminal) {
    const api = apiClient(given, terminal);
    const subject = needed(given, 'erase', 'subject');
    const legalBasis = given.text('basis') ?? 'not stated';
    const { requestId } = await api.post<Asked>('/v1/erasures', { subject, legalBasis });
    terminal.progress(`request ${requestId} …`);
    if (given.flag('no-wait')) {
      terminal.out(given.flag('json') ? JSON.stringify({ requestId }) : requestId);
      return exitCodes.ok;
    }
    for (;;) {
      const receipt = await receiptOf(requestId, () =>
        api.get<Receipt>(`/v1/erasures/${requestId}`),
      );
      if (receipt?.state === 'done' || receipt?.state === 'refused') {
        terminal.progress('');
        terminal.out(given.flag('json') ? JSON.stringify(receipt) : render(receipt));
        return receipt.state === 'done' ? exitCodes.ok : exitCodes.failed;
      }
      await wait(LOOK_MS);
    }
  },
};

const LOOK_MS = 500;

/** A request that is not sealed yet is not known yet; an API that is busy, or whose store is away, is asked again. */
const passing = /\((?:NOT_FOUND|STORE_UNAVAILABLE|TRAIL_UNAVAILABLE|BUSY)\)/;

async function receiptOf(
  requestId: string,
  ask: () => Promise<Receipt>,
): Promise<Receipt | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    if (passing.test(error.message)) return undefined;
    const stands = `The erasure is asked for all the same, as ${requestId}.`;
    throw new CommandFailure(error.kind, `${error.message}\n${stands}`, error);
  }
}

function render({ requestId, state, leaves }: Receipt): string {
  const told = leaves.map(
    ({ type, logId, leafIndex, leafHash }) =>
      `  ${type.padEnd(18)} ${logId} ${leafIndex}  ${leafHash}`,
  );
  const verdict = state === 'done' ? 'Erased' : 'Refused: a legal hold stands';
  return [`${verdict} (request ${requestId}). The leaves that tell of it:`, ...told].join('\n');
}

/** Places or releases a legal hold: while it stands, nothing of the person, or of the tenant, is erased. */
export const holdCommand: Command = {
  name: 'hold',
  summary: 'place or release a legal hold; while it stands, nothing it covers is erased',
  positionals: ['<place|release>', '<matter>'],
  options: {
    ...apiOptions,
    subject: { type: 'string', value: 'NAME', means: 'place: one person (all of the tenant)' },
  },
  examples: [
    'waybill hold place case-17 --subject ana@example.com',
    'waybill hold release case-17',
  ],
  async run(given, terminal) {
    const [action, matter = ''] = given.positionals;
    if (action !== 'place' && action !== 'release') {
      throw new CommandFailure('usage', `waybill hold: place or release, not "${action}".`);
    }
    const api = apiClient(given, terminal);
    const subject = given.text('subject');
    const asked =
      action === 'place'
        ? await api.post<Asked>('/v1/holds', { matter, subject })
        : await api.post<Asked>('/v1/holds/release', { matter });
    terminal.out(given.flag('json') ? JSON.stringify(asked) : `${asked.type} ${matter}`);
    return exitCodes.ok;
  },
};

function needed(given: Arguments, command: string, option: string): string {
  const value = given.text(option);
  if (value !== undefined) return value;
  throw new CommandFailure('usage', `waybill ${command}: --${option} is missing.`);
}
