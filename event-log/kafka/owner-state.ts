import type { OwnerView, Position, StateChange } from '../event-log.ts';
import type { OwnerPlace, Progress } from './changelog.ts';
import { decodeProgress, splitKey } from './changelog.ts';
import type { Fetcher } from './fetcher.ts';
import type { LocalMark, LocalState } from './local-state.ts';
import { isFresh } from './local-state.ts';
import type { ChangelogEntry } from './scan-changelog.ts';
import { scanChangelog } from './scan-changelog.ts';
import { changelogTopics } from './topic-plan.ts';

/** An owner's state as its changelog tells it, held in the local copy. */
export interface OwnerState {
  readonly view: OwnerView;
  /**
   * Brings the copy up to what is committed now, and gives the last progress. With the offsets of a barrier that its caller has
   * committed it is certain that nothing before is missed: a leader that was replaced unknowingly would tell an older end.
   */
  catchUp(barrier?: CommittedAt): Promise<Progress | undefined>;
  /** Notes what the owner has committed itself, and the offsets at which its messages begin in the changelogs. */
  apply(positions: readonly Position[], state: readonly StateChange[], at: CommittedAt): void;
}

/** By the broker's name of the topic. */
export type CommittedAt = ReadonlyMap<string, number>;

type Which = keyof typeof changelogTopics;

export type OwnerStateParts = {
  readonly place: OwnerPlace;
  readonly holder: string;
  readonly local: LocalState;
  readonly fetcher: Fetcher;
  readonly clock: () => number;
  readonly signal: AbortSignal;
};

/** Entries that are put into the copy at once. */
const APPLY_CHANGES_MAX = 10_000;

export function createOwnerState(parts: OwnerStateParts): OwnerState {
  const { place, holder, local, fetcher, clock, signal } = parts;
  const { partition, prefix } = place;
  local.take(holder);
  let progress: Progress | undefined;
  let mark: LocalMark | undefined;

  async function endOf(which: Which, barrier: CommittedAt | undefined): Promise<number> {
    const topic = prefix + changelogTopics[which];
    const at = barrier?.get(topic);
    return at === undefined ? fetcher.end(topic, partition, false) : at + 1;
  }

  /** A copy that is too old, or that is of another changelog than the one there is, is begun anew. */
  async function begin(barrier: CommittedAt | undefined): Promise<LocalMark> {
    const known = local.mark();
    const ends = {
      state: await endOf('state', barrier),
      progress: await endOf('progress', barrier),
    };
    const isUsable =
      known !== undefined &&
      isFresh(known, clock()) &&
      known.state <= ends.state &&
      known.progress <= ends.progress;
    if (isUsable) return known;
    local.clear();
    return { state: 0, progress: 0, atMs: clock() };
  }

  async function read(from: LocalMark, which: Which, end: number): Promise<LocalMark> {
    const topic = prefix + changelogTopics[which];
    let changes: StateChange[] = [];
    const flush = (at: LocalMark): void => {
      local.apply(holder, { mark: at, positions: progress?.positions ?? [], state: changes });
      changes = [];
    };
    const take = (entry: ChangelogEntry): void => {
      const { role, key } = splitKey(entry.key);
      if (role !== place.role) return;
      if (key !== undefined) changes.push({ key, value: entry.value });
      else if (entry.value !== null) progress = decodeProgress(entry.value);
      if (changes.length >= APPLY_CHANGES_MAX) flush(from);
    };
    const offset = await scanChangelog(
      fetcher,
      { topic, partition, offset: from[which], end },
      take,
      signal,
    );
    const reached = { ...from, [which]: offset, atMs: clock() };
    flush(reached);
    return reached;
  }

  return {
    view: local.view,
    async catchUp(barrier) {
      mark ??= await begin(barrier);
      mark = await read(mark, 'state', await endOf('state', barrier));
      mark = await read(mark, 'progress', await endOf('progress', barrier));
      // In a copy that was up to date the progress was read by an earlier holder; it is the last message of its kind.
      progress ??= await lastProgress(await endOf('progress', barrier));
      return progress;
    },
    apply(positions, state, at) {
      // The beginning of the last messages, not their end: reading them again changes nothing, and tells of the last progress.
      const reached = {
        state: at.get(prefix + changelogTopics.state) ?? mark?.state ?? 0,
        progress: at.get(prefix + changelogTopics.progress) ?? mark?.progress ?? 0,
        atMs: clock(),
      };
      local.apply(holder, { mark: reached, positions, state });
      // Only now: of a change that the disk did not take, all is to be read again, earlier batches of its commit too.
      mark = reached;
    },
  };

  async function lastProgress(end: number): Promise<Progress | undefined> {
    const topic = prefix + changelogTopics.progress;
    let last: Progress | undefined;
    await scanChangelog(
      fetcher,
      { topic, partition, offset: 0, end },
      ({ key, value }) => {
        if (key === place.role && value !== null) last = decodeProgress(value);
      },
      signal,
    );
    return last;
  }
}
