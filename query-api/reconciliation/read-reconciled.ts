import type { EventLog, OwnerView } from '../../event-log/event-log.ts';
import type { Numbered } from '../../schemas/number-ranges.ts';
import { parseNumbered } from '../../schemas/number-ranges.ts';
import type { Block } from '../../schemas/span-numbers.ts';
import {
  blockPrefix,
  layUpon,
  parseHead,
  parseStreamKey,
  readBlock,
  streamsOf,
} from '../../schemas/span-numbers.ts';
import type { StreamHead } from '../../schemas/span-numbers.ts';
import {
  enricherRole,
  heardOf,
  ledgerRole,
  parseHeard,
  parseRunKey,
  runsOf,
  siemExporterRole,
} from '../../schemas/state-keys.ts';
import { topics } from '../../schemas/topics.ts';
import type { WindowCounts } from '../../schemas/window-counts.ts';
import {
  parseWindowKey,
  readWindowCounts,
  sumOf,
  windowsFromKey,
  windowsOf,
} from '../../schemas/window-counts.ts';

/** What the stages have committed of one partition, for one tenant. */
export type PartitionCounts = {
  readonly partition: number;
  /** Messages of spans that the enricher has not read; the same of records for the ledger, which it surely had not when asked. */
  readonly enricherBehind: number;
  readonly ledgerBehind: number;
  readonly windows: readonly CountedWindow[];
  readonly runs: readonly CountedRun[];
  readonly streams: readonly CountedStream[];
};

export type CountedWindow = {
  readonly producer: string;
  readonly startMs: number;
  readonly counts: WindowCounts;
};

/** The run of a collector, and what of the spans that it numbered came. */
export type CountedRun = Numbered & { readonly producer: string; readonly run: string };

/** A stream of numbered spans, as one owner met it. */
export type CountedStream = {
  readonly role: 'enricher' | 'ledger';
  readonly producer: string;
  readonly stream: string;
  readonly head: StreamHead;
  readonly blocks: ReadonlyMap<number, Block>;
};

/** When a producer was heard of last, over all partitions; 0 for never. */
export type Heard = {
  readonly producer: string;
  readonly spansMs: number;
  readonly beatMs: number;
};

type Log = Pick<EventLog, 'partitions' | 'range' | 'inspect'>;

export async function readPartitionCounts(
  log: Log,
  tenant: string,
): Promise<readonly PartitionCounts[]> {
  const all: PartitionCounts[] = [];
  for (let partition = 0; partition < log.partitions; partition++) {
    all.push(await readPartition(log, tenant, partition));
  }
  return all;
}

/**
 * Each stage is looked at after the one before it, and how far it has come before what it counted: so a later stage may be seen to have
 * more, and where it has read all and has less, something is gone.
 */
async function readPartition(
  log: Log,
  tenant: string,
  partition: number,
): Promise<PartitionCounts> {
  const spans = await log.range(topics.spans, partition);
  const enricher = await log.inspect(enricherRole, partition);
  const enricherAt = enricher.position(topics.spans, partition);
  const streams = streamsIn(enricher, 'enricher', tenant);
  const enriched = windowsIn(enricher, tenant);
  const runs = runsIn(enricher, tenant);
  const records = await log.range(topics.records, partition);
  const ledger = await log.inspect(ledgerRole, partition);
  const ledgerAt = ledger.position(topics.records, partition);
  const sealed = windowsIn(ledger, tenant);
  const sealedStreams = streamsIn(ledger, 'ledger', tenant);
  const siem = windowsIn(await log.inspect(siemExporterRole, partition), tenant);
  return {
    partition,
    enricherBehind: Math.max(0, spans.end - enricherAt),
    ledgerBehind: Math.max(0, records.end - ledgerAt),
    windows: mergeWindows([...enriched, ...sealed, ...siem]),
    runs,
    streams: [...streams, ...sealedStreams],
  };
}

