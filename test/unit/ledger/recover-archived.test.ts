import { describe, expect, it } from 'vitest';
import type { LogMessage } from '../../../event-log/event-log.ts';
import { appendLeafHashes, emptyRange } from '../../../integrity/compact-range.ts';
import { leafHash } from '../../../integrity/merkle.ts';
import type { Archive } from '../../../ledger/archive/archive.ts';
import { archiveChange } from '../../../ledger/archive/archive-state.ts';
import { shortRoot } from '../../../ledger/archive/range-names.ts';
import type { SealedMessage } from '../../../ledger/archive/sealed-range.ts';
import { encodeRange } from '../../../ledger/archive/sealed-range.ts';
import { logSources } from '../../../ledger/log-sources.ts';
import { metaLogId } from '../../../ledger/read-checkpoint.ts';
import { recoverStore } from '../../../ledger/recover-store.ts';

const source = logSources(1).find(({ logId }) => logId === metaLogId);
const notes = Array.from({ length: 8 }, (_, at) => Buffer.from(`note ${at}\n`));
const tree = appendLeafHashes(
  emptyRange,
  notes.map((note) => leafHash(note)),
);
const sealed = notes.map((note, offset): SealedMessage => {
  const fixed = { offset, appendTimeMs: 1, key: null, headers: { kind: 'head' } };
  return { ...fixed, value: note, leaf: note };
});

/** Recovers an empty store of a log that has dropped all, and an archive of these messages; gives its leaves, and how many bytes of rows were written. */
async function recover(messages: readonly SealedMessage[]) {
  if (source === undefined) throw new Error('there is no meta log');
  const { topic, partition, logId: log } = source;
  const name = { log, first: 0, end: 8, before: shortRoot(emptyRange), after: shortRoot(tree) };
  const place = { log, topic, partition, first: 0, end: 8, from: 0, to: 8 };
  const plain = encodeRange({ ...place, before: [], head: '', proof: [], messages });
  const archive: Pick<Archive, 'get' | 'list'> = {
    get: async () => Promise.resolve(plain),
    list: async () => Promise.resolve([name]),
  };
  const state = archiveChange({ tree, offset: 8, intent: null }).value ?? undefined;
  let written = 0;
  const leaves = await recoverStore(
    {
      log: {
        read: async () => Promise.resolve<LogMessage[]>([]),
        range: async () => Promise.resolve({ start: 8, end: 8 }),
        inspect: async () =>
          Promise.resolve({ getState: () => state, position: () => 8, scanState: () => [] }),
      },
      store: {
        query: async () => Promise.resolve([]),
        insertRows: async (_: unknown, bytes: Uint8Array) => {
          written += bytes.length;
          return Promise.resolve();
        },
      },
      source,
      traceKeys: { keysFor: async () => Promise.resolve([]) },
      archive,
      fence: 1,
      signal: new AbortController().signal,
    },
    tree,
  ).catch((error: Error) => {
    throw Object.assign(error, { written });
  });
  return { leaves, written };
}

const at5 = (change: Partial<SealedMessage>): readonly SealedMessage[] =>
  sealed.map((message, at) => (at === 5 ? { ...message, ...change } : message));
const forged = Buffer.from('forged\n');

describe('a store that is made again of an archive', () => {
  it('gets what was sealed', async () => {
    const { leaves, written } = await recover(sealed);
    expect(leaves).toBe(8);
    expect(written).toBeGreaterThan(8 * 64);
  });

  it.each([
    ['of another message', at5({ value: forged }), 'LEDGER_REPLAY_DIFFERS'],
    [
      'of another message and its leaf',
      at5({ value: forged, leaf: forged }),
      'LEDGER_ARCHIVE_DAMAGED',
    ],
    ['that lacks a message', sealed.toSpliced(5, 1), 'LEDGER_ARCHIVE_DAMAGED'],
    [
      'of a message that is not understood',
      at5({ headers: { kind: 'meta' } }),
      'LEDGER_REPLAY_DIFFERS',
    ],
    ['in another order', [...sealed.slice(1), ...sealed.slice(0, 1)], 'LEDGER_ARCHIVE_DAMAGED'],
  ])('gets nothing of an archive %s', async (_, messages, code) => {
    await expect(recover(messages)).rejects.toMatchObject({ code, written: 0 });
  });
});
