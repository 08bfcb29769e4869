import { Worker } from 'node:worker_threads';
import { inject } from 'vitest';
import { freshLog } from '../../support/kafka/fresh-log.ts';
import type { ElsewhereJob } from '../../contract/event-log/elsewhere.ts';
import type { LogPlace } from '../../contract/event-log/event-log-contract.ts';
import { testEventLogContract } from '../../contract/event-log/event-log-contract.ts';
import type { KafkaSettings } from '../../../event-log/kafka/settings.ts';

testEventLogContract('on Kafka', createPlace);

async function createPlace(): Promise<LogPlace> {
  const fresh = await freshLog(inject('brokers'), 4);
  return {
    open: () => fresh.open(),
    elsewhere: (job) => runInThread(fresh.settings, job),
    destroy: () => fresh.destroy(),
  };
}

function runInThread(kafka: KafkaSettings, job: ElsewhereJob): Promise<string> {
  return new Promise((resolve, reject) => {
    const elsewhere = new URL('../../contract/event-log/elsewhere.ts', import.meta.url);
    const worker = new Worker(elsewhere, { workerData: { kafka, job } });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
