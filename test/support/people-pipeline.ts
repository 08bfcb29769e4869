import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { generateRecords } from '../../bench/generated-records.ts';
import { recordMessage } from '../../enricher/record-message.ts';
import { openTraceKeyMaker } from '../../key-store/trace-key-maker.ts';
import type { LedgerConfig } from '../../ledger/config.ts';
import { auditStore } from '../../ledger/audit/audit-store.ts';
import type { AuditReport } from '../../ledger/audit/findings.ts';
import { storedForAudit } from '../../ledger/audit/stored.ts';
import type { RecordStore } from '../../record-store/clickhouse.ts';
import { eventMessage } from '../../registry/event-message.ts';
import { tenantKey } from '../../registry/tenant-keys.ts';
import type { AuditRecord, RegistryEventType } from '../../schemas/record-types.ts';
import type { SealedPipeline } from './sealed-pipeline.ts';
import { PARTITIONS, startSealedPipeline } from './sealed-pipeline.ts';

export const TENANT = 'acme';

export const principal = (n: number): string => `p_${n.toString(16).padStart(32, '0')}`;
export const canary = (n: number): string => `{"ssn":"canary-${n}-of-somebody"}`;

/** A pipeline behind the enricher whose records hold values of ten people, under the keys of their traces. */
export type PeoplePipeline = SealedPipeline & {
  readonly reader: RecordStore;
  readonly keyOptions: {
    readonly folder: string;
    readonly wrappingKey: (tenant: string) => Uint8Array;
  };
  eraser(): NonNullable<LedgerConfig['eraser']>;
  appendRecords(records: readonly AuditRecord[]): Promise<void>;
  control(type: RegistryEventType, body: object): Promise<void>;
  /** Leaves of control events that hold the text, in order. */
  controlLeaves(text: string): Promise<readonly string[]>;
  /** Leaves of records. */
  sealed(): Promise<number>;
  /** Values of a person that the search copy holds. */
  valuesOf(person: number): Promise<number>;
  audit(): Promise<AuditReport>;
};

export async function startPeoplePipeline(): Promise<PeoplePipeline> {
  const pipeline = await startSealedPipeline();
  const keyOptions = {
    folder: join(pipeline.folder, 'traces'),
    wrappingKey: (tenant: string) => tenantKey(Buffer.alloc(32, 0xab), tenant, 'trace'),
  };
  const maker = await openTraceKeyMaker(keyOptions);
  const reader = await pipeline.store.as('reader');
  const count = async (sql: string, params = {}): Promise<number> =>
    (await reader.query<{ n: number }>({ sql, params }))[0]?.n ?? 0;
  return {
    ...pipeline,
    reader,
    keyOptions,
    eraser: () => {
      const { username, passwordFile } = pipeline.store.engine.credentials.eraser;
      return { username, passwordFile, servers: [] };
    },
    appendRecords: async (records) => {
      const messages = records.map((record, at) => recordMessage(record, at % PARTITIONS, maker));
      await maker.flush();
      await pipeline.log.append(messages);
    },
    control: async (type, body) => {
      const event = { eventId: randomUUID(), tenant: TENANT, type, timeUs: 1, actor: 'k' };
      const whole = { ...event, digest: null, body: JSON.stringify(body) };
      await pipeline.log.append([eventMessage(whole)]);
    },
    controlLeaves: async (text) => {
      const rows = await reader.query<{ leaf: string }>({
        sql: `SELECT leaf FROM waybill.leaves WHERE log_id = 'registry/p0/e0'
          AND position(leaf, {text:String}) > 0 ORDER BY leaf_index`,
        params: { text },
      });
      return rows.map(({ leaf }) => leaf);
    },
    sealed: async () =>
      count(`SELECT count() AS n FROM waybill.leaves WHERE log_id LIKE 'records/%'`),
    valuesOf: async (person) =>
      count('SELECT count() AS n FROM waybill.payloads WHERE position(value, {text:String}) > 0', {
        text: `canary-${person}-`,
      }),
    audit: async () => {
      const policy = readFileSync(join(pipeline.folder, 'signer', 'policy.txt'), 'utf8');
      return auditStore({ store: storedForAudit(reader), policy, heldHeads: [] });
    },
    close: async () => {
      await maker.close();
      await pipeline.close();
    },
  };
}

/** Ten people in turn; each record holds a value of its person. */
export function recordsOf(seed: number, count: number): readonly AuditRecord[] {
  const plan = { startUs: 1_790_000_000_000_000, stepUs: 1_000, revisedOneIn: 10_000 };
  const made = generateRecords({ ...plan, tenants: [TENANT], seed, count, payloadChars: 20 });
  return made.map((record, at) => {
    const payload = record.payload.map((field) => ({
      ...field,
      value: Buffer.from(canary(at % 10)),
    }));
    return { ...record, payload, facts: { ...record.facts, user: principal(at % 10) } };
  });
}

/** The type of a control event by its leaf. */
export function typeOf(leaf: string): string {
  return /"type":"(\w+)"/.exec(leaf)?.[1] ?? '';
}

/** Files below a folder that hold the bytes. The engine may take one away meanwhile. */
export function filesWith(folder: string, bytes: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    try {
      if (entry.isDirectory()) return filesWith(path, bytes);
      return entry.isFile() && readFileSync(path).includes(bytes) ? [path] : [];
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  });
}
