import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventLog } from '../event-log/event-log.ts';
import { headerNames, topics } from '../schemas/topics.ts';
import { checkpointKinds } from './read-checkpoint.ts';

/**
 * Appends the policy to the topic of checkpoints when it is another than was appended last, so that the meta log holds the history of whom a verifier was to
 * believe, and since when. The folder keeps a copy for people, too; a crash between the two appends it twice, which says nothing new.
 */
export async function publishPolicy(
  log: Pick<EventLog, 'append'>,
  folder: string,
  policy: string,
): Promise<void> {
  const file = join(folder, 'policy.txt');
  const published = await readFile(file, 'utf8').catch(() => undefined);
  if (published === policy) return;
  const value = Buffer.from(policy);
  const headers = { [headerNames.kind]: checkpointKinds.policy };
  await log.append([{ topic: topics.checkpoints, partition: 0, key: 'policy', headers, value }]);
  await writeFile(`${file}.new`, policy);
  await rename(`${file}.new`, file);
}
