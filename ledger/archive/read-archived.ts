import type { EventLog, LogMessage } from '../../event-log/event-log.ts';
import { archiveRoleOf } from '../../schemas/state-keys.ts';
import { LedgerError } from '../errors.ts';
import type { LogSource } from '../seal-log.ts';
import type { Archive } from './archive.ts';
import { readArchiveState } from './archive-state.ts';
import type { RangeName } from './range-names.ts';
import { chainTo, nameOf } from './range-names.ts';
import type { SealedRange } from './sealed-range.ts';
import { decodeRange, toLogMessage } from './sealed-range.ts';

/** Where messages that were sealed are read again. */
export interface SealedMessages {
  /** The messages from an offset on, of which the first leaf has the index `size`: as many as the limits allow. None: there are no more. */
  read(
    at: { readonly size: number; readonly offset: number },
    limits: { readonly messagesMax: number; readonly bytesMax: number },
  ): Promise<readonly LogMessage[]>;
}

export type ReadAgainParts = {
  readonly log: Pick<EventLog, 'read' | 'range' | 'inspect'>;
  readonly source: LogSource;
  /** Null: what the log no longer holds is gone. */
  readonly archive: Archive | null;
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
      return log.read(position, { ...limits, waitMsMax: 0 });
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
    held = held?.first === name.first ? held : await loadRange(archive, name, signal);
    return held;
  };
  return {
    end: offset,
    async read({ size, offset: from }, { messagesMax }) {
      const { messages } = await load(size);
      const wanted = messages.filter((message) => message.offset >= from).slice(0, messagesMax);
      return wanted.map((message) => toLogMessage(message, { topic, partition }));
    },
  };
}

/** A range, as it is called. Throws `LEDGER_ARCHIVE_SHORT` where it is gone, `LEDGER_ARCHIVE_DAMAGED` where it is another. */
export async function loadRange(
  archive: Archive,
  called: RangeName,
  signal: AbortSignal,
): Promise<SealedRange> {
  const name = nameOf(called);
  const plain = await archive.get(name, signal);
  if (plain === undefined) throw new LedgerError('LEDGER_ARCHIVE_SHORT', `${name} is gone.`);
  const range = decodeRange(name, plain);
  const { log, first, end } = range;
  const leaves = range.messages.filter(({ leaf }) => leaf !== null).length;
  if (log === called.log && first === called.first && end === called.end && leaves === end - first)
    return range;
  throw new LedgerError('LEDGER_ARCHIVE_DAMAGED', `${name} is not what its name says.`);
}
