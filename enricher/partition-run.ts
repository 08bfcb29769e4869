import type { EventLog, Owner } from '../event-log/event-log.ts';
import type { TraceKeyMaker } from '../key-store/trace-key-maker.ts';
import type { KeyRing } from '../registry/key-ring.ts';
import type { RegistryView } from '../registry/view.ts';
import type { Batch } from './batch.ts';
import type { EnricherConfig } from './config.ts';
import type { Engine } from './engine.ts';
import type { PartitionMetrics } from './metrics.ts';

export type Partition = {
  readonly log: EventLog;
  readonly owner: Owner;
  readonly partition: number;
  readonly config: EnricherConfig;
  readonly keys: KeyRing | null;
  /** Null: payloads are not encrypted. */
  readonly traceKeys: TraceKeyMaker | null;
  readonly metrics: PartitionMetrics;
  /** Milliseconds since the epoch: for pacing only, nothing is decided by it. */
  readonly clock: () => number;
};

/** What an owner of a partition knows while it runs. */
export type PartitionRun = Partition & {
  batch: Batch;
  /** Undefined after an exception, and before the first message: it is made anew of what was committed. */
  engine: Engine | undefined;
  /** Messages that no engine could take, by offset, and why. */
  readonly setAside: Map<number, string>;
  registry: RegistryView;
  /** Next offset to read. */
  offset: number;
  /** Registry offset of the last marker that this owner knows of. */
  markedOffset: number;
  /** Next registry offset to look at for a declaration. */
  registryLookedOffset: number;
  lookedMs: number;
  /** Next offset of joins to take, and up to which one the last marker says. */
  joinsOffset: number;
  joinsMarked: number;
  joinsLookedMs: number;
  /** When messages came last. */
  cameMs: number;
};
