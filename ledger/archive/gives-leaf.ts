import { decodeAuditRecord } from '../../schemas/avro-codec.ts';
import { readLeaf } from '../../schemas/leaf-record.ts';
import { headerNames, topics } from '../../schemas/topics.ts';
import type { LeafPlace } from '../leaf.ts';
import { LEAF_VERSION } from '../leaf.ts';
import { logSources } from '../log-sources.ts';
import { metaLogId } from '../read-checkpoint.ts';
import { readRecord } from '../read-record.ts';
import type { LogSource } from '../seal-log.ts';
import { understand } from '../seal.ts';
import type { SealedMessage, SealedRange } from './sealed-range.ts';
import { toLogMessage } from './sealed-range.ts';

type Source = Pick<LogSource, 'topic' | 'partition' | 'readMessage'>;

/**
 * Whether an archived message gives the leaf beside it, or none where there is none: everything that the leaf tells, and the commitments to its values. The values themselves are seen only with the key of
 * their trace. A record of an earlier version, whose commitments are not in its message, is taken for what it is.
 */
export function givesLeaf(
  { log, topic, partition }: Pick<SealedRange, 'log' | 'topic' | 'partition'>,
  message: SealedMessage,
): boolean {
  const source = sourceOf(log);
  if (source?.topic !== topic || source.partition !== partition) return false;
  const { sealable } = understand(toLogMessage(message, source), source.readMessage);
  if (sealable === undefined || message.leaf === null) {
    return sealable === undefined && message.leaf === null;
  }
  const { place, version } = placeOf(log, source, message.leaf);
  const { leaf } = sealable.sealAt({ ...place, offset: message.offset }, version, null);
  return Buffer.compare(Buffer.from(leaf), message.leaf) === 0 || isEarlier(source, message);
}

function sourceOf(log: string): Source | undefined {
  const [, partition] = /^records\/p(\d{1,6})\/e0$/.exec(log) ?? [];
  if (partition === undefined) return logSources(1).find(({ logId }) => logId === log);
  return { topic: topics.records, partition: Number(partition), readMessage: readRecord };
}

/** What a leaf says of itself that its message does not. A head's leaf is its message. */
function placeOf(
  log: string,
  { topic, partition }: Source,
  leaf: Uint8Array,
): { readonly place: LeafPlace; readonly version: number } {
  const first = { log, topic, partition, offset: 0, index: 0, seq: 0, prev: null };
  if (log === metaLogId) return { place: first, version: LEAF_VERSION };
  const { index, seq, prev, version } = readLeaf(Buffer.from(leaf).toString('utf8')).header;
  return { place: { ...first, index, seq, prev }, version };
}

function isEarlier({ topic }: Source, { headers, value }: SealedMessage): boolean {
  if (topic !== topics.records || headers[headerNames.blind] !== undefined || !value) return false;
  return decodeAuditRecord(value).payload.every(
    ({ encoding }) => !encoding.endsWith('aes-256-gcm'),
  );
}
