import { randomBytes } from 'node:crypto';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import { EventLogError } from '../../../event-log/errors.ts';
import type { NewMessage } from '../../../event-log/event-log.ts';
import { topics } from '../../../schemas/topics.ts';

/**
 * A process whose files cannot grow beyond some size: writes records until it is refused, then goes on trying for a while. Tells what
 * was taken and with which codes it was refused, as one line of JSON.
 */
const folder = process.env['LOG_FOLDER'] ?? '';
const log = await openEmbeddedLog({ folder, partitions: 4 });
const owner = await log.openOwner('enricher', 0);
const taken: number[] = [];
const codes = new Set<string>();
for (let number = 0; number < 60; number += 1) {
  const appends = [record(`${number}.0`), record(`${number}.1`)];
  const state = [{ key: 'count', value: Buffer.from(String(number)) }];
  try {
    await owner.commit({ positions: [], appends, state });
    taken.push(number);
  } catch (error) {
    codes.add(error instanceof EventLogError ? `${error.code} ${error.kind}` : String(error));
  }
}
await log.close();
console.log(JSON.stringify({ taken, codes: [...codes] }));

function record(name: string): NewMessage {
  // Random, so that compression does not save the disk.
  const value = randomBytes(100_000);
  value.write(`${name} `);
  return { topic: topics.records, partition: 0, key: 'call', headers: {}, value };
}
