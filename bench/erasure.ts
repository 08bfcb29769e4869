// How long it takes to erase one person among a million records: `node bench/erasure.ts [records]`; prints one table. A part of them goes through the ledger, the
// person's among them; the others are copies of those rows, made in the store under other traces, people and leaves.
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { RecordStore } from '../record-store/clickhouse.ts';
import { principal, startPeoplePipeline } from '../test/support/people-pipeline.ts';
import { generateRecords } from './generated-records.ts';

const total = Number(process.argv[2] ?? 1_000_000);
/** Records that the ledger seals; the person's are the first of them. */
const SEALED = 16_000;
const OWN = 200;
const CHUNK = 2_000;
const PERSON = principal(1);
const plan = { startUs: 1_790_000_000_000_000, stepUs: 1_000, revisedOneIn: 0 };

const startedMs = performance.now();
const pipeline = await startPeoplePipeline();
const migrator = await pipeline.store.as('migrator');
const ledger = await pipeline.start({ eraser: pipeline.eraser() });
await seal();
await multiply();
const preparedSeconds = (performance.now() - startedMs) / 1000;
const [records, values, own] = await counts();
const beganMs = performance.now();
const leaves = await erase();
const seconds = (performance.now() - beganMs) / 1000;
const [recordsLeft, valuesLeft, ownLeft] = await counts();
if (ownLeft !== 0) throw new Error(`${ownLeft} values of the person are left.`);
if (recordsLeft !== records || values - valuesLeft !== own) throw new Error('Others were erased.');
console.log(`| records in the store; values | ${whole(records)}; ${whole(values)} |`);
console.log(`| of the person: records; values | ${whole(OWN)}; ${whole(own)} |`);
console.log(`| made in, s | ${preparedSeconds.toFixed(1)} |`);
console.log(`| from the request to its last leaf, s | ${seconds.toFixed(1)} |`);
console.log(`| leaves that tell of it | ${leaves} |`);
console.log(`| files of trace keys | ${(await readdir(pipeline.keyOptions.folder)).length} |`);
await ledger.stop();
await pipeline.close();
process.exit(0);

async function seal(): Promise<void> {
  for (let from = 0; from < SEALED; from += CHUNK) {
    const made = generateRecords({
      ...plan,
      seed: from + 1,
      count: CHUNK,
      tenants: ['acme'],
      payloadChars: 330,
    });
    const named = made.map((record, at) =>
      from + at < OWN ? { ...record, facts: { ...record.facts, user: PERSON } } : record,
    );
    await pipeline.appendRecords(named);
  }
  while ((await pipeline.sealed()) < SEALED) await wait(100);
}

/** Doubles every row that is not the person's until there are enough records. The copies lie in a log of their own, which no ledger knows. */
async function multiply(): Promise<void> {
  const ours = `(SELECT log_id, leaf_index FROM waybill.records WHERE user = '${PERSON}')`;
  for (let held = SEALED, leaves = 2 * SEALED; held < total; held += held - OWN, leaves *= 2) {
    const at = `r.leaf_index + if(r.log_id = 'records/p1/e0', ${SEALED}, 0) + ${leaves}`;
    const moved = `'records/p9/e0' AS log_id, ${at} AS leaf_index`;
    const trace = `toFixedString(substring(SHA256(concat('${leaves} ', r.trace_id)), 1, 16), 16) AS trace_id`;
    for (const table of ['records', 'payloads', 'leaves']) {
      const others = table === 'records' ? `${moved}, ${trace}` : moved;
      await migrator.command(
        `INSERT INTO waybill.${table} SELECT r.* REPLACE(${others}) FROM waybill.${table} AS r
          WHERE startsWith(r.log_id, 'records/') AND (r.log_id, r.leaf_index) NOT IN ${ours}`,
      );
    }
  }
  // One part, as time makes it: what is deleted lies among everything else.
  await migrator.command('OPTIMIZE TABLE waybill.payloads FINAL');
}

/** Asks for it and waits until it is told to be done; gives the number of leaves that tell of it. */
async function erase(): Promise<number> {
  const requestId = randomUUID();
  const request = { requestId, principals: [PERSON], legalBasis: 'measurement' };
  await pipeline.control('erasure_requested', request);
  for (;;) {
    const told = await pipeline.controlLeaves(requestId);
    if (told.some((leaf) => leaf.includes('"type":"redaction_done"'))) return told.length;
    await wait(100);
  }
}

/** Records, values, and values of the person. */
async function counts(): Promise<readonly [number, number, number]> {
  const one = async (reader: RecordStore, sql: string): Promise<number> =>
    (await reader.query<{ n: number }>({ sql }))[0]?.n ?? 0;
  const { reader } = pipeline;
  return [
    await one(reader, 'SELECT count() AS n FROM waybill.records'),
    await one(
      reader,
      "SELECT count() AS n FROM waybill.payloads WHERE salt != unhex(repeat('00', 32))",
    ),
    await one(
      reader,
      `SELECT count() AS n FROM waybill.payloads WHERE (log_id, leaf_index) IN (SELECT log_id, leaf_index FROM waybill.records WHERE user = '${PERSON}')`,
    ),
  ];
}

function whole(value: number): string {
  return value.toLocaleString('en');
}
