import type { EventLog, SharedWork } from '../../event-log/event-log.ts';
import { archiveRoleOf } from '../../schemas/state-keys.ts';
import type { LogSource } from '../seal-log.ts';
import type { ArchiverParts } from './run-archiver.ts';
import { runArchiver } from './run-archiver.ts';

export type ArchivingParts = Omit<ArchiverParts, 'log' | 'source'> & {
  readonly log: EventLog;
  readonly sources: readonly LogSource[];
};

/** Archives the logs whose archiving falls to this process. */
export async function archiveAll(parts: ArchivingParts): Promise<readonly SharedWork[]> {
  const { log, sources } = parts;
  const shared: SharedWork[] = [];
  for (const { role, topic } of sources.filter(({ partition }) => partition === 0)) {
    const work = async (partition: number, signal: AbortSignal): Promise<void> => {
      const source = sources.find((one) => one.role === role && one.partition === partition);
      if (source === undefined) throw new Error(`There is no log ${role}/${partition}.`);
      const owner = await log.openOwner(archiveRoleOf(role), partition);
      try {
        await runArchiver({ ...parts, source }, owner, signal);
      } finally {
        await owner.close();
      }
    };
    shared.push(await log.share(archiveRoleOf(role), topic, work));
  }
  return shared;
}
