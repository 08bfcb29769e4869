import type { OwnerView, Position } from '../event-log.ts';
import { decodeProgress, splitKey } from './changelog.ts';
import type { Fetcher } from './fetcher.ts';
import { scanChangelog } from './scan-changelog.ts';
import { changelogTopics } from './topic-plan.ts';

/** What owners show to others: each look reads on from where the last one ended. */
export interface ShownProgress {
  view(role: string, partition: number): Promise<OwnerView>;
}

type Shown = { positions: readonly Position[]; readonly state: Map<string, Uint8Array> };

type Followed = { offset: number; readonly roles: Map<string, Shown> };

export function createShownProgress(
  fetcher: Fetcher,
  prefix: string,
  signal: AbortSignal,
): ShownProgress {
  const partitions = new Map<number, Followed>();
  const running = new Map<number, Promise<void>>();

  async function readOn(partition: number): Promise<void> {
    const followed = partitions.get(partition) ?? { offset: 0, roles: new Map<string, Shown>() };
    partitions.set(partition, followed);
    const topic = prefix + changelogTopics.progress;
    followed.offset = await scanChangelog(
      fetcher,
      { topic, partition, offset: followed.offset },
      (entry) => take(followed.roles, entry),
      signal,
    );
  }

  return {
    async view(role, partition) {
      // One after the other, so that each reader sees all that was committed before it asked.
      const before = running.get(partition) ?? Promise.resolve();
      const reading = before.catch(() => undefined).then(() => readOn(partition));
      running.set(partition, reading);
      await reading;
      return viewOf(partitions.get(partition)?.roles.get(role));
    },
  };
}

function take(
  roles: Map<string, Shown>,
  entry: { readonly key: string; readonly value: Uint8Array | null },
): void {
  const { role, key } = splitKey(entry.key);
  const shown = roles.get(role) ?? { positions: [], state: new Map<string, Uint8Array>() };
  roles.set(role, shown);
  if (key === undefined) {
    if (entry.value !== null) shown.positions = decodeProgress(entry.value).positions;
  } else if (entry.value === null) shown.state.delete(key);
  else shown.state.set(key, entry.value);
}

/** As of now: later changes do not show in it. */
function viewOf(shown: Shown | undefined): OwnerView {
  const positions = shown?.positions ?? [];
  const state = new Map(shown?.state);
  return {
    position: (topic, partition) =>
      positions.find((at) => at.topic === topic && at.partition === partition)?.offset ?? 0,
    getState: (key) => state.get(key),
    scanState: (prefix) =>
      [...state].filter(([key]) => key.startsWith(prefix)).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  };
}
