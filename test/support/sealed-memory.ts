import { createHash } from 'node:crypto';
import { generateRecords } from '../../bench/generated-records.ts';
import type { LogMessage } from '../../event-log/event-log.ts';
import type { CompactRange } from '../../integrity/compact-range.ts';
import { emptyRange, rootOf } from '../../integrity/compact-range.ts';
import { formatCheckpoint } from '../../integrity/checkpoint.ts';
import { seedSigner } from '../../integrity/signer-key.ts';
import { signNote } from '../../integrity/sign-note.ts';
import { formatVerifierKey } from '../../integrity/verifier-key.ts';
import { LEAF_VERSION } from '../../ledger/leaf.ts';
import { checkpointKinds, metaLogId, readCheckpoint } from '../../ledger/read-checkpoint.ts';
import { readControlEvent, readsLogId, registryLogId } from '../../ledger/read-control.ts';
import { readRecord } from '../../ledger/read-record.ts';
import type { ReadMessage } from '../../ledger/seal.ts';
import { homesOf, seal, understand } from '../../ledger/seal.ts';
import type { StreamState } from '../../ledger/state.ts';
import { RowBlock } from '../../record-store/row-binary.ts';
import { encodeAuditRecord, encodeRegistryEvent } from '../../schemas/avro-codec.ts';
import { checkpointsTable, nodesTable } from '../../schemas/tables.ts';
import type { Topic } from '../../schemas/topics.ts';
import { headerNames, topics } from '../../schemas/topics.ts';
import type { MemoryStore } from './memory-store.ts';
import { memoryStore, writeRows } from './memory-store.ts';

const DEPLOYMENT = 'waybill-test';

export type SealedMemory = {
  readonly store: MemoryStore;
  readonly policy: string;
  readonly notes: readonly string[];
};

export type Circumstances = {
  /** When the n-th record was appended, milliseconds since the epoch. */
  readonly clock?: (record: number) => number;
  /** Logs of records: 2. */
  readonly partitions?: number;
};

/** A whole sealed store in memory: logs of records, what was declared, who read what, and the meta log over their signed heads. */
export async function sealInMemory(
  seed: number,
  count: number,
  { clock = () => 1_790_000_000_000, partitions = 2 }: Circumstances = {},
): Promise<SealedMemory> {
  const store = memoryStore();
  const writers = [
    ...Array.from(
      { length: partitions },
      (_, at) => new LogWriter(store, `records/p${at}/e0`, topics.records, readRecord),
    ),
    new LogWriter(store, registryLogId, topics.registry, readControlEvent),
    new LogWriter(store, readsLogId, topics.reads, readControlEvent),
  ];
  const meta = new LogWriter(store, metaLogId, topics.checkpoints, readCheckpoint);
  const policy = `${[...writers, meta].map(({ vkey }) => `log ${vkey}\n`).join('')}quorum none\n`;
  meta.append([{ value: Buffer.from(policy), kind: checkpointKinds.policy }]);
  const records = recordsOf(seed, count, clock);
  const notes: string[] = [];
  for (const [round, from] of [0, Math.floor(count / 3), count - 2].entries()) {
    const to = [Math.floor(count / 3), count - 2, count][round] ?? count;
    const some = records.slice(from, to);
    for (const writer of writers.slice(0, partitions))
      writer.append(some.map((value) => ({ value })));
    writers[partitions]?.append([{ value: declared(seed + round) }]);
    writers[partitions + 1]?.append([{ value: wasRead(seed + round) }]);
    for (const writer of writers) {
      const note = await writer.sign();
      notes.push(note);
      meta.append([{ value: Buffer.from(note), kind: checkpointKinds.head }]);
    }
    notes.push(await meta.sign());
  }
  return { store, policy, notes };
}

type Message = { readonly value: Buffer; readonly kind?: string };

class LogWriter {
  readonly vkey: string;
  readonly #store: MemoryStore;
  readonly #logId: string;
  readonly #topic: Topic;
  readonly #readMessage: ReadMessage;
  readonly #signer: ReturnType<typeof seedSigner>;
  readonly #streams = new Map<string, StreamState>();
  #tree: CompactRange = emptyRange;
  #offset = 0;

