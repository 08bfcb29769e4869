import { leafText } from '../../support/leaf-text.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { openStore } from '../../../record-store/clickhouse.ts';
import type { RunningEngine } from '../../../record-store/engine.ts';
import { startEngine } from '../../../record-store/engine.ts';
import { migrate } from '../../../record-store/migrate.ts';
import { readPassword } from '../../../record-store/passwords.ts';
import type { ColumnValue } from '../../../record-store/row-binary.ts';
import { RowBlock } from '../../../record-store/row-binary.ts';
import { factColumns } from '../../../schemas/record-columns.ts';
import type { AuditRecord, Charge, Facts } from '../../../schemas/record-types.ts';
import { chargesTable, leavesTable, payloadsTable, recordsTable } from '../../../schemas/tables.ts';

/** The real engine with records planted in it as the ledger would: rows, then leaves. */
export type PlantedStore = {
  readonly store: RecordStore;
  readonly engine: RunningEngine;
  /** Seals records at the end of a log. */
  plant(logId: string, records: readonly AuditRecord[]): Promise<void>;
  stop(): Promise<void>;
};

export async function startPlantedStore(): Promise<PlantedStore> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-query-'));
  const engine = await startEngine({
    folder: join(folder, 'store'),
    keysFolder: join(folder, 'keys'),
  });
  const migrator = await open(engine, 'migrator');
  await migrate(migrator);
  await migrator.close();
  const writer = await open(engine, 'writer');
  const store = await open(engine, 'reader');
  const sizes = new Map<string, number>();
  return {
    store,
    engine,
    async plant(logId, records) {
      const first = sizes.get(logId) ?? 0;
      sizes.set(logId, first + records.length);
      for (const block of blocksOf(logId, first, records)) {
        if (block.rows === 0) continue;
        const token = `${logId}/${first}/${block.table.name}`;
        await writer.insertRows(block.table, block.bytes(), { token });
      }
    },
    async stop() {
      await writer.close();
      await store.close();
      await engine.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function open(
  engine: RunningEngine,
  user: 'migrator' | 'writer' | 'reader',
): Promise<RecordStore> {
  const { username, passwordFile } = engine.credentials[user];
  return openStore({ url: engine.url, username, password: await readPassword(passwordFile) });
}

/** Leaves last, as the ledger does: a row below the sealed size is always there. */
function blocksOf(logId: string, first: number, records: readonly AuditRecord[]): RowBlock[] {
  const rows = new RowBlock(recordsTable);
  const charges = new RowBlock(chargesTable);
  const payloads = new RowBlock(payloadsTable);
  const leaves = new RowBlock(leavesTable);
  records.forEach((record, at) => {
    const place = [record.tenant, logId, first + at] as const;
    const { callId, revision, kind, supersedes } = record;
    if (supersedes) {
      const head = [...place, -1, kind, callId, revision - 1] as const;
      rows.add([...head, ...factValues(supersedes.facts)]);
      for (const charge of supersedes.charges) {
        charges.add([...head, ...chargeValues(supersedes.facts, charge)]);
      }
    }
    if (record.mergedInto === null) {
      const head = [...place, 1, kind, callId, revision] as const;
      rows.add([...head, ...factValues(record.facts)]);
      for (const charge of record.charges) {
        charges.add([...head, ...chargeValues(record.facts, charge)]);
      }
    }
    for (const { name, mediaType, value, bytes, truncated } of record.payload) {
      payloads.add([
        ...place,
        callId,
        revision,
        record.facts.timeUs,
        name,
        mediaType,
        value,
        bytes,
        'cd'.repeat(32),
        truncated ? 1 : 0,
      ]);
    }
    const leaf = leafText(record, first + at, logId);
    leaves.add([
      logId,
      first + at,
      record.tenant,
      first + at,
      callId,
      revision,
      record.facts.appendTimeUs,
      leaf,
      'ab'.repeat(32),
    ]);
  });
  return [rows, charges, payloads, leaves];
}

function factValues(facts: Facts): readonly ColumnValue[] {
  return factColumns.map(({ fact }) => facts[fact]);
}

function chargeValues(facts: Facts, charge: Charge): readonly ColumnValue[] {
  return [
    facts.timeUs,
    facts.team,
    facts.user,
    facts.agent,
    facts.server,
    facts.tool,
    facts.model,
    charge.meter,
    charge.unit,
    charge.quantity,
    charge.sku,
    charge.priceId,
    charge.currency,
    charge.amountNano,
    charge.source,
  ];
}
