import { workerData } from 'node:worker_threads';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import { topics } from '../../../schemas/topics.ts';

/** A worker that appends now and then; each value is the time of its append, in milliseconds with fractions. */
const { folder, appends } = workerData as { folder: string; appends: number };
const log = await openEmbeddedLog({ folder });
for (let count = 0; count < appends; count += 1) {
  await new Promise((resolve) => setTimeout(resolve, 30));
  const value = Buffer.from(String(performance.timeOrigin + performance.now()));
  await log.append([{ topic: topics.spans, partition: 0, key: null, headers: {}, value }]);
}
await log.close();