  constructor(store: MemoryStore, logId: string, topic: Topic, readMessage: ReadMessage) {
    this.#store = store;
    this.#logId = logId;
    this.#topic = topic;
    this.#readMessage = readMessage;
    const origin = logId === metaLogId ? `${DEPLOYMENT}/${logId}` : `${DEPLOYMENT}/log/${logId}`;
    this.#signer = seedSigner(origin, 'ed25519', createHash('sha256').update(origin).digest());
    this.vkey = formatVerifierKey(this.#signer.key);
  }

  append(messages: readonly Message[]): void {
    const read = messages.map(({ value, kind }, at) => {
      const headers = kind === undefined ? {} : { [headerNames.kind]: kind };
      const address = { topic: this.#topic, partition: 0, key: null, headers };
      // Offsets have gaps.
      const message: LogMessage = {
        ...address,
        value,
        offset: this.#offset + 2 * at,
        appendTimeMs: 1_790_000_000_000,
      };
      return understand(message, this.#readMessage);
    });
    const start = {
      logId: this.#logId,
      tree: this.#tree,
      from: this.#offset,
      version: LEAF_VERSION,
      streamOf: (tenant: string) => this.#streams.get(tenant) ?? { seq: 0, prev: null },
    };
    const keys = homesOf(read).map(({ traceId }) => createHash('sha256').update(traceId).digest());
    const batch = seal(start, read, keys);
    for (const block of Object.values(batch.blocks))
      writeRows(this.#store, block.table, block.bytes());
    const nodes = new RowBlock(nodesTable);
    for (const { level, index, hash } of batch.nodes) nodes.add([this.#logId, level, index, hash]);
    writeRows(this.#store, nodesTable, nodes.bytes());
    for (const [tenant, stream] of batch.streams) this.#streams.set(tenant, stream);
    this.#tree = batch.tree;
    this.#offset = batch.intent.to;
  }

  async sign(): Promise<string> {
    const { size } = this.#tree;
    const root = rootOf(this.#tree);
    const text = formatCheckpoint({ origin: this.#signer.key.name, size, root });
    const note = await signNote(text, [this.#signer]);
    const block = new RowBlock(checkpointsTable);
    block.add([this.#logId, size, root, note]);
    writeRows(this.#store, checkpointsTable, block.bytes());
    return note;
  }
}

function recordsOf(
  seed: number,
  count: number,
  clock: (record: number) => number,
): readonly Buffer[] {
  const plan = { startUs: 1_790_000_000_000_000, stepUs: 1_000, tenants: ['acme', 'umbra'] };
  const records = generateRecords({ ...plan, seed, count, revisedOneIn: 6, payloadChars: 40 });
  const [first] = records;
  const [hop] = first?.hops ?? [];
  // One that is too large for its leaf.
  const long = first && hop && { ...first, hops: Array.from({ length: 60 }, () => hop) };
  return records.map((record, at) => {
    const whole = at === 0 && long ? long : record;
    const facts = { ...whole.facts, appendTimeUs: clock(at) * 1000 };
    return encodeAuditRecord({ ...whole, facts });
  });
}

function declared(seed: number): Buffer {
  const team = (id: string) => ({ id, name: `Team ${id}`, costCenter: null, members: [] });
  const teams = Array.from({ length: seed % 2 === 0 ? 1 : 60 }, (_, at) => team(`t${at}`));
  return event('registry_applied', seed, { teams, agents: [], servers: [] });
}

function wasRead(seed: number): Buffer {
  const body = {
    keyId: 'k',
    role: 'auditor',
    route: '/v1/records',
    parameters: { limit: seed },
    rows: 7,
  };
  return event('audit_read', seed, body);
}

function event(type: 'registry_applied' | 'audit_read', seed: number, body: object): Buffer {
  return encodeRegistryEvent({
    eventId: `${type}-${seed}`,
    tenant: 'acme',
    type,
    timeUs: 1_790_000_000_000_000 + seed,
    actor: 'k',
    digest: null,
    body: JSON.stringify(body),
  });
}