/** From when on the windows of all owners are whole, milliseconds since the epoch. */
export async function readWindowsFrom(log: Log): Promise<number> {
  let from = 0;
  for (let partition = 0; partition < log.partitions; partition++) {
    for (const role of [enricherRole, ledgerRole, siemExporterRole]) {
      const value = (await log.inspect(role, partition)).getState(windowsFromKey);
      if (value) from = Math.max(from, Number(Buffer.from(value).toString('latin1')) || 0);
    }
  }
  return from;
}

export async function readHeard(
  log: Pick<EventLog, 'partitions' | 'inspect'>,
  tenant: string,
): Promise<readonly Heard[]> {
  const heard = new Map<string, Heard>();
  const prefix = heardOf(tenant);
  for (let partition = 0; partition < log.partitions; partition++) {
    const view = await log.inspect(enricherRole, partition);
    for (const [key, value] of view.scanState(prefix)) {
      const producer = decodeURIComponent(key.slice(prefix.length));
      const { spansMs, beatMs } = parseHeard(value);
      const before = heard.get(producer) ?? { producer, spansMs: 0, beatMs: 0 };
      heard.set(producer, {
        producer,
        spansMs: Math.max(before.spansMs, spansMs),
        beatMs: Math.max(before.beatMs, beatMs),
      });
    }
  }
  return [...heard.values()].toSorted((a, b) => (a.producer < b.producer ? -1 : 1));
}

function windowsIn(view: OwnerView, tenant: string): readonly CountedWindow[] {
  const windows: CountedWindow[] = [];
  for (const [key, value] of view.scanState(windowsOf(tenant))) {
    const window = parseWindowKey(key);
    if (window?.tenant !== tenant) continue;
    const { producer, startMs } = window;
    windows.push({ producer, startMs, counts: readWindowCounts(value) });
  }
  return windows;
}

/** One a producer and minute. */
export function mergeWindows(windows: readonly CountedWindow[]): readonly CountedWindow[] {
  const merged = new Map<string, CountedWindow>();
  for (const window of windows) {
    const key = `${window.startMs}/${window.producer}`;
    const before = merged.get(key);
    const counts = before ? sumOf(before.counts, window.counts) : window.counts;
    merged.set(key, { ...window, counts });
  }
  return [...merged.values()];
}

function runsIn(view: OwnerView, tenant: string): readonly CountedRun[] {
  const runs: CountedRun[] = [];
  for (const [key, value] of view.scanState(runsOf(tenant))) {
    const parsed = parseRunKey(key);
    const numbered = parseNumbered(value);
    if (parsed && numbered)
      runs.push({ ...parsed, next: numbered.next, missing: numbered.missing });
  }
  return runs;
}

function streamsIn(
  view: OwnerView,
  role: CountedStream['role'],
  tenant: string,
): readonly CountedStream[] {
  const blocks = new Map<string, Map<number, Block>>();
  const prefix = `${blockPrefix}${encodeURIComponent(tenant)}/`;
  for (const [key, value] of view.scanState(prefix)) {
    const cut = key.lastIndexOf('/');
    const block = readBlock(value);
    if (!block) continue;
    const stream = key.slice(prefix.length, cut);
    const known = blocks.get(stream) ?? new Map<number, Block>();
    blocks.set(stream, known.set(Number(key.slice(cut + 1)), block));
  }
  const streams: CountedStream[] = [];
  const all = streamsOf(tenant);
  for (const [key, value] of view.scanState(all)) {
    const parsed = parseStreamKey(key);
    const head = parseHead(value);
    const own = blocks.get(key.slice(all.length)) ?? new Map<number, Block>();
    if (parsed && head) streams.push({ role, ...parsed, head, blocks: own });
  }
  return streams;
}

/** What all of them met, laid upon each other. */
export function mergeBlocks(streams: readonly CountedStream[]): ReadonlyMap<number, Block> {
  const merged = new Map<number, Block>();
  for (const { blocks } of streams) {
    for (const [at, block] of blocks) {
      const into = merged.get(at);
      if (into) layUpon(into, block);
      else merged.set(at, Buffer.from(block));
    }
  }
  return merged;
}
