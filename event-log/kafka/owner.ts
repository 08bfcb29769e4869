import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Topic } from '../../schemas/topics.ts';
import { checkCommit } from '../check-message.ts';
import { EventLogError } from '../errors.ts';
import type { Commit, Owner, Position } from '../event-log.ts';
import type { AvroFrames } from './avro-frames.ts';
import type { OwnerPlace, Progress } from './changelog.ts';
import { barrierMessages, changelogMessages } from './changelog.ts';
import { isFenced, isPermanent, toEventLogError } from './errors.ts';
import type { Fetcher } from './fetcher.ts';
import type { LocalState } from './local-state.ts';
import type { OwnerState } from './owner-state.ts';
import { createOwnerState } from './owner-state.ts';
import type { TransactionalProducer } from './transactions.ts';

export type OwnerParts = {
  readonly place: OwnerPlace;
  readonly partitions: number;
  readonly frames: AvroFrames;
  readonly fetcher: Fetcher;
  readonly local: LocalState;
  readonly clock: () => number;
  /** Takes the owner's `transactional.id` over. */
  readonly openTransactions: () => Promise<TransactionalProducer>;
  readonly onTrouble: (error: unknown) => void;
  /** Aborted when the log is closed. */
  readonly signal: AbortSignal;
};

const RETRY_MS_MAX = 5000;

/** Fences every earlier owner, then reads where it stood. Waits for a broker that is away. */
export async function openKafkaOwner(parts: OwnerParts): Promise<Owner> {
  const holder = randomUUID();
  const closing = new AbortController();
  const signal = AbortSignal.any([parts.signal, closing.signal]);
  const state = createOwnerState({ ...parts, holder, signal });
  const run: Run = { parts, holder, state, signal, commits: 0, positions: [], problem: undefined };
  await takeOver(run);
  let last: Promise<void> = Promise.resolve();
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await last.catch(() => undefined);
    closing.abort();
    await run.producer?.close().catch(() => undefined);
    await parts.local.close();
  };
  return {
    ...state.view,
    commit: (commit) => {
      const before = last;
      const work = async (): Promise<void> => {
        await before.catch(() => undefined);
        if (closed !== undefined || parts.signal.aborted) {
          throw new EventLogError('EVENT_LOG_CLOSED', `${nameOf(parts.place)} was given back`);
        }
        checkCommit(commit, parts.partitions);
        if (run.problem !== undefined) throw run.problem;
        // Before anything is sent: a commit that the copy could not follow would have to be read back.
        parts.local.checkRoom();
        await commitUntilKnown(run, commit);
      };
      last = work();
      return last;
    },
    close: () => (closed ??= close()),
  };
}

type Run = {
  readonly parts: OwnerParts;
  readonly holder: string;
  readonly state: OwnerState;
  readonly signal: AbortSignal;
  producer?: TransactionalProducer | undefined;
  /** Of this holder; the opening is number 0. */
  commits: number;
  positions: readonly Position[];
  /** Why nothing more can be committed. */
  problem: EventLogError | undefined;
};

/**
 * Takes the `transactional.id`, which ends what an earlier holder left half done, then reads the changelog to its end, then says in it
 * who holds it now: an earlier holder that is alive learns from that of its end.
 */
async function takeOver(run: Run): Promise<void> {
  await untilDone(run, async () => {
    run.producer = await run.parts.openTransactions();
    const progress = await catchUpBehind(run, run.producer);
    run.positions = progress?.positions ?? [];
    await write(run, { positions: [], appends: [], state: [] }, 0);
  });
}

/** Resolves when it is certain that the commit was taken, rejects when it is certain that nothing of it was. */
async function commitUntilKnown(run: Run, commit: Commit): Promise<void> {
  const number = run.commits + 1;
  try {
    await write(run, commit, number);
  } catch (error) {
    if (isFenced(error)) throw (run.problem = fenced(run, error));
    run.parts.onTrouble(error);
    const progress = await recover(run);
    if (progress?.commit !== number) throw toEventLogError(error);
  }
  run.commits = number;
  run.positions = mergePositions(run.positions, commit.positions);
}

