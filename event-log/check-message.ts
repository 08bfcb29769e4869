import { limits } from '../schemas/limits.ts';
import type { Topic } from '../schemas/topics.ts';
import { compactedTopics, topics } from '../schemas/topics.ts';
import { EventLogError } from './errors.ts';
import { partitionCount } from './partition-ids.ts';
import type { Commit, NewMessage, StateChange } from './event-log.ts';

const KEY_BYTES_MAX = 512;
const HEADERS_BYTES_MAX = 4096;
const STATE_KEY_BYTES_MAX = 256;
const STATE_VALUE_BYTES_MAX = 4 * 1024 * 1024;
const ASCII = /^[\x20-\x7e]*$/u;

const allTopics: ReadonlySet<string> = new Set(Object.values(topics));

/** Refuses what no adapter of the log takes, before any of it is written. */
export function checkMessage(message: NewMessage, partitions: number): void {
  checkPartition(message.topic, message.partition, partitions);
  const keyBytes = message.key === null ? 0 : Buffer.byteLength(message.key);
  if (keyBytes > KEY_BYTES_MAX) throw tooLarge(message, 'key', keyBytes, KEY_BYTES_MAX);
  const headersBytes = bytesOfHeaders(message);
  if (headersBytes > HEADERS_BYTES_MAX) {
    throw tooLarge(message, 'headers', headersBytes, HEADERS_BYTES_MAX);
  }
  const valueBytes = message.value?.length ?? 0;
  const valueBytesMax =
    message.topic === topics.records ? limits.recordBytesMax : limits.messageBytesMax;
  if (valueBytes > valueBytesMax) throw tooLarge(message, 'value', valueBytes, valueBytesMax);
  if (compactedTopics.has(message.topic) && message.key === null) {
    throw new EventLogError('EVENT_LOG_INVALID', `a message of ${message.topic} needs a key`);
  }
}

/** A commit takes every topic but spans: see `Commit` in the port. */
export function checkCommit(commit: Commit, partitions: number): void {
  for (const message of commit.appends) {
    checkMessage(message, partitions);
    if (message.topic === topics.spans) {
      throw new EventLogError('EVENT_LOG_INVALID', 'spans are appended by append, not by commit');
    }
  }
  for (const position of commit.positions) {
    checkPartition(position.topic, position.partition, partitions);
  }
  for (const change of commit.state) checkStateChange(change);
}

export function checkPartition(topic: Topic, partition: number, partitions: number): void {
  const count = partitionCount(topic, partitions);
  const isKnown = allTopics.has(topic);
  if (isKnown && Number.isInteger(partition) && partition >= 0 && partition < count) return;
  throw new EventLogError(
    'EVENT_LOG_INVALID',
    isKnown
      ? `${topic} has ${count} partitions; there is no partition ${partition}`
      : `there is no topic ${topic}`,
  );
}

function checkStateChange(change: StateChange): void {
  if (change.key.length > STATE_KEY_BYTES_MAX || !ASCII.test(change.key)) {
    throw new EventLogError(
      'EVENT_LOG_INVALID',
      `a state key is at most ${STATE_KEY_BYTES_MAX} printable ASCII characters`,
    );
  }
  const bytes = change.value?.length ?? 0;
  if (bytes <= STATE_VALUE_BYTES_MAX) return;
  throw new EventLogError(
    'EVENT_LOG_MESSAGE_TOO_LARGE',
    `a state value has ${bytes} bytes, above ${STATE_VALUE_BYTES_MAX}`,
  );
}

/** Roles are written into keys, between slashes. */
export function checkRole(role: string): void {
  if (/^[a-z0-9][a-z0-9.-]{0,63}$/u.test(role)) return;
  throw new EventLogError(
    'EVENT_LOG_INVALID',
    'a role is up to 64 lower-case letters, digits, dots and hyphens',
  );
}

/** How an owner is called inside a log: `role/partition`. */
export function ownerKeyOf(role: string, partition: number): string {
  checkRole(role);
  return `${role}/${partition}`;
}

export const PARTITIONS_MAX = 256;

export function checkPartitionCount(partitions: number): void {
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= PARTITIONS_MAX) return;
  throw new EventLogError('EVENT_LOG_INVALID', `partitions must be 1 to ${PARTITIONS_MAX}`);
}

function bytesOfHeaders({ headers }: NewMessage): number {
  let bytes = 0;
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0) + 6;
  return bytes;
}

function tooLarge(message: NewMessage, what: string, bytes: number, max: number): EventLogError {
  return new EventLogError(
    'EVENT_LOG_MESSAGE_TOO_LARGE',
    `the ${what} of a message of ${message.topic} has ${bytes} bytes, above ${max}`,
  );
}
