import { join } from 'node:path';
import { inject } from 'vitest';
import { describeArchive } from '../../support/archive-suite.ts';
import { freshLog } from '../../support/kafka/fresh-log.ts';
import { PARTITIONS, sealedPipelineOn } from '../../support/sealed-pipeline.ts';
import { startTestStore } from '../../support/test-store.ts';

// The log's messages are deleted on a real broker, and a lost store is made again of the archive and of what Kafka still has.
describeArchive(
  'a folder, of a log on Kafka',
  async (folder) => Promise.resolve({ kind: 'folder', folder: join(folder, 'archive') }),
  async () => {
    const fresh = await freshLog(inject('brokers'), PARTITIONS);
    const log = await fresh.open();
    const pipeline = await sealedPipelineOn(await startTestStore(), {
      log,
      config: { kafka: fresh.settings },
    });
    const close = async (): Promise<void> => {
      await pipeline.close();
      await fresh.destroy();
    };
    return { ...pipeline, close };
  },
);
