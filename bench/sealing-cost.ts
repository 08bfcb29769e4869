import { appendLeafHashes, emptyRange } from '../integrity/compact-range.ts';
import { leafHash } from '../integrity/merkle.ts';
import { sealPayload } from '../key-store/seal-payload.ts';
import type { LeafPlace } from '../ledger/leaf.ts';
import { leafOf } from '../ledger/leaf.ts';
import { recordsLogId } from '../ledger/read-record.ts';
import { recordSecrets } from '../ledger/record-secrets.ts';
import { topics } from '../schemas/topics.ts';
import { generateRecords } from './generated-records.ts';

/** What making records provable costs, CPU microseconds a leaf. */
export type SealingCost = {
  /** The leaf's bytes, its hash and the tree: what is done for no other reason. */
  readonly sealUs: number;
  /** The payload decrypted and its salts made, for the search copy and what opens the commitments. */
  readonly openUs: number;
  /** Mean length of a leaf, and of its hash beside it. */
  readonly leafBytes: number;
};

const COUNT = 2_500;
const RUNS = 10;

/** The least of several runs over records as the enricher leaves them: payload encrypted, commitments in the place of digests. */
export function measureSealing(): SealingCost {
  const plan = { startUs: 1_790_000_000_000_000, stepUs: 200, tenants: ['default'] };
  const records = generateRecords({
    ...plan,
    count: COUNT,
    seed: 1,
    revisedOneIn: 10,
    payloadChars: 330,
  });
  const key = Buffer.alloc(32, 7);
  const sealed = records.map((record) => sealPayload(record, key));
  const secrets = sealed.map(({ record, blind }) => recordSecrets(key, record, blind));
  const openUs = least(() => {
    for (const { record, blind } of sealed) recordSecrets(key, record, blind);
  });
  let leafBytes = 0;
  const sealUs = least(() => {
    leafBytes = 0;
    let prev: string | null = null;
    const hashes = sealed.map(({ record }, index) => {
      const place: LeafPlace = {
        log: recordsLogId(0),
        topic: topics.records,
        partition: 0,
        index,
        offset: index,
        seq: index,
        prev,
      };
      const { bytes } = leafOf(record, place, secrets[index] ?? recordSecrets(key, record));
      leafBytes += bytes.length;
      const hash = Buffer.from(leafHash(bytes));
      prev = hash.toString('hex');
      return hash;
    });
    appendLeafHashes(emptyRange, hashes);
  });
  return { sealUs: sealUs / COUNT, openUs: openUs / COUNT, leafBytes: leafBytes / COUNT };
}

function least(action: () => void): number {
  let found = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run += 1) {
    const before = cpuUs();
    action();
    found = Math.min(found, cpuUs() - before);
  }
  return found;
}

/** Microseconds of this process' CPU time. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
