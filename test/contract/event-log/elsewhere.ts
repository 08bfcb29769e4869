import { parentPort, workerData } from 'node:worker_threads';
import type { EventLog } from '../../../event-log/event-log.ts';
import type { KafkaSettings } from '../../../event-log/kafka/settings.ts';
import { topics } from '../../../schemas/topics.ts';

/** What the contract suite has done in another thread or process, with a handle of its own. */
export type ElsewhereJob =
  /** Appends to all the partitions in each of `calls` calls, two at a time. */
  | {
      readonly kind: 'append';
      readonly partitions: readonly number[];
      readonly calls: number;
      readonly name: string;
    }
  /** Opens the owner and commits once. */
  | { readonly kind: 'take-over'; readonly role: string; readonly partition: number }
  /** Opens the owner and commits until refused; answers the error's code. */
  | { readonly kind: 'zombie'; readonly role: string; readonly partition: number };

export async function doJob(log: EventLog, job: ElsewhereJob): Promise<string> {
  if (job.kind === 'append') return appendAll(log, job);
  if (job.kind === 'zombie') return commitUntilRefused(log, job);
  const owner = await log.openOwner(job.role, job.partition);
  await owner.commit({ positions: [], appends: [], state: [] });
  return 'committed';
}

async function appendAll(
  log: EventLog,
  job: Extract<ElsewhereJob, { kind: 'append' }>,
): Promise<string> {
  const value = (call: number): Buffer => Buffer.from(`${job.name} ${call}`);
  const append = (call: number): Promise<void> =>
    log.append(
      job.partitions.map((partition) => ({
        topic: topics.spans,
        partition,
        key: null,
        headers: {},
        value: value(call),
      })),
    );
  for (let call = 0; call < job.calls; call += 2) {
    await Promise.all(call + 1 < job.calls ? [append(call), append(call + 1)] : [append(call)]);
  }
  return 'appended';
}

async function commitUntilRefused(
  log: EventLog,
  job: Extract<ElsewhereJob, { kind: 'zombie' }>,
): Promise<string> {
  const owner = await log.openOwner(job.role, job.partition);
  const state = [{ key: 'count/zombie', value: Buffer.from('yes') }];
  const record = { topic: topics.records, partition: job.partition, key: 'call', headers: {} };
  for (let round = 0; round < 10_000; round += 1) {
    const appends = [{ ...record, value: Buffer.from(`zombie ${round}`) }];
    try {
      await owner.commit({ positions: [], appends, state });
    } catch (error) {
      return String(Object(error).code);
    }
  }
  return 'never refused';
}

type Work = {
  readonly job: ElsewhereJob;
  readonly folder?: string;
  readonly kafka?: KafkaSettings;
};

/** As a worker thread, on the embedded log of the folder or on Kafka. */
async function main(): Promise<void> {
  const { folder = '', kafka, job } = workerData as Work;
  const log = kafka ? await openOnKafka(kafka) : await openEmbedded(folder);
  const answer = await doJob(log, job);
  await log.close();
  parentPort?.postMessage(answer, []);
}

async function openEmbedded(folder: string): Promise<EventLog> {
  const { openEmbeddedLog } = await import('../../../event-log/embedded.ts');
  return openEmbeddedLog({ folder, partitions: 4 });
}

async function openOnKafka(settings: KafkaSettings): Promise<EventLog> {
  const { openTestLog } = await import('../../support/kafka/fresh-log.ts');
  return openTestLog(settings, 4);
}

if (parentPort !== null && Object(workerData).job !== undefined) await main();