async function write(run: Run, commit: Commit, number: number): Promise<void> {
  const { parts, holder, producer } = run;
  const { place } = parts;
  const positions = mergePositions(run.positions, commit.positions);
  const messages = [
    ...commit.appends.map((message) => ({
      ...message,
      topic: place.prefix + message.topic,
      value: parts.frames.toWire(message.topic, message.value),
    })),
    ...changelogMessages(place, { holder, commit: number, positions }, commit.state),
  ];
  if (producer === undefined) throw new Error('The owner has no producer.');
  const named = commit.positions.map((at) => ({ ...at, topic: place.prefix + at.topic }));
  // Commit point: output, positions and state are in the log together when this resolves; before, none of them can be read.
  const at = await producer.commit(messages, named);
  run.state.apply(positions, commit.state, changelogOffsets(at, place.partition));
}

function changelogOffsets(
  at: ReadonlyMap<string, number>,
  partition: number,
): ReadonlyMap<string, number> {
  const suffix = `/${partition}`;
  const own = [...at].filter(([place]) => place.endsWith(suffix));
  return new Map(own.map(([place, offset]) => [place.slice(0, -suffix.length), offset]));
}

/**
 * After a commit whose end is not known. First it is seen whether a newer owner is there: taking the id again would fence that one. Then the
 * id is taken anew, which settles whatever was open, and the changelog says what came of it.
 */
async function recover(run: Run): Promise<Progress | undefined> {
  return untilDone(run, async () => {
    throwIfReplaced(run, await run.state.catchUp());
    await run.producer?.close().catch(() => undefined);
    run.producer = await run.parts.openTransactions();
    const progress = await catchUpBehind(run, run.producer);
    throwIfReplaced(run, progress);
    return progress;
  });
}

/** What was committed before the producer was opened, for certain: what it commits first lies behind all of it. */
async function catchUpBehind(
  run: Run,
  producer: TransactionalProducer,
): Promise<Progress | undefined> {
  const { place } = run.parts;
  const at = await producer.commit(barrierMessages(place), []);
  return run.state.catchUp(changelogOffsets(at, place.partition));
}

function throwIfReplaced(run: Run, progress: Progress | undefined): void {
  if (progress === undefined || progress.holder === run.holder) return;
  run.problem = fenced(run);
  throw run.problem;
}

function fenced(run: Run, cause?: unknown): EventLogError {
  const message = `${nameOf(run.parts.place)} has a newer owner`;
  return new EventLogError('EVENT_LOG_FENCED', message, cause);
}

/** Tries again while brokers are away; gives up only when the log is closed or a newer owner is there. */
async function untilDone<T>(run: Run, work: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await work();
    } catch (error) {
      if (isFenced(error)) run.problem = fenced(run, error);
      if (run.problem !== undefined) throw run.problem;
      if (isPermanent(error)) throw toEventLogError(error);
      if (run.signal.aborted) throw new EventLogError('EVENT_LOG_CLOSED', 'it was closed', error);
      run.parts.onTrouble(error);
      const pauseMs = Math.min(50 * 2 ** failures, RETRY_MS_MAX);
      await wait(pauseMs, undefined, { signal: run.signal }).catch(() => undefined);
    }
  }
}

function mergePositions(
  before: readonly Position[],
  moved: readonly Position[],
): readonly Position[] {
  const merged = new Map(before.map((position) => [idOf(position), position]));
  for (const position of moved) merged.set(idOf(position), position);
  return [...merged.values()];
}

function idOf({ topic, partition }: { readonly topic: Topic; readonly partition: number }): string {
  return `${topic}/${partition}`;
}

function nameOf({ role, partition }: OwnerPlace): string {
  return `${role}/${partition}`;
}
