import type { EventLog } from '../event-log/event-log.ts';
import { parseCheckpoint } from '../integrity/checkpoint.ts';
import { parseNote } from '../integrity/note.ts';
import type { RecordStore } from '../record-store/clickhouse.ts';
import { RowBlock } from '../record-store/row-binary.ts';
import { checkpointsTable } from '../schemas/tables.ts';
import { headerNames, topics } from '../schemas/topics.ts';
import { checkpointKinds } from './read-checkpoint.ts';

const CHUNK = { messagesMax: 1_000, bytesMax: 4 * 1024 * 1024, waitMsMax: 0 };

/** Brings published heads back that the store lost, each once. What witnesses cosigned comes again with their next answer. */
export async function recoverHeads({
  log,
  store,
  fence,
}: {
  readonly log: Pick<EventLog, 'read' | 'range'>;
  readonly store: RecordStore;
  /** As of the recovery of leaves. */
  readonly fence: number;
}): Promise<void> {
  const { start, end } = await log.range(topics.checkpoints, 0);
  for (let offset = start; offset < end;) {
    const messages = await log.read({ topic: topics.checkpoints, partition: 0, offset }, CHUNK);
    if (messages.length === 0) return;
    const heads = messages.flatMap(({ key, value, headers }) =>
      key === null || value === null || headers[headerNames.kind] === checkpointKinds.policy
        ? []
        : [{ logId: key, note: Buffer.from(value).toString('utf8') }],
    );
    await writeMissing(store, heads, `recovered/${fence}/heads/${offset}`);
    offset = (messages.at(-1)?.offset ?? end) + 1;
  }
}

type PublishedHead = { readonly logId: string; readonly note: string };

async function writeMissing(
  store: RecordStore,
  heads: readonly PublishedHead[],
  token: string,
): Promise<void> {
  const notes = heads.map(({ note }) => note);
  const sql = `SELECT note FROM waybill.checkpoints WHERE note IN {notes:Array(String)}`;
  const stored = await store.query<PublishedHead>({ sql, params: { notes } });
  const there = new Set(stored.map(({ note }) => note));
  const block = new RowBlock(checkpointsTable);
  for (const { logId, note } of heads) {
    if (there.has(note)) continue;
    there.add(note);
    const { size, root } = parseCheckpoint(parseNote(note).text);
    block.add([logId, size, root, note]);
  }
  if (block.rows > 0) await store.insertRows(checkpointsTable, block.bytes(), { token });
}
