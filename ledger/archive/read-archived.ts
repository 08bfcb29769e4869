import type { EventLog, LogMessage } from '../../event-log/event-log.ts';
import { archiveRoleOf } from '../../schemas/state-keys.ts';
import { LedgerError } from '../errors.ts';
import type { LogSource } from '../seal-log.ts';
import type { Archive } from './archive.ts';
import { readArchiveState } from './archive-state.ts';
import { loadRange } from './load-range.ts';
import { chainTo } from './range-names.ts';
import type { SealedRange } from './sealed-range.ts';
import { toLogMessage } from './sealed-range.ts';

/** A message that was sealed, and the bytes of the leaf that the archive says it became: null for none. The log says nothing of it. */
export type MessageAgain = { readonly message: LogMessage; readonly leaf?: Uint8Array | null };

/** Where messages that were sealed are read again. */
export interface SealedMessages {
  /** The messages from an offset on, of which the first leaf has the index `size`: as many as the limits allow. None: there are no more. */
  read(
    at: { readonly size: number; readonly offset: number },
    limits: { readonly messagesMax: number; readonly bytesMax: number },
  ): Promise<readonly MessageAgain[]>;
}

export type ReadAgainParts = {
  readonly log: Pick<EventLog, 'read' | 'range' | 'inspect'>;
  readonly source: LogSource;
  /** Null: what the log no longer holds is gone. */
  readonly archive: Pick<Archive, 'get' | 'list'> | null;
  readonly signal: AbortSignal;
};

/**
 * Reads a log's messages again from its first: from the log as far back as it reaches, and from the archive before that. Throws `LEDGER_STORE_SHORT` where neither has them,
 * `LEDGER_ARCHIVE_SHORT` and `LEDGER_ARCHIVE_DAMAGED` where the archive has not what it should.
 */
export async function readAgain(parts: ReadAgainParts): Promise<SealedMessages> {
  const { log, source } = parts;
  const { topic, partition } = source;
  const { start } = await log.range(topic, partition);
  const archived = start === 0 ? undefined : await openChain(parts);
  if (archived !== undefined && archived.end < start) {
    const detail = `${source.logId}: archived to offset ${archived.end}, and the log begins at ${start}.`;
    throw new LedgerError('LEDGER_ARCHIVE_SHORT', detail);
  }
  return {
    async read(at, limits) {
      if (archived !== undefined && at.offset < archived.end) return archived.read(at, limits);
      const position = { topic, partition, offset: at.offset };
      const messages = await log.read(position, { ...limits, waitMsMax: 0 });
      return messages.map((message) => ({ message }));
    },
  };
}

type Chain = SealedMessages & {
  /** The first offset that is not archived. */
  readonly end: number;
};

async function openChain({ log, source, archive, signal }: ReadAgainParts): Promise<Chain> {
  const { logId, topic, partition, role } = source;
  if (archive === null) throw new LedgerError('LEDGER_STORE_SHORT', `${logId}.`);
  const { tree, offset } = readArchiveState(await log.inspect(archiveRoleOf(role), partition));
  const names = await archive.list(logId, signal);
  const chain = chainTo(names, logId, tree);
  let held: SealedRange | undefined;
  const load = async (size: number): Promise<SealedRange> => {
    const name = chain.find(({ end }) => end > size);
    if (name === undefined) throw new LedgerError('LEDGER_ARCHIVE_SHORT', `${logId} at ${size}.`);
    if (held?.first !== name.first) held = (await loadRange(archive, name, signal)).range;
    return held;
  };
  return {
    end: offset,
    async read({ size, offset: from }, { messagesMax }) {
      const { messages } = await load(size);
      const wanted = messages.filter((message) => message.offset >= from).slice(0, messagesMax);
      return wanted.map((message) => ({
        message: toLogMessage(message, { topic, partition }),
        leaf: message.leaf,
      }));
    },
  };
}
